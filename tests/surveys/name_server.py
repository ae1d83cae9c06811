"""A real name server on 127.0.0.1, over UDP, that knows the TXT records it is told of."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """`records`: {name in ASCII: its texts}. `is_silent`: takes questions and says nothing;
    `is_broken`: answers SERVFAIL. `asked`: the names, in order."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.is_silent = False
        self.is_broken = False
        self.asked: list[str] = []
        self.port = 0

    def answer(self, question: bytes) -> bytes | None:
        query = dns.message.from_wire(question)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.is_silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        texts = self.records.get(name)
        if self.is_broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif texts is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif texts:
            quoted = [" ".join(f'"{part}"' for part in _pieces(text)) for text in texts]
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *quoted))
        return response.to_wire()


def _pieces(text: str) -> list[str]:
    """As DNS holds long texts: in pieces of up to 255 bytes."""
    return [text[start : start + 255] for start in range(0, len(text), 255)]


@contextlib.contextmanager
def running() -> Iterator[NameServer]:
    """The server, which listens when this begins."""
    named = NameServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data: bytes
            data, sock = self.request
            said = named.answer(data)
            if said is not None:
                sock.sendto(said, self.client_address)

    class Server(socketserver.UDPServer):
        address_family = socket.AF_INET

        def handle_error(self, request: Any, client_address: Any) -> None:
            raise

    with Server(("127.0.0.1", 0), Handler) as server:
        named.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield named
        finally:
            server.shutdown()
            thread.join()
