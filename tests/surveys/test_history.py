"""A survey asked elsewhere comes in with its own dates, and sends nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.actions.refusals import Refused
from customers.models import Change
from surveys.actions.history import (
    PastAnswer,
    PastWork,
    record_past_campaign,
    record_past_follow_up,
)
from surveys.models import Campaign, FollowUp, Invitation, Response
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.casting import Users
from tests.surveys import facts

ASKED_AT = dt.datetime(2024, 3, 1, 9, tzinfo=dt.UTC)


def test_past_answers_keep_their_dates_and_nothing_is_sent(
    company: Company, mailbox: Mailbox
) -> None:
    contacts = [contact.pk for contact in facts.make_contacts(3)]
    answered_at = ASKED_AT + dt.timedelta(days=2)
    campaign = record_past_campaign(
        name="Spring",
        question="Well?",
        asked_at=ASKED_AT,
        asked=contacts,
        answers=[PastAnswer(contacts[1], 9, answered_at, "Good")],
        by=None,
    )
    run_pending(queue="mail")

    assert (campaign.state, campaign.is_backfilled) == (Campaign.State.DONE, True)
    assert mailbox.mails(facts.DOMAIN) == []
    assert Invitation.objects.filter(state="sent", sent_at=ASKED_AT).count() == 3
    response = Response.objects.counted().get()
    assert (response.invitation.contact_id, response.score) == (contacts[1], 9)
    assert (response.answered_at, response.comment) == (answered_at, "Good")
    assert response.recorded_at > timezone.now() - dt.timedelta(minutes=5)
    changed = Change.objects.exclude(customer=None).values_list("customer", "kind", "from_day")
    customer = response.invitation.contact.customer_id
    assert list(changed) == [(customer, "responses", ASKED_AT.date() - dt.timedelta(days=1))]


def test_past_work_keeps_its_dates_and_nothing_is_sent(
    company: Company, mailbox: Mailbox, user_of: Users
) -> None:
    contacts = [contact.pk for contact in facts.make_contacts(2)]
    record_past_campaign(
        name="Spring",
        question="Well?",
        asked_at=ASKED_AT,
        asked=contacts,
        answers=[PastAnswer(contact, 2, ASKED_AT) for contact in contacts],
        by=None,
    )
    closed, going_on = Invitation.objects.order_by("contact_id")
    at, by = ASKED_AT + dt.timedelta(hours=3), user_of(company, "manager")
    work = PastWork(at, reply="Sorry.", note="Called.", outcome="solved")
    record_past_follow_up(invitation=closed, opened_at=ASKED_AT, work=work, by=by)
    record_past_follow_up(
        invitation=going_on, opened_at=ASKED_AT, work=PastWork(at, note="Called."), by=by
    )
    run_pending(queue="mail")

    assert mailbox.mails(facts.DOMAIN) == []
    found, other = FollowUp.objects.order_by("invitation__contact_id")
    assert (found.state, found.outcome, found.owner) == ("closed", "solved", by)
    assert (found.opened_at, found.first_reply_at, found.closed_at) == (ASKED_AT, at, at)
    reply, note = found.replies.get(), found.notes.get()
    assert (reply.state, reply.sent_at, reply.reply_to) == ("sent", at, by.email)
    assert (note.text, note.created_at) == ("Called.", at)
    assert (other.state, other.first_reply_at, other.closed_at) == ("in_progress", None, None)
    assert not other.replies.exists()
    for out_of_time in (ASKED_AT - dt.timedelta(seconds=1), timezone.now() + dt.timedelta(days=1)):
        with pytest.raises(Refused):
            record_past_follow_up(
                invitation=going_on, opened_at=ASKED_AT, work=PastWork(out_of_time), by=by
            )


def test_answers_that_do_not_fit_store_nothing(company: Company) -> None:
    first, second = (contact.pk for contact in facts.make_contacts(2))
    good = PastAnswer(first, 9, ASKED_AT)
    for answers in (
        [replace(good, contact_id=second)],
        [good, good],
        [replace(good, score=11)],
        [replace(good, answered_at=ASKED_AT - dt.timedelta(seconds=1))],
        [replace(good, answered_at=timezone.now() + dt.timedelta(days=1))],
    ):
        with pytest.raises(Refused):
            record_past_campaign(
                name="Spring",
                question="Well?",
                asked_at=ASKED_AT,
                asked=[first],
                answers=answers,
                by=None,
            )
    assert not Campaign.objects.exists()
