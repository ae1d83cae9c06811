"""Workers killed and a broker wiped while a campaign is sent: nobody gets two mails, every mail
goes out, and rows and mails agree.

SURVEY_FAULT_MAILS (2000; at full size 10000) says how many mails, SURVEY_FAULT_KILLS (5; at full
size 20) how often the workers are killed.
"""

from __future__ import annotations

import email
import email.policy
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.test_imports import command_of, make_company, said
from tests.portal import RunningPortal, portal_in

pytestmark = pytest.mark.slow
MAILS = int(os.environ.get("SURVEY_FAULT_MAILS", "2000"))
KILLS = int(os.environ.get("SURVEY_FAULT_KILLS", "5"))
PATIENCE = 900.0

START = """
import json
from django.utils import timezone
from django_tenants.utils import tenant_context
from customers.models import Contact, Customer, Source
from surveys.actions.campaigns import create_campaign, start_campaign
from tenants.models import Company
with tenant_context(Company.objects.get(slug="acme")):
    now, source = timezone.now(), Source.objects.create(kind="command", label="test")
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"c-{{n}}", name=f"C {{n}}", source=source, recorded_at=now)
        for n in range({mails} // 20 + 1)
    )
    Contact.objects.bulk_create(
        (
            Contact(customer=customers[n // 20], email=f"p-{{n}}@faults.example", source=source,
                    recorded_at=now)
            for n in range({mails})
        ),
        batch_size=1000,
    )
    campaign = create_campaign(name="Faults", question="How are we doing?", by=None)
    start_campaign(campaign=campaign, by=None)
print(json.dumps([campaign.pk]))
"""
ROWS = """
import json
from django_tenants.utils import tenant_context
from surveys.models import Campaign, Invitation
from tenants.models import Company
with tenant_context(Company.objects.get(slug="acme")):
    rows = list(Invitation.objects.values_list("message_id", "state"))
    print(json.dumps([Campaign.objects.get().state, rows]))
"""
WIPE = """
from urllib.parse import urlsplit
import redis
from django.conf import settings
client = redis.Redis(unix_socket_path=urlsplit(settings.CELERY_BROKER_URL).path)
client.flushall()
client.close()
print("[]")
"""


def mails_in(portal: RunningPortal) -> list[tuple[str, str]]:
    """(message id, address) of every mail at the sink."""
    found = []
    for path in (portal.var / "mail").glob("[0-9]*.eml"):
        headers = path.read_bytes().split(b"\r\n\r\n", 1)[0]
        mail = email.message_from_bytes(headers, policy=email.policy.default)
        if "@faults.example" in str(mail["To"]):
            found.append((str(mail["Message-ID"]), str(mail["To"])))
    return found


def count_in(portal: RunningPortal) -> int:
    return sum(1 for _ in (portal.var / "mail").glob("[0-9]*.eml"))


def workers(portal: RunningPortal) -> list[int]:
    """The processes that send: the quick worker's group."""
    return [pid for pid in portal.descendants() if "quick@" in command_of(pid)]


def until_done(portal: RunningPortal) -> dict[str, str]:
    """{message id: state} when the campaign is done."""
    deadline = time.monotonic() + PATIENCE
    while True:
        state, rows = said(portal, ROWS)
        assert isinstance(rows, list)
        if state == "done":
            return dict(rows)
        assert time.monotonic() < deadline, Counter(row[1] for row in rows)
        time.sleep(1)


def check_books(portal: RunningPortal, rows: dict[str, str], *, unknown: int) -> None:
    assert len(rows) == MAILS
    states = Counter(rows.values())
    assert set(states) <= {"sent", "unknown", "failed"}, states
    assert states["unknown"] <= unknown, states
    mails = mails_in(portal)
    assert set(Counter(address for _, address in mails).values()) == {1}
    assert set(Counter(message_id for message_id, _ in mails).values()) == {1}
    sent = {message_id for message_id, state in rows.items() if state == "sent"}
    maybe = {message_id for message_id, state in rows.items() if state == "unknown"}
    assert sent <= {message_id for message_id, _ in mails} <= sent | maybe


def test_killed_again_and_again(tmp_path: Path) -> None:
    """The portal with all its workers is killed; the next start goes on where it was."""
    var = tmp_path / "var"
    kills = 0
    with portal_in(var) as portal:
        make_company(portal)
        said(portal, START.format(mails=MAILS))
    while kills < KILLS:
        with portal_in(var) as portal:
            wanted = min(MAILS - 1, count_in(portal) + MAILS // (2 * KILLS))
            deadline = time.monotonic() + PATIENCE
            while count_in(portal) < wanted:
                assert time.monotonic() < deadline, count_in(portal)
                time.sleep(0.01)
            for pid in workers(portal):
                os.kill(pid, signal.SIGKILL)
            kills += 1
    with portal_in(var) as portal:
        check_books(portal, until_done(portal), unknown=KILLS * 20)


def test_a_wiped_broker_loses_no_mail(tmp_path: Path) -> None:
    with portal_in(tmp_path / "var") as portal:
        make_company(portal)
        said(portal, START.format(mails=MAILS))
        for part in (8, 4, 2):
            deadline = time.monotonic() + PATIENCE
            while count_in(portal) < MAILS // part:
                assert time.monotonic() < deadline, count_in(portal)
                time.sleep(0.01)
            said(portal, WIPE)
        check_books(portal, until_done(portal), unknown=0)
