"""Whatever kills a sender: nobody gets two mails, and rows and mails agree by message id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from django.db import connection

from surveys.models import Campaign, Invitation
from surveys.sending.claims import BATCH
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

State = Invitation.State
ROOT = Path(__file__).parents[2]


def sender(company: Company, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.surveys.killed_sender", str(company.pk), *arguments],
        env={
            **os.environ,
            "TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "DJANGO_SETTINGS_MODULE": "csm_portal.settings",
        },
        cwd=ROOT,
        start_new_session=True,
    )


def states() -> Counter[str]:
    return Counter(Invitation.objects.values_list("state", flat=True))


def check_books(mailbox: Mailbox) -> None:
    """No mail twice; every sent row has its mail; every mail has a row that admits to it."""
    mails = Counter(str(mail["Message-ID"]) for mail in mailbox.mails(facts.DOMAIN))
    addresses = Counter(str(mail["To"]) for mail in mailbox.mails(facts.DOMAIN))
    assert set(mails.values()) == {1}
    assert set(addresses.values()) == {1}
    rows = dict(Invitation.objects.values_list("message_id", "state"))
    sent = {message_id for message_id, state in rows.items() if state == State.SENT}
    maybe = {message_id for message_id, state in rows.items() if state == State.UNKNOWN}
    assert sent <= set(mails) <= sent | maybe


def test_killed_between_the_servers_yes_and_our_commit(
    real_company: Company, mailbox: Mailbox
) -> None:
    facts.make_contacts(50)
    facts.started()
    process = sender(real_company, "25")
    assert process.wait(60) == -signal.SIGKILL

    assert len(mailbox.mails(facts.DOMAIN)) == 25
    left = states()
    # The last 250 was never written down, nor what was heard shortly before it.
    assert 1 <= left["claimed"] <= BATCH
    assert left["sent"] <= 24
    assert sum(left.values()) == 50

    run_pending(queue="mail")
    assert states() == {"sent": 50 - left["claimed"], "unknown": left["claimed"]}
    check_books(mailbox)
    assert Campaign.objects.get().state == Campaign.State.DONE


def test_killed_at_any_moment_again_and_again(real_company: Company, mailbox: Mailbox) -> None:
    facts.make_contacts(400)
    facts.started()
    kills = 0
    for threshold in (40, 120, 200, 280):
        process = sender(real_company)
        deadline = time.monotonic() + 180
        while states()["sent"] < threshold and process.poll() is None:
            assert time.monotonic() < deadline
        if process.poll() is None:
            process.kill()
            kills += 1
        process.wait(60)
    assert kills == 4

    run_pending(queue="mail")
    assert states()["unknown"] <= kills * BATCH
    assert set(states()) <= {State.SENT, State.UNKNOWN}
    assert sum(states().values()) == 400
    check_books(mailbox)
