"""What must not go out now: too much for somebody, out of hours, too fast, or long past."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Contact
from surveys import audience
from surveys.actions.campaigns import resume_campaign, start_campaign
from surveys.models import Campaign, Invitation, SurveySettings
from surveys.sending import waiting
from surveys.sending.slices import send_slice
from tenants.jobs import Job, run_pending
from tenants.models import Company, Pace
from tests.cast import Mailbox
from tests.surveys import facts

State = Invitation.State


def unlimited_plan(name: str) -> Campaign:
    """A campaign to all contacts that was planned before others asked them, and is sending."""
    SurveySettings.objects.update_or_create(
        pk=1, defaults={"contact_days": 0, "customer_most": 1000}
    )
    campaign = facts.make_campaign(name=name, choice=audience.Choice(not_asked_days=0))
    start_campaign(campaign=campaign, by=None)
    SurveySettings.objects.all().delete()
    return campaign


def skipped() -> Counter[str]:
    return Counter(Invitation.objects.exclude(skip_reason="").values_list("skip_reason", flat=True))


def test_of_two_campaigns_one_writes_to_a_contact(company: Company, mailbox: Mailbox) -> None:
    facts.make_contacts(15)
    campaigns = [unlimited_plan("One"), unlimited_plan("Two")]
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 15
    assert skipped() == {"contact_budget": 15}
    for campaign in campaigns:
        campaign.refresh_from_db()
        assert campaign.state == Campaign.State.DONE


def test_two_campaigns_sending_at_once_keep_the_budget(
    real_company: Company, mailbox: Mailbox
) -> None:
    """Both claim at the same moment, over and over, each in a thread with its own connection."""
    facts.make_contacts(60)
    campaigns = [unlimited_plan("One"), unlimited_plan("Two")]
    at_once = threading.Barrier(2)

    def send(campaign: Campaign) -> None:
        try:
            with tenant_context(real_company):
                at_once.wait(30)
                send_slice(campaign.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(campaign,)) for campaign in campaigns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    run_pending(queue="mail")
    to = Counter(str(mail["To"]) for mail in mailbox.mails(facts.DOMAIN))
    assert set(to.values()) == {1}
    assert len(to) == 60
    assert skipped() == {"contact_budget": 60}
    SurveySettings.objects.all().delete()


def test_a_customer_gets_no_more_than_its_most(company: Company, mailbox: Mailbox) -> None:
    facts.make_contacts(20)
    unlimited_plan("One")
    SurveySettings.objects.create(pk=1, contact_days=0, customer_most=7, customer_days=30)
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 7
    assert skipped() == {"customer_budget": 13}


def test_one_address_at_two_customers_is_asked_once(company: Company, mailbox: Mailbox) -> None:
    """Even within one claim."""
    facts.make_contact(facts.at("ann"))
    facts.make_contact(facts.at("ANN"), customer=facts.make_customer("c-2"))
    campaign = facts.make_campaign()
    start_campaign(campaign=campaign, by=None)
    twin = Contact.objects.exclude(pk=Invitation.objects.get().contact_id).get()
    Invitation.objects.create(campaign=campaign, contact=twin, token_seed="1", token_hash="1")
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 1
    assert skipped() == {"contact_budget": 1}


def test_mails_that_come_due_out_of_hours_wait_for_them(company: Company, mailbox: Mailbox) -> None:
    """Twelve hours apart: at noon in one zone it is midnight in the other."""
    zones = ["Pacific/Auckland", "Atlantic/Reykjavik"]
    contacts = facts.make_contacts(2)
    for contact, zone in zip(contacts, zones, strict=True):
        contact.timezone = zone
        contact.save()
    campaign = facts.started()
    Campaign.objects.update(send_from=dt.time(9), send_until=dt.time(17))
    campaign.refresh_from_db()
    noon = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)  # in Auckland it is midnight
    Invitation.objects.update(send_after=noon - dt.timedelta(minutes=5))
    waiting.move_into_hours(campaign, noon)
    moments = {
        row.contact.timezone: row.send_after for row in Invitation.objects.select_related("contact")
    }
    assert moments == {
        "Pacific/Auckland": dt.datetime(2026, 6, 15, 21, tzinfo=dt.UTC),
        "Atlantic/Reykjavik": noon - dt.timedelta(minutes=5),
    }


def test_a_slice_asks_the_clock_of_the_contact(company: Company, mailbox: Mailbox) -> None:
    """Hours that have no moment near now: an hour that begins twelve hours from now."""
    facts.make_contacts(1)
    campaign = facts.started()
    here = timezone.now().astimezone(ZoneInfo(company.timezone))
    far = (here + dt.timedelta(hours=12)).replace(minute=0, second=0, microsecond=0)
    Campaign.objects.update(
        send_from=far.time(), send_until=(far + dt.timedelta(minutes=59)).time()
    )
    run_pending(queue="mail")
    row = Invitation.objects.get()
    assert row.state == State.QUEUED
    assert row.send_after > timezone.now() + dt.timedelta(hours=10)
    job = Job.objects.get(kind="surveys.send", state=Job.State.QUEUED)
    assert job.run_at == row.send_after
    assert mailbox.mails(facts.DOMAIN) == []
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING


def later(hours: float) -> None:
    """Nobody sent for so long."""
    by = dt.timedelta(hours=hours)
    Invitation.objects.update(send_after=F("send_after") - by, claimed_at=F("claimed_at") - by)


def test_nothing_long_past_is_sent_without_asking(company: Company, mailbox: Mailbox) -> None:
    facts.make_contacts(3)
    campaign = facts.started()
    later(24.1)
    run_pending(queue="mail")
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.PAUSED
    assert "more than a day: 3 mails were due" in campaign.paused_reason
    assert mailbox.mails(facts.DOMAIN) == []

    resume_campaign(campaign=campaign, by=None)
    run_pending(queue="mail")
    campaign.refresh_from_db()
    assert (campaign.state, campaign.paused_reason) == (Campaign.State.DONE, "")
    assert len(mailbox.mails(facts.DOMAIN)) == 3


def test_less_than_a_day_is_made_up_for(company: Company, mailbox: Mailbox) -> None:
    facts.make_contacts(3)
    facts.started()
    later(23.9)
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 3


def test_a_slow_campaign_is_not_taken_for_one_that_stood_still(
    company: Company, mailbox: Mailbox
) -> None:
    """What is due may wait for days behind others; as long as some go out it goes on."""
    facts.make_contacts(3)
    facts.started()
    later(48)
    first = Invitation.objects.order_by("pk")[0]
    Invitation.objects.filter(pk=first.pk).update(
        state="unknown",
        claimed_at=timezone.now() - dt.timedelta(hours=1),
        expires_at=timezone.now(),
    )
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 2


def time_passes(seconds: float) -> None:
    by = dt.timedelta(seconds=seconds)
    Pace.objects.update(empty_at=F("empty_at") - by)
    Job.objects.filter(state=Job.State.QUEUED).update(run_at=F("run_at") - by)


def test_a_company_sends_no_more_in_an_hour_than_it_wants(
    company: Company, mailbox: Mailbox
) -> None:
    facts.make_contacts(40)
    campaign = facts.started()
    SurveySettings.objects.create(pk=1, mails_per_hour=30, customer_most=100)
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 1  # two minutes' worth at a time
    job = Job.objects.get(kind="surveys.send", state=Job.State.QUEUED)
    assert dt.timedelta(seconds=60) < job.run_at - timezone.now() <= dt.timedelta(seconds=121)
    for _ in range(29):
        time_passes(121)
        run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 30
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING


def test_campaigns_share_what_the_company_may_send(company: Company, mailbox: Mailbox) -> None:
    """None of two takes it all."""
    facts.make_contacts(20, prefix="one")
    unlimited_plan("One")
    Contact.objects.update(removed_at=timezone.now())
    facts.make_contacts(20, prefix="two")
    unlimited_plan("Two")
    Contact.objects.update(removed_at=None)
    SurveySettings.objects.create(pk=1, mails_per_hour=600, contact_days=0, customer_days=0)
    run_pending(queue="mail")
    by_campaign = Counter(
        Invitation.objects.filter(state=State.SENT).values_list("campaign__name", flat=True)
    )
    assert by_campaign == {"One": 5, "Two": 5}


def test_the_portal_sends_no_faster_than_it_may(
    company: Company, mailbox: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight mails at four a second: the bucket holds four, the others wait for a second in all."""
    settings.MAILS_PER_SECOND = 4.0
    waited: list[float] = []
    monkeypatch.setattr("surveys.sending.pacing.time.sleep", waited.append)
    facts.make_contacts(8)
    facts.sent()
    assert len(mailbox.mails(facts.DOMAIN)) == 8
    # They did not really wait here, so the last was told of all the waiting before it.
    assert 0.2 < max(waited) <= 1.0
