"""Whatever is killed while a file comes in: nothing half shows, nothing is there twice, and the
import goes on by itself once its processes are there again."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.portal import RunningPortal, are_gone, portal_in, start_portal

pytestmark = pytest.mark.slow
ROWS = 60_000

CREATE = """
from tenants.actions.companies import create_company
create_company(name="Acme", slug="acme")
"""
PREPARE = """
from django_tenants.utils import tenant_context
from customers.actions import imports
from customers.imports.options import Options
from customers.models import Import
from tenants.models import Company
import time
def until(import_, *states):
    deadline = time.monotonic() + 120
    while import_.state not in states:
        assert time.monotonic() < deadline, import_.state
        time.sleep(0.01)
        import_.refresh_from_db()
company = Company.objects.get(slug="acme")
"""
# Confirms an import of all customers, and kills when its run has come to a stage.
CONFIRM_AND_KILL = (
    PREPARE
    + """
import contextlib, os, signal
with tenant_context(company):
    with open({path!r}, "rb") as file:
        import_ = imports.take_file(
            kind="customers", file_name="c.csv", by=None, pieces=iter(lambda: file.read(65536), b"")
        )
    import_ = imports.start_check(
        import_=import_, mapping={{"external_id": "id", "name": "name"}}, attributes=["tier"],
        options=Options(), by=None,
    )
    until(import_, "checked")
    import_.tell_progress("not begun")
    import_ = imports.confirm(
        import_=import_, digest=import_.checked_digest, is_skipping_errors=False, by=None
    )
    deadline = time.monotonic() + 120
    while import_.progress()["stage"] != {stage!r}:
        assert time.monotonic() < deadline, import_.progress()
        time.sleep(0.002)
    for pid in {pids}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
"""
)
OUTCOME = (
    PREPARE
    + """
import json
from customers.models import Customer, CustomerAttribute, Source
from accounts.models import AuditEntry
with tenant_context(company):
    import_ = Import.objects.get()
    until(import_, "done", "failed")
    print(json.dumps([import_.state, import_.created_rows, Customer.objects.count(),
        CustomerAttribute.objects.count(), Source.objects.count(),
        AuditEntry.objects.filter(action="import.finished").count()]))
"""
)
HELD_NOW = (
    PREPARE
    + """
import json
from customers.models import Customer, CustomerAttribute, Source
with tenant_context(company):
    import_ = Import.objects.get()
    print(json.dumps([import_.state, Customer.objects.count(),
        CustomerAttribute.objects.count(), Source.objects.count()]))
"""
)


def customers_file(folder: Path) -> Path:
    path = folder / "customers.csv"
    lines = (f"c-{n},Customer {n},{('gold', 'tin')[n % 2]}\n" for n in range(ROWS))
    path.write_text("id,name,tier\n" + "".join(lines))
    return path


def make_company(portal: RunningPortal) -> None:
    portal.manage("shell", "--no-imports", "-c", CREATE)
    deadline = time.monotonic() + 600
    while "acme\tready" not in portal.manage("list_companies"):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def said(portal: RunningPortal, script: str) -> list[object]:
    found: list[object] = json.loads(
        portal.manage("shell", "--no-imports", "-c", script).splitlines()[-1]
    )
    return found


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def victims(portal: RunningPortal, what: str) -> list[int]:
    """The processes to kill: the one at work, all of its worker, the database's, or everything."""
    below = portal.descendants()
    heavy = [pid for pid in below if "--hostname heavy" in command_of(pid)]
    if what == "worker process":
        found = [pid for pid in heavy if parent_of(pid) in heavy]
    elif what == "worker":
        found = heavy
    elif what == "PostgreSQL":
        found = [pid for pid in below if "postgres" in command_of(pid).split(" ")[0]]
    else:
        found = below
    assert found, [command_of(pid) for pid in below]
    return found


def again(portal: RunningPortal) -> RunningPortal:
    """The portal, started anew when it ended because one of its processes had."""
    deadline = time.monotonic() + 30
    while portal.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    portal.stop(signal.SIGKILL)
    return start_portal(portal.var)


@pytest.mark.parametrize(
    ("what", "stage"),
    [
        ("worker process", "Storing"),
        ("worker", "Comparing with what is held"),
        ("PostgreSQL", "Storing"),
        ("everything", "Reading rows"),
    ],
)
def test_an_import_whose_run_is_killed_is_done_once(tmp_path: Path, what: str, stage: str) -> None:
    path = customers_file(tmp_path)
    portal = start_portal(tmp_path / "portal")
    try:
        make_company(portal)
        pids = victims(portal, what)
        script = CONFIRM_AND_KILL.format(path=str(path), stage=stage, pids=pids)
        portal.manage("shell", "--no-imports", "-c", script)
        assert are_gone(pids)
        if what != "worker process":
            portal = again(portal)
        state, customers, attributes, sources = said(portal, HELD_NOW)
        whole = (ROWS, ROWS, 1) if state == "done" else (0, 0, 0)
        assert (customers, attributes, sources) == whole
        assert said(portal, OUTCOME) == ["done", ROWS, ROWS, ROWS, 1, 1]
    finally:
        portal.stop()


SIGN_IN = (
    PREPARE
    + """
from accounts.middleware import SESSION_COMPANY
from accounts.models import User
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
from importlib import import_module
from allauth.account.models import EmailAddress
import json
with tenant_context(company):
    user = User.objects.create(email="m@acme.example", name="M", role="manager")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[SESSION_COMPANY] = company.pk
    session.save()
    print(json.dumps([settings.SESSION_COOKIE_NAME, session.session_key,
                      settings.CSRF_COOKIE_NAME]))
"""
)
COUNTS = (
    PREPARE
    + """
import json
from customers.models import ImportPart
with tenant_context(company):
    print(json.dumps([Import.objects.count(), ImportPart.objects.count()]))
"""
)
BOUNDARY = "fault-boundary"
TOKEN = "a" * 32


def upload_head(size: int, cookies: str, host: str) -> bytes:
    return (
        "POST /imports/new/ HTTP/1.1\r\n"
        f"Host: {host}\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


def upload_body(content: bytes) -> bytes:
    def part(disposition: str, value: bytes) -> bytes:
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
        return head.encode() + value + b"\r\n"

    return (
        part('name="csrfmiddlewaretoken"', TOKEN.encode())
        + part('name="kind"', b"customers")
        + part('name="file"; filename="c.csv"', content)
        + f"--{BOUNDARY}--\r\n".encode()
    )


def test_an_upload_cut_off_by_the_webs_death_leaves_nothing(tmp_path: Path) -> None:
    body = upload_body(customers_file(tmp_path).read_bytes() * 8)
    portal = start_portal(tmp_path / "portal")
    try:
        make_company(portal)
        session_name, session, csrf_name = said(portal, SIGN_IN)
        cookies = f"{session_name}={session}; {csrf_name}={TOKEN}"
        host = f"acme.localhost:{portal.port}"
        web = [pid for pid in portal.descendants() if "gunicorn" in command_of(pid)]
        with socket.create_connection(("127.0.0.1", portal.port)) as connection:
            connection.sendall(upload_head(len(body), cookies, host) + body[: len(body) // 2])
            for pid in web:
                os.kill(pid, signal.SIGKILL)
            assert are_gone(web)
        portal = again(portal)
        assert said(portal, COUNTS) == [0, 0]

        host = f"acme.localhost:{portal.port}"
        with socket.create_connection(("127.0.0.1", portal.port)) as connection:
            connection.sendall(upload_head(len(body), cookies, host) + body)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
        assert (answer.status, answer.headers["Location"][:9]) == (302, "/imports/")
        imports, parts = said(portal, COUNTS)
        assert imports == 1
        assert isinstance(parts, int)
        assert parts > 1
    finally:
        portal.stop()


def test_a_portal_without_faults_does_the_same(tmp_path: Path) -> None:
    """So that the kills above are what is tested, not the script."""
    path = customers_file(tmp_path)
    with portal_in(tmp_path / "portal") as portal:
        make_company(portal)
        script = CONFIRM_AND_KILL.format(path=str(path), stage="Storing", pids=[])
        portal.manage("shell", "--no-imports", "-c", script)
        assert said(portal, OUTCOME) == ["done", ROWS, ROWS, ROWS, 1, 1]
