"""From a chosen audience to mails at a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.actions.refusals import Refused
from surveys import audience
from surveys.actions.campaigns import (
    choose_contacts,
    edit_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
)
from surveys.models import Campaign, Invitation, SurveySettings
from tenants.jobs import Job, run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

State = Invitation.State


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Invitation.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_every_contact_gets_one_mail_and_the_campaign_is_done(
    company: Company, mailbox: Mailbox
) -> None:
    facts.make_contacts(45)  # more than two batches
    campaign = facts.sent()

    mails = mailbox.mails(facts.DOMAIN)
    assert sorted(str(mail["To"]) for mail in mails) == [
        facts.at(f"person-{number:03d}") for number in range(45)
    ]
    assert states() == {"sent": 45}
    assert {str(mail["Message-ID"]) for mail in mails} == set(
        Invitation.objects.values_list("message_id", flat=True)
    )
    assert campaign.state == Campaign.State.DONE
    assert campaign.done_at is not None
    left = Job.objects.exclude(state=Job.State.DONE)
    assert [job.kind for job in left] == ["metrics.refresh"]


def test_starting_twice_is_refused_and_asks_nobody_twice(
    company: Company, mailbox: Mailbox
) -> None:
    facts.make_contacts(2)
    campaign = facts.sent()
    with pytest.raises(Refused) as refusal:
        start_campaign(campaign=campaign, by=None)
    assert refusal.value.code == "campaign_started"
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 2


def test_a_campaign_to_nobody_does_not_start(company: Company) -> None:
    campaign = facts.make_campaign()
    with pytest.raises(Refused) as refusal:
        start_campaign(campaign=campaign, by=None)
    assert refusal.value.code == "nobody_to_ask"
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


def test_the_count_that_was_shown_is_the_count_that_is_asked(company: Company) -> None:
    facts.make_contacts(2)
    campaign = facts.make_campaign()
    facts.make_contact(facts.at("late"))
    with pytest.raises(Refused) as refusal:
        start_campaign(campaign=campaign, by=None, expected_count=2)
    assert refusal.value.code == "audience_changed"
    assert not Invitation.objects.exists()


def test_a_started_campaign_cannot_be_edited(company: Company) -> None:
    facts.make_contacts(1)
    campaign = facts.started()
    with pytest.raises(Refused):
        edit_campaign(campaign=campaign, by=None, question="Another?")
    with pytest.raises(Refused):
        choose_contacts(campaign=campaign, choice=audience.Choice(), by=None)


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(
    company: Company, mailbox: Mailbox
) -> None:
    facts.make_contacts(30)
    campaign = facts.started()
    pause_campaign(campaign=campaign, by=None)
    run_pending(queue="mail")
    assert mailbox.mails(facts.DOMAIN) == []
    assert states() == {"queued": 30}

    resume_campaign(campaign=campaign, by=None)
    run_pending(queue="mail")
    assert states() == {"sent": 30}
    assert len(mailbox.mails(facts.DOMAIN)) == 30


def test_pausing_in_the_middle_puts_back_what_was_only_claimed(
    company: Company, mailbox: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause lands while a batch is being sent: what is written down next obeys it."""
    from surveys import emails
    from surveys.sending import slices

    facts.make_contacts(10)
    campaign = facts.started()
    compose = emails.invitation_mail

    def pausing(invitation: Invitation, reminder: Any = None) -> Any:
        if invitation.contact.email == facts.at("person-003"):
            pause_campaign(campaign=campaign, by=None)
        return compose(invitation, reminder)

    monkeypatch.setattr(slices, "invitation_mail", pausing)
    monkeypatch.setattr(slices, "WRITE_EVERY", 0.0)
    run_pending(queue="mail")
    assert states() == {"sent": 4, "queued": 6}
    assert len(mailbox.mails(facts.DOMAIN)) == 4
    assert set(
        Invitation.objects.filter(state=State.QUEUED).values_list("attempts", flat=True)
    ) == {0}


def test_who_unsubscribes_before_the_mail_goes_out_gets_none(
    company: Company, mailbox: Mailbox, client_of: Callable[..., Client]
) -> None:
    SurveySettings.objects.create(pk=1, contact_days=0)
    first = facts.asked(facts.at("ann"))
    campaign = facts.make_campaign(name="Second")
    choice = audience.Choice(not_asked_days=0)
    choose_contacts(campaign=campaign, choice=choice, by=None)
    start_campaign(campaign=campaign, by=None)
    client_of(company, None).post(facts.link_of(first, "unsubscribe/"))

    run_pending(queue="mail")
    assert len(mailbox.mails(facts.at("ann"))) == 1
    left_out = Invitation.objects.get(campaign=campaign)
    assert (left_out.state, left_out.skip_reason) == (State.SKIPPED, "unsubscribed")


def test_a_slice_is_bounded_and_queues_the_next(
    company: Company, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time at all a slice sends nothing, and queues the rest: others get their turn."""
    from surveys.sending import slices

    facts.make_contacts(3)
    campaign = facts.started()
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0.0)
    slices.send_slice(campaign.pk)
    assert states() == {"queued": 3}
    assert Job.objects.filter(state=Job.State.QUEUED).count() == 1


def test_another_companys_contacts_are_not_asked(
    company: Company, other_company: Company, mailbox: Mailbox
) -> None:
    from django_tenants.utils import tenant_context

    with tenant_context(other_company):
        facts.make_contact(facts.at("stranger"))
    facts.make_contact(facts.at("ann"))
    facts.sent()
    assert [str(mail["To"]) for mail in mailbox.mails(facts.DOMAIN)] == [facts.at("ann")]
