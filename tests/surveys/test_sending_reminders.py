"""Reminders: written when a mail is out, decided when they are due."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.actions.refusals import Refused
from surveys import tokens
from surveys.actions.campaigns import pause_campaign, resume_campaign, start_campaign
from surveys.actions.responses import record_response
from surveys.models import Campaign, Invitation, Reminder, Response, Suppression
from surveys.sending.slices import send_slice
from surveys.suppressions import hash_of
from tenants.jobs import Job, run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

State = Reminder.State


def reminding(count: int = 1, *, reminders: int = 1, days: int = 3) -> Campaign:
    """A campaign whose mails to so many contacts are out, and that reminds."""
    facts.make_contacts(count)
    campaign = facts.make_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(reminders=reminders, reminder_days=days)
    campaign.refresh_from_db()
    start_campaign(campaign=campaign, by=None)
    run_pending(queue="mail")
    campaign.refresh_from_db()
    return campaign


def days_pass(days: float) -> None:
    """Everything that happened or is planned lies so much further back."""
    by = dt.timedelta(days=days)
    for model in (Invitation, Reminder):
        model.objects.update(
            send_after=F("send_after") - by,
            claimed_at=F("claimed_at") - by,
            sent_at=F("sent_at") - by,
        )
    Invitation.objects.update(expires_at=F("expires_at") - by)
    Job.objects.filter(state=Job.State.QUEUED).update(run_at=F("run_at") - by)


def outcome() -> list[tuple[int, str, str]]:
    return list(Reminder.objects.order_by("pk").values_list("number", "state", "skip_reason"))


def test_who_does_not_answer_is_reminded_as_often_as_wanted(
    company: Company, mailbox: Mailbox
) -> None:
    campaign = reminding(reminders=2)
    address = facts.at("person-000")
    assert (campaign.state, len(mailbox.mails(address))) == (Campaign.State.DONE, 1)
    job = Job.objects.get(state=Job.State.QUEUED, kind="surveys.send")
    assert abs(job.run_at - timezone.now() - dt.timedelta(days=3)) < dt.timedelta(minutes=5)

    days_pass(2.99)
    run_pending(queue="mail")
    assert len(mailbox.mails(address)) == 1
    days_pass(0.02)
    run_pending(queue="mail")
    assert len(mailbox.mails(address)) == 2
    days_pass(3.01)
    run_pending(queue="mail")
    assert len(mailbox.mails(address)) == 3
    days_pass(3.01)
    run_pending(queue="mail")
    assert len(mailbox.mails(address)) == 3
    assert outcome() == [(1, "sent", ""), (2, "sent", "")]
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE

    ids = {str(mail["Message-ID"]) for mail in mailbox.mails(address)}
    held = {Invitation.objects.get().message_id}
    assert ids == held | set(Reminder.objects.values_list("message_id", flat=True))
    links = {tuple(facts.score_links(facts.html_of(mail))) for mail in mailbox.mails(address)}
    assert len(links) == 1  # the same link asks again


def test_who_answered_unsubscribed_or_left_is_not_reminded(
    company: Company, mailbox: Mailbox
) -> None:
    reminding(5)
    rows = list(Invitation.objects.order_by("contact__email"))
    record_response(token=tokens.token_of(rows[0]), score=9)
    Suppression.objects.create(email_hash=hash_of(facts.at("PERSON-001")), reason="unsubscribed")
    rows[2].contact.removed_at = timezone.now()
    rows[2].contact.save()
    Invitation.objects.filter(pk=rows[3].pk).update(state="failed")
    days_pass(3.01)
    run_pending(queue="mail")
    found = {
        row.invitation.contact.email.split("@")[0]: (row.state, row.skip_reason)
        for row in Reminder.objects.select_related("invitation__contact")
    }
    assert found == {
        "person-000": ("skipped", "answered"),
        "person-001": ("skipped", "unsubscribed"),
        "person-002": ("skipped", "removed"),
        "person-003": ("skipped", "not_sent"),
        "person-004": ("sent", ""),
    }
    assert len(mailbox.mails(facts.DOMAIN)) == 6


def test_a_link_that_is_dead_is_not_asked_about_again(company: Company, mailbox: Mailbox) -> None:
    reminding(days=31)
    days_pass(31.01)
    run_pending(queue="mail")
    assert outcome() == [(1, "skipped", "expired")]


def test_a_test_by_a_user_of_the_company_is_no_answer(company: Company, mailbox: Mailbox) -> None:
    reminding()
    record_response(token=tokens.token_of(Invitation.objects.get()), score=9)
    Response.objects.update(is_by_user=True)
    days_pass(3.01)
    run_pending(queue="mail")
    assert outcome() == [(1, "sent", "")]


def test_a_reminder_is_no_survey_of_its_own_in_the_budget(
    company: Company, mailbox: Mailbox
) -> None:
    """The contact was asked three days ago, within the company's thirty."""
    reminding()
    days_pass(3.01)
    run_pending(queue="mail")
    assert outcome() == [(1, "sent", "")]


def test_a_campaign_that_is_done_can_hold_its_reminders(company: Company, mailbox: Mailbox) -> None:
    campaign = reminding()
    pause_campaign(campaign=campaign, by=None)
    days_pass(3.01)
    run_pending(queue="mail")
    assert outcome() == [(1, "queued", "")]
    resume_campaign(campaign=campaign, by=None)
    run_pending(queue="mail")
    assert outcome() == [(1, "sent", "")]
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE
    with pytest.raises(Refused):
        pause_campaign(campaign=campaign, by=None)


def test_a_reminder_that_may_be_out_is_not_sent_again(company: Company, mailbox: Mailbox) -> None:
    campaign = reminding(reminders=2)
    days_pass(3.01)
    Reminder.objects.update(
        state="claimed", claimed_at=timezone.now(), message_id="<1@acme.localhost>"
    )
    send_slice(campaign.pk)
    assert outcome() == [(1, "unknown", "")]
    assert len(mailbox.mails(facts.DOMAIN)) == 1


def test_what_the_provider_told_of_meanwhile_has_gone_out(
    company: Company, mailbox: Mailbox
) -> None:
    """Its sender died before it wrote down that the mail was taken: it was delivered."""
    campaign = reminding(reminders=2)
    Reminder.objects.update(
        state="claimed",
        claimed_at=timezone.now(),
        delivered_at=timezone.now(),
        message_id="<1@acme.localhost>",
    )
    send_slice(campaign.pk)
    assert outcome() == [(1, "sent", ""), (2, "queued", "")]
