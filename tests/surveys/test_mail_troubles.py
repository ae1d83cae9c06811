"""What a mail server can answer, and what becomes of the invitation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from surveys.models import Campaign, Invitation, Suppression
from surveys.outcomes import is_dead
from surveys.sending.settling import RETRY_AFTER
from surveys.sending.slices import send_slice
from surveys.suppressions import hash_of
from tenants.jobs import Job, run_pending
from tenants.models import Company
from tests.surveys import facts
from tests.surveys.mail_server import Moody, free_port, running

State = Invitation.State


@pytest.fixture
def server(settings: Any) -> Iterator[Moody]:
    moody = Moody()
    with running(moody) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_PORT = port
        yield moody


def invitation(email: str) -> Invitation:
    return Invitation.objects.get(contact__email=email)


def test_refused_for_good_is_failed_with_the_servers_words(company: Company, server: Moody) -> None:
    for email in (facts.at("ann"), facts.at("nobody"), facts.at("spam"), facts.at("zoe")):
        facts.make_contact(email)
    campaign = facts.sent()

    assert server.taken == [facts.at("ann"), facts.at("zoe")]
    assert invitation(facts.at("nobody")).state == State.FAILED
    assert "no such user" in invitation(facts.at("nobody")).error
    assert invitation(facts.at("spam")).state == State.FAILED
    assert "looks like spam" in invitation(facts.at("spam")).error
    assert campaign.state == Campaign.State.DONE
    # Nobody is there; but what one mail looked like says nothing of the address.
    assert dict(Suppression.objects.values_list("email_hash", "reason")) == {
        hash_of(facts.at("nobody")): "bounced"
    }


@pytest.mark.parametrize(
    ("words", "is_of_address", "dead"),
    [
        ("550 5.1.1 no such user", True, True),
        ("550 5.1.10 null MX", False, True),
        ("550 5.2.1 mailbox disabled", True, True),
        ("550 5.1.1 said after the content", False, True),
        ("552 5.2.2 mailbox full", True, False),
        ("550 5.7.1 relaying denied", True, False),
        ("550 5.1.8 bad sender address", True, False),
        ("550 no such user", True, True),
        ("553 mailbox name not allowed", True, True),
        ("550 no such user, said of the content", False, False),
        ("554 rejected", True, False),
        ("552 too much", True, False),
    ],
)
def test_which_refusals_mean_that_nobody_is_there(
    words: str, is_of_address: bool, dead: bool
) -> None:
    assert is_dead(words, is_of_address=is_of_address) is dead


def test_refused_for_now_is_tried_again_later_and_given_up_in_the_end(
    company: Company, server: Moody
) -> None:
    facts.make_contact(facts.at("full"))
    campaign = facts.sent()
    for attempt, seconds in enumerate(RETRY_AFTER, start=1):
        row = invitation(facts.at("full"))
        assert (row.state, row.attempts) == (State.QUEUED, attempt)
        assert "mailbox full" in row.error
        wait = (row.send_after - timezone.now()).total_seconds()
        assert seconds - 10 < wait <= seconds
        job = Job.objects.get(state=Job.State.QUEUED)
        assert abs(job.run_at - row.send_after) < dt.timedelta(seconds=1)
        Invitation.objects.update(send_after=F("send_after") - dt.timedelta(seconds=seconds))
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
        run_pending(queue="mail")

    assert invitation(facts.at("full")).state == State.FAILED
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE
    assert server.taken == []


def test_taken_without_an_answer_is_unknown_and_never_sent_again(
    company: Company, server: Moody
) -> None:
    facts.make_contact(facts.at("ann"))
    facts.make_contact(facts.at("mute"))
    facts.make_contact(facts.at("zoe"))
    campaign = facts.sent()

    assert invitation(facts.at("mute")).state == State.UNKNOWN
    assert invitation(facts.at("zoe")).state == State.SENT
    assert campaign.state == Campaign.State.DONE
    send_slice(campaign.pk)
    assert server.taken == [facts.at("ann"), facts.at("mute"), facts.at("zoe")]


def test_one_connection_carries_many_mails(company: Company, server: Moody) -> None:
    facts.make_contacts(50)
    facts.sent()
    assert len(server.taken) == 50
    assert len(server.sessions) == 1


def test_a_server_that_hangs_up_now_and_then_loses_nothing(company: Company, server: Moody) -> None:
    """It closes after every seventh mail, as servers with a limit per connection do."""
    server.hang_up_after = 7
    facts.make_contacts(30)
    facts.sent()
    assert len(server.taken) == len(set(server.taken)) == 30
    assert set(Invitation.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_server_that_is_away_holds_the_campaign_up_and_costs_no_attempt(
    company: Company, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = free_port()
    facts.make_contacts(3)
    campaign = facts.sent()
    assert campaign.state == Campaign.State.RUNNING
    assert "refused" in campaign.sending_error.lower()
    assert set(Invitation.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    job = Job.objects.get(state=Job.State.QUEUED)
    assert job.run_at > timezone.now() + dt.timedelta(seconds=20)

    moody = Moody()
    with running(moody) as port:
        settings.EMAIL_PORT = port
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
        run_pending(queue="mail")
    campaign.refresh_from_db()
    assert len(moody.taken) == 3
    assert (campaign.state, campaign.sending_error) == (Campaign.State.DONE, "")


def test_a_server_that_refuses_the_sender_holds_the_campaign_up(
    company: Company, server: Moody
) -> None:
    server.sender_answer = "550 5.7.1 you may not send from here"
    facts.make_contacts(3)
    campaign = facts.sent()
    assert "may not send" in campaign.sending_error
    assert set(Invitation.objects.values_list("state", flat=True)) == {State.QUEUED}
