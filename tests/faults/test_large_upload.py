"""A file of 300 MB through the page: the web process holds a bounded part of it at a time."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.test_imports import (
    COUNTS,
    SIGN_IN,
    TOKEN,
    command_of,
    make_company,
    said,
    upload_body,
    upload_head,
)
from tests.portal import RunningPortal, portal_in

pytestmark = pytest.mark.slow
MEGABYTE = 1 << 20
SIZE = 300 * MEGABYTE
PEAK_MB = 300
GROWTH_MB = 100


def peaks(portal: RunningPortal) -> dict[int, int]:
    """{process of the web server: the most memory it ever had, in MB}."""
    found = {}
    for pid in portal.descendants():
        if "gunicorn" in command_of(pid):
            status = Path(f"/proc/{pid}/status").read_text()
            peak = re.search(r"VmHWM:\s+(\d+) kB", status)
            assert peak is not None
            found[pid] = int(peak[1]) // 1024
    assert found
    return found


def row(number: int, size: int = 256) -> bytes:
    return (b"c-%d," % number).ljust(size - 1, b"x") + b"\n"


def pieces() -> Iterator[bytes]:
    """A table of customers with long names, in pieces of a megabyte."""
    header = b"id,name\n"
    for first in range(0, SIZE // 256, 4096):
        rows = [row(number) for number in range(first, first + 4096)]
        if not first:
            rows[0] = header + row(0, 256 - len(header))
        yield b"".join(rows)


def test_a_file_of_300_mb_goes_through_the_web_process_in_bounded_memory(tmp_path: Path) -> None:
    head, tail = upload_body(b"<file>").split(b"<file>")
    with portal_in(tmp_path / "portal") as portal:
        make_company(portal)
        session_name, session, csrf_name = said(portal, SIGN_IN)
        cookies = f"{session_name}={session}; {csrf_name}={TOKEN}"
        host = f"acme.localhost:{portal.port}"
        with socket.create_connection(("127.0.0.1", portal.port), timeout=30) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert connection.recv(4096)
        before = peaks(portal)
        with socket.create_connection(("127.0.0.1", portal.port), timeout=600) as connection:
            connection.sendall(upload_head(len(head) + SIZE + len(tail), cookies, host) + head)
            for piece in pieces():
                connection.sendall(piece)
            connection.sendall(tail)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
        assert answer.status == 302
        assert answer.headers["Location"].startswith("/imports/")
        imports, parts = said(portal, COUNTS)
        assert imports == 1
        assert isinstance(parts, int)
        assert parts > 200
        after = peaks(portal)
    grown = {pid: after[pid] - before[pid] for pid in before}
    assert max(after.values()) < PEAK_MB, (before, after)
    assert max(grown.values()) < GROWTH_MB, (before, after)
