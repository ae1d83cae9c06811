"""When campaigns ask: at once, over days and within hours, at a moment, again and again."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from customers.models import Contact
from surveys import audience, timing
from surveys.actions.campaigns import choose_contacts, resume_campaign, start_campaign
from surveys.actions.running import (
    end_campaign,
    schedule_campaign,
    set_timing,
    unschedule_campaign,
)
from surveys.models import Campaign, CampaignWatch, Invitation, SurveySettings
from surveys.schedule import look
from surveys.timing import TimingError
from tenants.models import Company
from tests.surveys import facts

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
State = Campaign.State


@pytest.fixture(autouse=True)
def no_limits(request: pytest.FixtureRequest) -> None:
    """What is tested here is not the company's fatigue budget."""
    if "company" in request.fixturenames:
        request.getfixturevalue("company")
        SurveySettings.objects.create(pk=1, contact_days=0, customer_days=0)


def timed(name: str = "Autumn", **values: object) -> Campaign:
    campaign = facts.make_campaign(name=name)
    choose_contacts(campaign=campaign, choice=audience.Choice(not_asked_days=0), by=None)
    return set_timing(campaign=campaign, by=None, **values)


def moments(campaign: Campaign) -> list[dt.datetime]:
    return list(campaign.invitations.order_by("send_after").values_list("send_after", flat=True))


def test_a_round_is_spread_evenly_over_hours_of_weekdays(company: Company) -> None:
    facts.make_contacts(50)
    Contact.objects.filter(email__contains="-00").update(timezone="Asia/Tokyo")
    campaign = timed(
        spread_days=5, send_from=dt.time(9), send_until=dt.time(17), is_weekdays_only=True
    )
    start_campaign(campaign=campaign, by=None)
    tokyo, here = ZoneInfo("Asia/Tokyo"), ZoneInfo(company.timezone)
    days: Counter[dt.date] = Counter()
    for invitation in campaign.invitations.select_related("contact"):
        zone = tokyo if invitation.contact.timezone else here
        shown = invitation.send_after.astimezone(zone)
        assert dt.time(9) <= shown.time() < dt.time(17)
        assert shown.weekday() < 5
        if zone is here:
            days[shown.date()] += 1
    # Five days; what is left of today may be too short for anybody.
    assert len(days) in (4, 5)
    assert sum(days.values()) == 40


def test_without_hours_a_round_is_spread_to_the_minute(company: Company) -> None:
    facts.make_contacts(8)
    campaign = timed(spread_days=2)
    start_campaign(campaign=campaign, by=None)
    gaps = {b - a for a, b in pairwise(moments(campaign))}
    assert gaps == {6 * HOUR}
    # In no order of the contacts, but in the same whenever it is asked for.
    order = list(campaign.invitations.order_by("send_after").values_list("contact_id", flat=True))
    assert order != sorted(order)


def test_a_scheduled_campaign_starts_at_its_moment_and_not_before(company: Company) -> None:
    facts.make_contacts(2)
    campaign = timed()
    starts_at = timezone.now() + DAY
    schedule_campaign(campaign=campaign, starts_at=starts_at, by=None)
    look(starts_at - HOUR)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == (State.SCHEDULED, 0)
    look(starts_at + HOUR)
    look(starts_at + 2 * HOUR)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == (State.RUNNING, 2)
    assert campaign.started_at == starts_at + HOUR


def test_one_that_cannot_be_looked_at_keeps_no_other_waiting(company: Company) -> None:
    facts.make_contacts(2)
    starts_at = timezone.now() + DAY
    broken, sound = (timed(name, starts_at=starts_at) for name in ("Broken", "Sound"))
    for campaign in (broken, sound):
        schedule_campaign(campaign=campaign, by=None)
    # As a day that no calendar has could only come there by a mistake of ours.
    wrong = {"filters": [{"name": "signed_up_from", "values": ["someday"]}]}
    Campaign.objects.filter(pk=broken.pk).update(audience=wrong)
    with pytest.raises(ValueError, match="someday"):
        look(starts_at + HOUR)
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, sound.state) == (State.SCHEDULED, State.RUNNING)


def test_a_scheduled_campaign_can_be_taken_back(company: Company) -> None:
    facts.make_contacts(1)
    campaign = schedule_campaign(campaign=timed(), starts_at=timezone.now() + DAY, by=None)
    unschedule_campaign(campaign=campaign, by=None)
    look(timezone.now() + 2 * DAY)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == (State.DRAFT, 0)
    with pytest.raises(Refused):
        unschedule_campaign(campaign=campaign, by=None)


@pytest.mark.parametrize("is_skipping", [False, True])
def test_a_start_that_is_long_past_waits_for_a_person(company: Company, is_skipping: bool) -> None:
    facts.make_contacts(2)
    starts_at = timezone.now() + HOUR
    campaign = schedule_campaign(campaign=timed(), starts_at=starts_at, by=None)
    look(starts_at + 25 * HOUR)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == (State.PAUSED, 0)
    assert "more than a day ago" in campaign.paused_reason
    look(starts_at + 26 * HOUR)

    resume_campaign(campaign=campaign, is_skipping=is_skipping, by=None)
    campaign.refresh_from_db()
    expected = (State.DRAFT, 0) if is_skipping else (State.RUNNING, 2)
    assert (campaign.state, campaign.invitations.count()) == expected
    assert campaign.paused_reason == ""


def test_a_start_with_nobody_to_ask_says_so(company: Company) -> None:
    campaign = schedule_campaign(campaign=timed(), starts_at=timezone.now() + HOUR, by=None)
    look(timezone.now() + 2 * HOUR)
    campaign.refresh_from_db()
    assert campaign.state == State.PAUSED
    assert "Nobody is left to ask" in campaign.paused_reason


def asked_before(campaign: Campaign, ago: dt.timedelta) -> None:
    """As if the campaign had begun, and asked all it asked, so long ago."""
    at = timezone.now() - ago
    campaign.invitations.update(
        state="sent", claimed_at=at, sent_at=at, expires_at=at + 30 * DAY, send_after=at
    )
    Campaign.objects.filter(pk=campaign.pk).update(started_at=at)


def rounds(campaign: Campaign) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for email, number in campaign.invitations.order_by("round").values_list(
        "contact__email", "round"
    ):
        found.setdefault(email.split("@")[0], []).append(number)
    return found


def test_again_and_again_per_contact_and_whoever_joins(company: Company) -> None:
    facts.make_contact(facts.at("ann"))
    campaign = start_campaign(campaign=timed(timing="recurring", every_days=30), by=None)
    assert rounds(campaign) == {"ann": [1]}
    asked_before(campaign, 29 * DAY)
    facts.make_contact(facts.at("bob"))
    now = timezone.now()
    look(now + 2 * HOUR)
    assert rounds(campaign) == {"ann": [1], "bob": [1]}
    look(now + 4 * HOUR)
    assert rounds(campaign) == {"ann": [1], "bob": [1]}

    asked_before(campaign, 30 * DAY + HOUR)
    plan = audience.plan_of(campaign)
    assert plan.count == 2
    look(now + 6 * HOUR)
    look(now + 8 * HOUR)
    assert rounds(campaign) == {"ann": [1, 2], "bob": [1, 2]}
    assert {row.reason: row.count for row in audience.plan_of(campaign).left_out} == {"not_due": 2}
    campaign.refresh_from_db()
    assert campaign.state == State.RUNNING


def test_rounds_of_an_outage_wait_for_a_person(company: Company) -> None:
    facts.make_contacts(3)
    campaign = start_campaign(campaign=timed(timing="recurring", every_days=30), by=None)
    asked_before(campaign, 35 * DAY)
    now = timezone.now()
    CampaignWatch.objects.update(looked_at=now - 3 * DAY)
    look(now)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == (State.PAUSED, 3)
    assert "3 contacts came due" in campaign.paused_reason

    resume_campaign(campaign=campaign, by=None)
    look(timezone.now())
    assert campaign.invitations.count() == 6


def test_rounds_that_are_skipped_come_when_due_the_next_time(company: Company) -> None:
    facts.make_contacts(3)
    campaign = start_campaign(campaign=timed(timing="recurring", every_days=30), by=None)
    asked_before(campaign, 35 * DAY)
    now = timezone.now()
    CampaignWatch.objects.update(looked_at=now - 3 * DAY)
    look(now)
    campaign.refresh_from_db()
    resume_campaign(campaign=campaign, is_skipping=True, by=None)
    look(timezone.now())
    assert campaign.invitations.count() == 3
    assert {row.reason for row in audience.plan_of(campaign).left_out} == {"not_due"}

    asked_before(campaign, 61 * DAY)
    assert audience.plan_of(campaign).count == 3


def test_resuming_can_leave_out_what_is_long_past(company: Company) -> None:
    facts.make_contacts(3)
    campaign = start_campaign(campaign=timed(), by=None)
    old = campaign.invitations.order_by("pk")[:2].values("pk")
    campaign.invitations.filter(pk__in=old).update(send_after=timezone.now() - 2 * DAY)
    Campaign.objects.filter(pk=campaign.pk).update(state="paused", paused_at=timezone.now())
    resume_campaign(campaign=campaign, is_skipping=True, by=None)
    states = Counter(campaign.invitations.values_list("state", "skip_reason"))
    assert states == {("skipped", "long_past"): 2, ("queued", ""): 1}


def test_who_was_skipped_because_of_the_budget_is_asked_when_it_lets(company: Company) -> None:
    facts.make_contacts(3)
    campaign = start_campaign(campaign=timed(timing="recurring", every_days=90), by=None)
    first, second, third = campaign.invitations.order_by("pk")
    for invitation, reason in ((first, "contact_budget"), (second, "long_past")):
        campaign.invitations.filter(pk=invitation.pk).update(state="skipped", skip_reason=reason)
    # Somebody else has asked the first one since.
    other = start_campaign(campaign=timed("Other"), by=None)
    other.invitations.exclude(contact=first.contact).delete()
    other.invitations.update(
        state="sent", claimed_at=timezone.now(), sent_at=timezone.now(), expires_at=timezone.now()
    )
    SurveySettings.objects.update(contact_days=14)
    look(timezone.now() + 2 * HOUR)
    assert campaign.invitations.count() == 3
    other.invitations.update(claimed_at=timezone.now() - 15 * DAY)
    CampaignWatch.objects.update(looked_at=timezone.now() - 2 * HOUR)
    look(timezone.now())
    again = campaign.invitations.filter(state="queued")
    assert set(again.values_list("contact", "round")) == {
        (first.contact_id, 2),
        (third.contact_id, 1),
    }


def test_a_campaign_ends_by_hand_and_by_the_clock(company: Company) -> None:
    facts.make_contacts(2)
    by_hand = start_campaign(campaign=timed("One", timing="recurring", every_days=9), by=None)
    end_campaign(campaign=by_hand, by=None)
    ends_at = timezone.now() + DAY
    by_clock = timed("Two", timing="recurring", every_days=9, ends_at=ends_at)
    start_campaign(campaign=by_clock, by=None)
    look(ends_at)
    for campaign in (by_hand, by_clock):
        campaign.refresh_from_db()
        assert campaign.state == State.DONE
        assert set(campaign.invitations.values_list("state", "skip_reason")) == {
            ("skipped", "ended")
        }
    with pytest.raises(Refused):
        end_campaign(campaign=by_hand, by=None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"timing": "sometimes"}, "timing"),
        ({"timing": "recurring"}, "every_days"),
        ({"timing": "recurring", "every_days": 0}, "every_days"),
        ({"timing": "event"}, "event"),
        ({"timing": "event", "event": "full_moon"}, "event"),
        ({"timing": "event", "event": "renewal_ahead"}, "days_before"),
        ({"timing": "event", "event": "usage_event", "event_name": " "}, "event_name"),
        ({"timing": "event", "event": "api_call", "delay_hours": -1}, "delay_hours"),
        ({"send_from": dt.time(9)}, "send_until"),
        ({"send_until": dt.time(9)}, "send_from"),
        ({"send_from": dt.time(9), "send_until": dt.time(9)}, "send_until"),
        ({"spread_days": 0}, "spread_days"),
        ({"reminders": 3}, "reminders"),
        ({"reminder_days": 61}, "reminder_days"),
        ({"ends_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "ends_at"),
    ],
)
def test_what_does_not_go_together_is_said(
    company: Company, values: dict[str, object], field: str
) -> None:
    with pytest.raises(TimingError) as refused:
        timed(**values)
    assert refused.value.field == field


def test_what_a_timing_does_not_use_is_taken_out(company: Company) -> None:
    campaign = timed(timing="event", event="usage_event", event_name="Export", delay_hours=2)
    assert timing.in_words(campaign) == "Something is used (“Export”), 2 hours after"
    campaign = set_timing(campaign=campaign, timing="recurring", every_days=90, by=None)
    assert (campaign.event, campaign.event_name, campaign.delay_hours) == ("", "", 0)
    assert timing.in_words(campaign) == "Each contact again after 90 days"


def test_two_schedulers_at_once_write_a_round_once(real_company: Company) -> None:
    """Each with its own connection and real commits."""
    SurveySettings.objects.create(pk=1, contact_days=0, customer_days=0)
    facts.make_contacts(20)
    campaign = start_campaign(campaign=timed(timing="recurring", every_days=30), by=None)
    asked_before(campaign, 31 * DAY)
    scheduled = schedule_campaign(
        campaign=timed("Second"), starts_at=timezone.now() + HOUR, by=None
    )
    barrier, errors = threading.Barrier(4), []

    def one() -> None:
        try:
            with tenant_context(real_company):
                barrier.wait(timeout=30)
                for _ in range(3):
                    look(timezone.now() + 2 * HOUR)
        except Exception as error:  # told below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    try:
        assert errors == []
        assert Counter(campaign.invitations.values_list("round", flat=True)) == {1: 20, 2: 20}
        assert Counter(scheduled.invitations.values_list("round", flat=True)) == {1: 20}
        assert Invitation.objects.count() == 60
    finally:
        SurveySettings.objects.all().delete()
