"""Whatever is killed while events come in: what was acknowledged is there, and nothing twice."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.test_imports import again, command_of, make_company, parent_of, said
from tests.portal import RunningPortal, are_gone, start_portal

pytestmark = pytest.mark.slow
BATCHES, SIZE = 400, 50
KILL_AFTER = 40  # acknowledged batches

HELD = """
import json
from django.db import connection
from django_tenants.utils import tenant_context
from customers.usage.keys import HELD
from tenants.models import Company
with tenant_context(Company.objects.get(slug="acme")), connection.cursor() as cursor:
    cursor.execute("SELECT message_id, count(*) FROM customers_usageevent GROUP BY 1")
    held = cursor.fetchall()
    cursor.execute(f"SELECT count(*) FROM {HELD} held")
    print(json.dumps([dict(held), cursor.fetchone()[0]]))
"""


def ids_of(batch: int) -> list[str]:
    return [f"m-{batch}-{number}" for number in range(SIZE)]


@dataclass
class Sender:
    """Sends batches one after the other, as far as it gets; which ones were answered with 200."""

    portal: RunningPortal
    key: str
    acknowledged: set[int] = field(default_factory=set)

    def send(self, batches: range) -> None:
        for batch in batches:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self._post(batch) == 200:
                    self.acknowledged.add(batch)

    def _post(self, batch: int) -> int:
        body = {
            "batch": [
                {"type": "track", "event": "Report exported", "userId": "u-1", "messageId": one}
                for one in ids_of(batch)
            ]
        }
        login = base64.b64encode(f"{self.key}:".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(
                "POST",
                "/v1/batch",
                json.dumps(body),
                {
                    "Host": f"acme.localhost:{self.portal.port}",
                    "Content-Type": "application/json",
                    "Authorization": f"Basic {login}",
                },
            )
            return connection.getresponse().status


def victims(portal: RunningPortal, what: str) -> list[int]:
    """The web's worker (gunicorn starts another), the database, or everything."""
    below = portal.descendants()
    web = [pid for pid in below if "gunicorn" in command_of(pid)]
    if what == "web":
        found = [pid for pid in web if parent_of(pid) in web]
    elif what == "PostgreSQL":
        found = [pid for pid in below if "postgres" in command_of(pid).split(" ")[0]]
    else:
        found = below
    assert found, [command_of(pid) for pid in below]
    return found


@pytest.mark.parametrize("what", ["web", "PostgreSQL", "everything"])
def test_no_acknowledged_event_is_lost_and_none_is_doubled(tmp_path: Path, what: str) -> None:
    portal = start_portal(tmp_path / "portal", STREAM_REQUESTS="1000000")
    try:
        make_company(portal)
        told = portal.manage("create_api_key", "--company", "acme", "--scope", "stream")
        key = next(word for word in told.split() if word.startswith("csm_"))
        sender = Sender(portal, key)
        sending = threading.Thread(target=sender.send, args=(range(BATCHES),))
        sending.start()
        deadline = time.monotonic() + 120
        while len(sender.acknowledged) < KILL_AFTER:
            assert time.monotonic() < deadline, sender.acknowledged
            time.sleep(0.005)
        pids = victims(portal, what)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert are_gone(pids)
        sending.join(300)
        if what != "web":
            portal = again(portal)

        held, _ = said(portal, HELD)
        assert isinstance(held, dict)
        assert len(sender.acknowledged) >= KILL_AFTER
        assert what == "web" or len(sender.acknowledged) < BATCHES
        promised = {one for batch in sender.acknowledged for one in ids_of(batch)}
        assert promised <= set(held)
        assert set(held.values()) == {1}
        # A batch is all there or not at all.
        assert len(held) % SIZE == 0

        second = Sender(portal, key)
        second.send(range(BATCHES))
        assert second.acknowledged == set(range(BATCHES))
        held, keys = said(portal, HELD)
        assert isinstance(held, dict)
        assert (len(held), set(held.values()), keys) == (BATCHES * SIZE, {1}, BATCHES * SIZE)
    finally:
        portal.stop()
