"""Whom and when by the API and by the pages; inviting by a call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Contact
from surveys.models import Campaign, CampaignWatch, Invitation, Suppression
from surveys.suppressions import hash_of
from tenants.models import Company
from tests.metrics.test_options_of_a_company import client_with
from tests.surveys import facts

Call = Callable[..., Any]


@pytest.fixture
def call(company: Company) -> Call:
    return client_with(company, "read", "write")


@pytest.fixture
def manager(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, "manager")


def test_an_audience_by_the_api(call: Call) -> None:
    facts.make_contact(facts.at("ann"), customer=facts.make_customer("c-1", plan="team"))
    facts.make_contact(facts.at("bob"), customer=facts.make_customer("c-2", plan="basic"))
    base = f"campaigns/{facts.make_campaign().pk}/"
    filters = [{"name": "attribute", "key": "plan", "values": ["team"]}]
    body = {"filters": filters, "not_asked_days": 7, "sample_percent": 100}
    answer = call("put", base + "audience/", body)
    assert answer.status_code == 200, answer.content
    held = {**body, "contacts": None, "is_former_included": False}
    assert call("get", base + "audience/").json() == held
    assert call("get", base + "plan/").json() == {
        "count": 1,
        "customers": 1,
        "chosen": 1,
        "left_out": [],
    }
    wrong = call("put", base + "audience/", {"filters": [{"name": "shoes", "values": ["44"]}]})
    assert wrong.status_code == 400
    assert "There is no filter “shoes”" in wrong.content.decode()
    assert call("put", base + "audience/", {"who": "all"}).json()["code"] == "unknown_member"
    assert call("put", base + "audience/", {"contacts": [2**63]}).status_code == 400


def test_a_timing_by_the_api_scheduled_and_taken_back(call: Call) -> None:
    base = f"campaigns/{facts.make_campaign().pk}/"
    body = {"timing": "recurring", "every_days": 90, "send_from": "09:00", "send_until": "17:00"}
    found = call("patch", base + "timing/", body).json()
    assert (found["every_days"], found["send_from"]) == (90, "09:00:00")
    wrong = call("patch", base + "timing/", {"timing": "recurring", "every_days": 0})
    assert wrong.status_code == 400
    assert "every_days" in wrong.content.decode()

    starts_at = (timezone.now() + dt.timedelta(days=2)).isoformat()
    scheduled = call("post", base + "schedule/", {"starts_at": starts_at})
    assert scheduled.json()["state"] == "scheduled", scheduled.content
    assert call("post", base + "unschedule/").json()["state"] == "draft"
    assert call("post", base + "unschedule/").status_code == 409
    past = call("post", base + "schedule/", {"starts_at": "2020-01-01T00:00:00Z"})
    assert past.status_code == 400
    assert call("post", base + "end/").json()["code"] == "campaign_not_running"


def test_a_call_invites_once_per_cause(call: Call) -> None:
    facts.make_contact(facts.at("ann"))
    Contact.objects.update(external_id="p-1", timezone="Asia/Tokyo")
    campaign = facts.make_campaign()
    base = f"campaigns/{campaign.pk}/"
    path = base + "invitations/"
    assert call("post", path, {"contact": "p-1"}).json()["code"] == "campaign_takes_no_calls"
    call("patch", base + "timing/", {"timing": "event", "event": "api_call", "delay_hours": 2})
    assert call("post", base + "start/").json()["state"] == "running"

    first = call("post", path, {"contact": "p-1", "cause": "order-1"})
    assert (first.status_code, first.json()["cause"]) == (201, "api:order-1")
    again = call("post", path, {"email": facts.at("ANN"), "cause": "order-1"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = call("post", path, {"email": facts.at("ann")})
    assert (other.status_code, other.json()["round"]) == (201, 2)
    made = Invitation.objects.get(round=1)
    assert dt.timedelta(hours=1) < made.send_after - timezone.now() < dt.timedelta(hours=3)

    assert call("post", path, {"contact": "p-9"}).status_code == 404
    assert call("post", path, {}).json()["code"] == "contact_unclear"
    assert call("post", path, {"contact": "p-1", "email": "a@b.example"}).status_code == 400
    Suppression.objects.create(email_hash=hash_of(facts.at("ann")), reason="unsubscribed")
    refused = call("post", path, {"contact": "p-1", "cause": "order-2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_suppressed")
    assert call("post", base + "end/").json()["state"] == "done"


TIMED = {
    "timing": "once",
    "delay_hours": "0",
    "spread_days": "1",
    "reminders": "0",
    "reminder_days": "3",
}


def test_when_on_the_pages(company: Company, manager: Client) -> None:
    facts.make_contacts(2)
    campaign = facts.make_campaign()
    base = f"/campaigns/{campaign.pk}/"
    assert "When are contacts asked" in manager.get(base + "when/").content.decode()
    bad = manager.post(base + "when/", {**TIMED, "timing": "recurring", "every_days": ""})
    assert bad.status_code == 422
    assert "after how many days a contact is asked again" in bad.content.decode()
    bad = manager.post(base + "when/", {**TIMED, "send_from": "17:00", "send_until": "09:00"})
    assert "The hours end after they begin." in bad.content.decode()

    starts_at = (timezone.now() + dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    saved = manager.post(base + "when/", {**TIMED, "starts_at": starts_at, "spread_days": "3"})
    assert saved["Location"] == f"{base}send/"
    send = manager.get(base + "send/").content.decode()
    assert "spread over 3 days" in send
    assert "Start it" in send
    manager.post(base + "send/", {"count": "2", "then": "schedule"})
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    assert "It starts by itself" in manager.get(base).content.decode()
    manager.post(base + "unschedule/")
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_an_event_campaign_is_started_ended_and_told_why_it_waits(
    company: Company, manager: Client
) -> None:
    facts.make_contacts(1)
    campaign = facts.make_campaign()
    base = f"/campaigns/{campaign.pk}/"
    unsaid = manager.post(base + "when/", {**TIMED, "timing": "event", "event": ""})
    assert "Choose what happens.<" in unsaid.content.decode()  # by no name of a program's
    manager.post(base + "when/", {**TIMED, "timing": "event", "event": "ticket_resolved"})
    send = manager.get(base + "send/").content.decode()
    assert "Start waiting" in send
    assert "can be asked." in send
    started = manager.post(base + "send/", {"count": "1"}, follow=True).content.decode()
    assert "a contact is asked when it happens" in started
    assert "Nothing to send at the moment." in started
    assert "Running" in started
    assert "0 of 0" not in started  # no bar and no funnel of nobody
    assert "From invitation to answer" not in started
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == ("running", 0)
    Campaign.objects.update(
        state="paused", paused_at=timezone.now(), paused_reason="7 invitations were due"
    )
    page = manager.get(base).content.decode()
    assert "7 invitations were due" in page
    assert "Skip what is past" in page
    manager.post(base + "skip/")
    campaign.refresh_from_db()
    assert campaign.state == "running"
    assert CampaignWatch.objects.get().skipped_until is not None
    manager.post(base + "end/")
    campaign.refresh_from_db()
    assert campaign.state == "done"


def test_a_viewer_sets_no_timing(company: Company, client_of: Callable[..., Client]) -> None:
    campaign = facts.make_campaign()
    viewer = client_of(company, "viewer")
    assert viewer.get(f"/campaigns/{campaign.pk}/when/").status_code == 403
    for rest in ("when/", "unschedule/", "end/", "skip/"):
        assert viewer.post(f"/campaigns/{campaign.pk}/{rest}").status_code == 403
