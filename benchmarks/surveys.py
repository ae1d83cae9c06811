"""Sending surveys: one worker against a bare smtplib loop, and what others wait meanwhile.

SURVEY_BENCH_MAILS (10000) says how many. The yardstick sends the very bytes that the portal sent,
over one connection to the same sink, in the same run. The wait is from the call that starts a
campaign to one contact until its mail is at the sink, by `manage.py`'s own worker processes: with
nothing else to do, and while another company sends SURVEY_BENCH_QUEUE (100000) mails.
"""

from __future__ import annotations

import os
import secrets
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from benchmarks import bench_company
from customers.models import Contact, Customer, Source
from surveys import audience
from surveys.actions.campaigns import create_campaign, start_campaign
from surveys.models import Campaign, Invitation, SurveySettings
from tenants.context import go_public
from tenants.jobs import run_pending
from tenants.models import Company

TRIES = 7
PATIENCE = 120.0


def run() -> None:
    mails = int(os.environ.get("SURVEY_BENCH_MAILS", "10000"))
    waiting = int(os.environ.get("SURVEY_BENCH_QUEUE", "100000"))
    with bench_company() as (company, source):
        _rate(company, source, mails)
    with bench_company() as (big, source):
        go_public()
        with bench_company() as (small, small_source):
            _wait(big, source, small, small_source, waiting)


def _rate(company: Company, source: Source, mails: int) -> None:
    with _mailbox() as box:
        _prepare(source, mails)
        _campaign("Of everybody")
        begun = time.perf_counter()
        run_pending(queue="mail")
        ours = time.perf_counter() - begun
        states = dict(_states())
        assert states == {"sent": mails}, states
        sent = [path.read_bytes() for path in box.new()]
    assert len(sent) == mails, f"{len(sent)} mails came of {mails}"
    with _mailbox() as box:
        bare = _bare_loop([_as_sent(raw) for raw in sent])
        assert len(box.new()) == mails
    size = sum(map(len, sent)) / mails / 1024
    print(f"{mails:,} mails of {size:.1f} KiB")
    print(f"{'smtplib, one connection, the same bytes':56} {mails / bare:8.0f} mails/s")
    print(
        f"{'a campaign, one worker':56} {mails / ours:8.0f} mails/s"
        f" {bare / ours:7.0%} of the loop (at least 60 %)"
    )


def _prepare(source: Source, count: int) -> None:
    """So many contacts, twenty at a customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_customer (external_id, name, source_id, recorded_at, changed_at)
            SELECT 'b-' || n, 'Customer ' || n, %s, now(), now() FROM generate_series(0, %s) n
            """,
            [source.pk, (count - 1) // 20],
        )
        cursor.execute(
            """
            INSERT INTO customers_contact
                   (customer_id, external_id, name, email, source_id, recorded_at, changed_at)
            SELECT c.id, 'p-' || n, 'Person ' || n, 'person-' || n || '@bench.example', %s, now(),
                   now()
              FROM generate_series(0, %s) n
              JOIN customers_customer c ON c.external_id = 'b-' || (n / 20)
            """,
            [source.pk, count - 1],
        )


def _campaign(name: str) -> Campaign:
    campaign = create_campaign(
        name=name,
        question="How likely are you to recommend {company} to a friend or colleague?",
        follow_up="What is the main reason for your score?",
        choice=audience.Choice(not_asked_days=0),
        by=None,
    )
    return start_campaign(campaign=campaign, by=None)


def _states() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM surveys_invitation GROUP BY state")
        return list(cursor.fetchall())


class Box:
    """The files that the sink kept since."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = set(folder.glob("[0-9]*.eml"))

    def new(self) -> list[Path]:
        found = set(self._folder.glob("[0-9]*.eml")) - self._before
        return sorted(found, key=lambda path: tuple(map(int, path.stem.split("-"))))

    def clear(self) -> None:
        for path in self.new():
            path.unlink()


@contextmanager
def _mailbox() -> Iterator[Box]:
    box = Box(Path(settings.MAILBOX))
    try:
        yield box
    finally:
        box.clear()


def _as_sent(raw: bytes) -> tuple[str, str, bytes]:
    """Sender, recipient and content, without the lines that the sink put on top."""
    first, second, content = raw.split(b"\r\n", 2)
    return first.decode().split(": ", 1)[1], second.decode().split(": ", 1)[1], content


def _bare_loop(mails: Sequence[tuple[str, str, bytes]]) -> float:
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
        smtp.ehlo()
        begun = time.perf_counter()
        for sender, recipient, content in mails:
            smtp.sendmail(sender, [recipient], content)
        return time.perf_counter() - begun


def _wait(big: Company, source: Source, small: Company, small_source: Source, count: int) -> None:
    with tenant_context(small):
        customer = Customer.objects.create(
            external_id="s", name="Small", source=small_source, recorded_at=timezone.now()
        )
        SurveySettings.objects.create(pk=1, contact_days=0, customer_days=0)
    with _mailbox(), _workers():
        idle = [_one_mail(small, small_source, customer) for _ in range(TRIES)]
        with tenant_context(big):
            _prepare(source, count)
            _campaign("Of everybody")
        busy = []
        for _ in range(TRIES):
            _until(lambda: dict(_states_of(big)).get("sent", 0) > 100)
            busy.append(_one_mail(small, small_source, customer))
        left = dict(_states_of(big)).get("queued", 0)
        with tenant_context(big):
            Campaign.objects.update(state=Campaign.State.PAUSED)
    before, meanwhile = statistics.median(idle), statistics.median(busy)
    print(f"{'one mail, from starting its campaign, idle (median)':56} {before * 1000:8.0f} ms")
    print(
        f"{f'while another company has {left:,} queued':56} {meanwhile * 1000:8.0f} ms"
        f" {meanwhile / before:7.2f} x idle (under 2)"
    )


def _one_mail(company: Company, source: Source, customer: Customer) -> float:
    """Seconds from starting a campaign to one contact until its mail is sent."""
    with tenant_context(company):
        Contact.objects.update(removed_at=timezone.now())
        name = secrets.token_hex(4)
        Contact.objects.create(
            customer=customer,
            email=f"{name}@bench.example",
            source=source,
            recorded_at=timezone.now(),
        )
        begun = time.perf_counter()
        campaign = _campaign(name)
        _until(
            lambda: Invitation.objects.filter(campaign=campaign, state="sent").exists(), pause=0.005
        )
        taken = time.perf_counter() - begun
        _until(lambda: not Campaign.objects.filter(state="running").exists())
    return taken


def _states_of(company: Company) -> list[tuple[str, int]]:
    with tenant_context(company):
        return _states()


def _until(is_so: object, *, pause: float = 0.05) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(pause)


@contextmanager
def _workers() -> Iterator[None]:
    """The quick workers, as the portal starts them, over the engines of this run."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "--app", "csm_portal", "worker"),
            *("--queues", "dispatch,mail,default", "--concurrency", "2"),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
        ],
        env={**os.environ, "PORTAL_DIE_WITH_PARENT": "1"},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)
