"""The event stream, from HTTP to disk, against a bare COPY of the same rows into the same table.

One web worker, started as in production; senders that keep their connections and post batches of
500 events. The rows are then copied by psycopg into the emptied table (same partitions, same
indexes), all in one transaction. Both ways, turn by turn, RUNS times; the median is printed.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import random
import socket
import tempfile
import uuid
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from accounts.actions.keys import create_api_key
from benchmarks.metrics.facts import company_with_facts
from csm_portal.engines.cluster import ROOT
from csm_portal.engines.processes import start, wait_until
from csm_portal.supervisor import web_command

RUNS = 5
EVENTS = 50_000
PER_BATCH = 500
SENDERS = 4
CUSTOMERS = 1_000
PAGES = ("/", "/projects", "/projects/board", "/reports/weekly", "/settings/members")
NAMES = ("Project Created", "Task Completed", "Report Exported", "Comment Added", "File Uploaded")

COLUMNS = (
    "occurred_at, received_at, source_id, customer_id, end_user, group_id, session, kind, name,"
    " action, item, properties, message_id"
)
COPY = f"COPY customers_usageevent ({COLUMNS}) FROM STDIN"


def run() -> None:
    """Print rows per second both ways and their ratio."""
    with company_with_facts(CUSTOMERS) as company:
        _, key = create_api_key(name="bench", scopes=["stream"], by=None)
        host = f"{company.slug}.{os.environ['SITE_URL'].split('//')[1].split(':')[0]}"
        with web() as port:
            senders = Senders(host, port, key)
            senders.send(bodies(2 * PER_BATCH * SENDERS, seed=0))  # partitions, pools, caches
            streamed, copied, lines = [], [], []
            for number in range(RUNS):
                made = bodies(EVENTS, seed=number + 1)
                empty()
                streamed.append(EVENTS / senders.send(made))
                rows = held()
                assert len(rows) == EVENTS, f"{len(rows)} of {EVENTS} events were stored"
                empty()
                copied.append(EVENTS / copy_rows(rows))
                assert len(held()) == EVENTS
                empty()
                lines.append(EVENTS / copy_text(rows))
    size = sum(map(len, made)) / EVENTS
    print(f"{EVENTS:,} events of {size:.0f} bytes, {PER_BATCH} a batch, {SENDERS} senders")
    print(f"{'yardstick: psycopg COPY, one transaction':52} {median(copied):10,.0f} rows/s")
    print(f"{'the same with the text made beforehand':52} {median(lines):10,.0f} rows/s")
    ratio = median(one / other for one, other in zip(streamed, copied, strict=True))
    print(f"{'/v1/batch, 1 web worker':52} {median(streamed):10,.0f} rows/s {ratio:8.0%} of it")


@contextmanager
def web() -> Iterator[int]:
    """One web worker over the engines of this run; its port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    handle = listening.fileno()
    threads = os.environ.get("WEB_THREADS", "8")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "web.log"
        environment = {
            **os.environ, "WEB_WORKERS": "1", "PORTAL_DB_POOL": "1", "WEB_THREADS": threads,
            "STREAM_REQUESTS": "1000000000", "LOG_FORMAT": "json",
        }  # fmt: skip
        child = start(
            "web",
            web_command(handle, threads=threads),
            log=log,
            env=environment,
            keep_files=[handle],
            cwd=ROOT,
        )
        try:
            port = int(listening.getsockname()[1])
            wait_until(child, lambda: _answers(port))
            yield port
        finally:
            child.stop()
            listening.close()


def _answers(port: int) -> bool:
    try:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        asked.request("GET", "/readyz")
        return asked.getresponse().status == 200
    except OSError:
        return False


class Senders:
    """Some connections that stay open, as a library's do."""

    def __init__(self, host: str, port: int, key: str) -> None:
        coded = b64encode(f"{key}:".encode()).decode()
        self._headers = {"Host": host, "Authorization": f"Basic {coded}"}
        self._connections = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(SENDERS)
        ]

    def send(self, batches: Sequence[bytes]) -> float:
        """Post all of them; the seconds until the last one is answered."""
        begun = perf_counter()
        with ThreadPoolExecutor(SENDERS) as pool:
            for _ in pool.map(self._send, range(SENDERS), [batches] * SENDERS):
                pass
        return perf_counter() - begun

    def _send(self, number: int, batches: Sequence[bytes]) -> None:
        self._connections[number].close()  # the server ends idle ones
        for body in batches[number::SENDERS]:
            self._connections[number].request("POST", "/v1/batch", body, self._headers)
            answer = self._connections[number].getresponse()
            said = answer.read()
            assert answer.status == 200, said


def bodies(events: int, *, seed: int) -> list[bytes]:
    """Batches as segment-analytics-python would post them."""
    chance = random.Random(seed)
    now = dt.datetime.now(dt.UTC)
    found = []
    for _ in range(events // PER_BATCH):
        messages = [_message(chance, now) for _ in range(PER_BATCH)]
        body = {"batch": messages, "sentAt": dt.datetime.now(dt.UTC).isoformat()}
        found.append(json.dumps(body).encode())
    return found


def _message(chance: random.Random, now: dt.datetime) -> dict[str, Any]:
    """A page view or event of one of 20,000 end users, within the last two days."""
    user = chance.randrange(20_000)
    at = now - dt.timedelta(seconds=chance.randrange(2 * 86_400))
    is_page = chance.random() < 0.5
    properties: dict[str, Any] = {"plan": "pro", "seconds": chance.randrange(300)}
    what: dict[str, Any] = {"type": "track", "event": chance.choice(NAMES)}
    if is_page:
        path = chance.choice(PAGES)
        what = {"type": "page", "name": path}
        properties = {"path": path, "title": "Northwind", "referrer": "https://www.example.com/"}
    return {
        "integrations": {},
        "anonymousId": None,
        **what,
        "properties": properties,
        "timestamp": at.isoformat(timespec="milliseconds"),
        "context": {
            "groupId": f"c{user % CUSTOMERS + 1}",
            "library": {"name": "analytics-python", "version": "2.4.0"},
        },
        "userId": f"user-{user}",
        "messageId": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    }


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE customers_usageevent, customers_usagekeyrecent, customers_usagekeyold,"
            " customers_usagechange,"
            " customers_streamrequest"
        )
        # No worker runs here: a job that nobody takes would be queued again with every request.
        cursor.execute("DELETE FROM jobs_job")


def held() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS.replace('properties', 'properties::text')}"
            " FROM customers_usageevent ORDER BY id"
        )
        return list(cursor.fetchall())


def copy_rows(rows: Sequence[tuple[Any, ...]]) -> float:
    """The yardstick, in seconds."""
    begun = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row(row)
    return perf_counter() - begun


def copy_text(rows: Sequence[tuple[Any, ...]]) -> float:
    """COPY alone: what it takes reads from memory as it is, in seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE bench_rows AS SELECT {COLUMNS} FROM customers_usageevent"
        )
        with cursor.copy(f"COPY bench_rows ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        with cursor.copy("COPY bench_rows TO STDOUT") as copy:
            text = b"".join(bytes(part) for part in copy)
        cursor.execute("DROP TABLE bench_rows")
    begun = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(text)
    return perf_counter() - begun
