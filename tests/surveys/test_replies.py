"""The mail of a reply at a real mail server, and what becomes of it when things go wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from surveys.actions import follow_ups
from surveys.actions.delivery import News, take_news
from surveys.models import FollowUp, Reply, Suppression
from surveys.replies import RETRY_AFTER, send_reply
from surveys.suppressions import hash_of
from tenants.jobs import Job, run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts
from tests.surveys.mail_server import Moody, free_port, running
from tests.surveys.test_follow_ups import opened, user

State = Reply.State


@pytest.fixture
def server(settings: Any) -> Iterator[Moody]:
    moody = Moody()
    with running(moody) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_PORT = port
        yield moody


def written(found: FollowUp, text: str = "We are sorry.") -> Reply:
    return follow_ups.write_reply(follow_up=found, text=text, by=user(), once=uuid4())


def test_the_mail_goes_to_the_contact_and_answers_to_the_user(
    company: Company, mailbox: Mailbox
) -> None:
    found = opened(comment="Slow <i>& dear</i> {company}")
    reply = written(found, "Dear {contact},\n\n{% now 'Y' %} <b>sorry</b>")
    run_pending(queue="mail")
    (mail,) = mailbox.mails(facts.at("ann"))
    reply.refresh_from_db()
    assert (reply.state, mail["Message-ID"]) == (State.SENT, reply.message_id)
    assert mail["In-Reply-To"] == found.invitation.message_id
    assert user().email in str(mail["Reply-To"])
    assert user().email not in str(mail["From"])
    assert user().name in str(mail["From"])
    assert mail["Subject"] == "Re: How was Acme?"
    assert mail["List-Unsubscribe"] is None
    plain = mail.get_body(preferencelist=("plain",))
    assert plain is not None
    text = plain.get_content().replace("\r\n", "\n")
    assert "Dear {contact},\n\n{% now 'Y' %} <b>sorry</b>" in text
    assert "> How was Acme?\n> 3 out of 10\n> Slow <i>& dear</i> {company}" in text
    html = facts.html_of(mail)
    assert "&lt;b&gt;sorry&lt;/b&gt;" in html
    assert "Slow &lt;i&gt;&amp; dear&lt;/i&gt; {company}" in html
    found.refresh_from_db()
    assert (found.state, found.owner) == ("in_progress", user())
    assert found.first_reply_at is not None
    first = found.first_reply_at
    written(found, "And once more")
    run_pending(queue="mail")
    found.refresh_from_db()
    assert found.first_reply_at == first
    send_reply(reply.pk)
    assert len(mailbox.mails(facts.at("ann"))) == 2


def test_in_the_contacts_language(company: Company, mailbox: Mailbox) -> None:
    found = opened()
    found.invitation.campaign.language = "ar"
    found.invitation.campaign.save()
    reply = written(found)
    run_pending(queue="mail")
    (mail,) = mailbox.mails(facts.at("ann"))
    assert reply.quoted["language"] == "ar"
    assert 'dir="rtl"' in facts.html_of(mail)


def test_a_claim_of_a_dead_sender_is_unknown_and_never_sent_again(
    company: Company, server: Moody
) -> None:
    reply = written(opened())
    now = timezone.now()
    Reply.objects.filter(pk=reply.pk).update(
        state=State.CLAIMED, claimed_at=now, message_id="<x@acme.example>"
    )
    run_pending(queue="mail")
    send_reply(reply.pk)
    reply.refresh_from_db()
    assert reply.state == State.UNKNOWN
    assert "died" in reply.error
    assert server.taken == []


@pytest.mark.parametrize(
    ("person", "state", "words"),
    [("nobody", State.FAILED, "no such user"), ("mute", State.UNKNOWN, "")],
)
def test_what_the_server_answers(
    company: Company, server: Moody, person: str, state: str, words: str
) -> None:
    found = opened(person)
    reply = written(found)
    run_pending(queue="mail")
    reply.refresh_from_db()
    assert reply.state == state
    assert words in reply.error
    found.refresh_from_db()
    assert found.first_reply_at is None
    send_reply(reply.pk)
    assert server.taken == ([] if person == "nobody" else [facts.at(person)])


def test_refused_for_now_is_tried_again_and_given_up_in_the_end(
    company: Company, server: Moody
) -> None:
    reply = written(opened("full"))
    run_pending(queue="mail")
    for attempt, seconds in enumerate(RETRY_AFTER, start=1):
        reply.refresh_from_db()
        assert (reply.state, reply.attempts) == (State.QUEUED, attempt)
        wait = (reply.send_after - timezone.now()).total_seconds()
        assert seconds - 10 < wait <= seconds
        now = timezone.now()
        Reply.objects.update(send_after=now)
        Job.objects.filter(state=Job.State.QUEUED).update(run_at=now)
        run_pending(queue="mail")
    reply.refresh_from_db()
    assert reply.state == State.FAILED
    assert "mailbox full" in reply.error


def test_a_server_that_is_away_costs_no_attempt(company: Company, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = free_port()
    reply = written(opened())
    run_pending(queue="mail")
    reply.refresh_from_db()
    assert (reply.state, reply.attempts) == (State.QUEUED, 0)
    job = Job.objects.get(state=Job.State.QUEUED, kind="surveys.reply")
    assert job.run_at > timezone.now() + dt.timedelta(seconds=20)
    moody = Moody()
    with running(moody) as port:
        settings.EMAIL_PORT = port
        now = timezone.now()
        Reply.objects.update(send_after=now)
        Job.objects.filter(pk=job.pk).update(run_at=now)
        run_pending(queue="mail")
    reply.refresh_from_db()
    assert (reply.state, moody.taken) == (State.SENT, [facts.at("ann")])


def test_an_address_that_came_back_meanwhile_is_not_written_to(
    company: Company, server: Moody
) -> None:
    reply = written(opened())
    Suppression.objects.create(email_hash=hash_of(facts.at("ann")), reason="bounced")
    run_pending(queue="mail")
    reply.refresh_from_db()
    assert (reply.state, server.taken) == (State.FAILED, [])
    assert "came back" in reply.error


def test_who_wants_no_more_surveys_gets_a_reply(company: Company, server: Moody) -> None:
    Suppression.objects.create(email_hash=hash_of(facts.at("ann")), reason="unsubscribed")
    written(opened())
    run_pending(queue="mail")
    assert server.taken == [facts.at("ann")]


@pytest.mark.parametrize(
    ("kind", "state", "is_replied"),
    [("delivered", State.SENT, True), ("failed", State.FAILED, False)],
)
def test_word_of_the_provider_settles_what_nobody_knew(
    company: Company, server: Moody, kind: str, state: str, is_replied: bool
) -> None:
    found = opened("mute")
    reply = written(found)
    run_pending(queue="mail")
    reply.refresh_from_db()
    assert reply.state == State.UNKNOWN
    news = News(kind=kind, at=timezone.now())
    for _again in range(2):
        assert take_news(message_ids=[reply.message_id], provider_id="", news=news) == 1
    reply.refresh_from_db()
    found.refresh_from_db()
    assert (reply.state, found.first_reply_at is not None) == (state, is_replied)


def test_a_complaint_about_a_reply_shuts_the_address(company: Company, server: Moody) -> None:
    found = opened()
    reply = written(found)
    run_pending(queue="mail")
    reply.refresh_from_db()
    news = News(kind="complained", at=timezone.now())
    assert take_news(message_ids=[reply.message_id], provider_id="", news=news) == 1
    assert "spam" in follow_ups.why_unreachable(found.invitation)


def test_word_of_a_reply_is_not_of_the_mail_it_is_below(company: Company, server: Moody) -> None:
    """Providers tell a mail's headers: those of a reply name the invitation, too."""
    found = opened()
    reply = written(found)
    run_pending(queue="mail")
    reply.refresh_from_db()
    ids = [found.invitation.message_id, reply.message_id]
    news = News(kind="failed", at=timezone.now(), words="No room")
    assert take_news(message_ids=ids, provider_id="", news=news) == 1
    reply.refresh_from_db()
    found.invitation.refresh_from_db()
    assert (reply.state, found.invitation.state) == (State.FAILED, State.SENT)
