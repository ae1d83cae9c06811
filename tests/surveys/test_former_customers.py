"""Contacts of customers who have left: asked only where somebody chose so."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers.models import Contact, Milestone, Pause, Term
from surveys import audience, schedule
from surveys.actions.campaigns import start_campaign
from surveys.actions.running import set_timing
from surveys.audience import Choice
from surveys.models import Campaign, Suppression
from surveys.suppressions import hash_of
from tenants.models import Company
from tests.metrics.test_options_of_a_company import client_with
from tests.surveys import facts

DAY = dt.timedelta(days=1)
PEOPLE = ("paying", "trying", "unknown", "coming", "resting", "left")


@pytest.fixture(autouse=True)
def people(company: Company) -> None:
    """One contact at each of six customers; only one of those has left."""
    today = company.today()
    for person in PEOPLE:
        facts.make_contact(facts.at(person), customer=facts.make_customer(person))
    facts.subscribe("paying", starts_on=today - 90 * DAY)
    facts.subscribe("paying", "Old", starts_on=today - 99 * DAY, ends_on=today - 50 * DAY)
    facts.subscribe("trying", starts_on=today - 9 * DAY, mrr=0)
    facts.subscribe("coming", starts_on=today + 9 * DAY)
    for person in ("resting", "left"):
        facts.subscribe(person, starts_on=today - 90 * DAY, ends_on=today)
    Pause.objects.create(
        customer=Contact.objects.get(email=facts.at("resting")).customer,
        external_id="p-1",
        starts_on=today,
        source=facts.source(),
        recorded_at=timezone.now(),
    )


def asked(choice: Choice) -> list[str]:
    ids = audience.contacts_to_ask(choice)
    found = Contact.objects.filter(pk__in=ids).order_by("pk").values_list("email", flat=True)
    return [email.split("@")[0] for email in found]


def left_out(choice: Choice) -> dict[str, int]:
    return {row.reason: row.count for row in audience.plan(choice).left_out}


def test_who_has_left_is_left_out_and_the_plan_says_why() -> None:
    assert asked(Choice()) == ["paying", "trying", "unknown", "coming", "resting"]
    assert left_out(Choice()) == {"former_customer": 1}
    assert asked(Choice(is_former_included=True)) == list(PEOPLE)
    Pause.objects.update(superseded_at=timezone.now())
    assert left_out(Choice()) == {"former_customer": 2}


def test_a_last_day_ahead_is_no_end(company: Company) -> None:
    Term.objects.filter(ends_on=company.today()).update(ends_on=company.today() + DAY)
    assert asked(Choice()) == list(PEOPLE)


def test_who_is_named_is_asked() -> None:
    left = Contact.objects.get(email=facts.at("left"))
    choice = Choice(who=audience.PICKED, contacts=[left.pk])
    assert asked(choice) == ["left"]
    Suppression.objects.create(email_hash=hash_of(left.email), reason="unsubscribed")
    assert left_out(choice) == {"unsubscribed": 1}
    assert left_out(Choice()) == {"unsubscribed": 1}


def test_who_works_for_a_present_customer_by_now_is_asked_there() -> None:
    """The same address at the customer who left, which was made first."""
    left = Contact.objects.get(email=facts.at("left"))
    moved = facts.make_contact(facts.at("LEFT"), customer=facts.make_customer("new"))
    assert left.pk < moved.pk
    assert moved.pk in audience.contacts_to_ask(Choice())
    assert left_out(Choice()) == {"former_customer": 1}


def test_events_at_customers_who_have_left_ask_nobody() -> None:
    campaign = facts.make_campaign()
    set_timing(campaign=campaign, timing="event", event="milestone_reached", by=None)
    start_campaign(campaign=campaign, by=None)
    now = timezone.now()
    for contact in Contact.objects.filter(email__in=[facts.at("left"), facts.at("paying")]):
        Milestone.objects.create(
            customer=contact.customer,
            external_id=f"m-{contact.pk}",
            name="Live",
            reached_on=now.date(),
            source=facts.source(),
            recorded_at=now,
        )
    schedule.look(now + dt.timedelta(days=1))
    assert [one.contact.email for one in campaign.invitations.all()] == [facts.at("paying")]


def test_the_page_says_it_and_takes_the_choice(
    company: Company, client_of: Callable[..., Client]
) -> None:
    manager = client_of(company, "manager")
    campaign = facts.make_campaign()
    path = f"/campaigns/{campaign.pk}/contacts/"
    assert "<summary>1: the customer has left</summary>" in manager.get(path).content.decode()
    data = {"who": "all", "not_asked_days": "0", "sample_percent": "100"}
    assert manager.post(path, {**data, "is_former_included": "on"}).status_code == 302
    campaign.refresh_from_db()
    assert Choice.of(campaign).is_former_included
    assert "the customer has left" not in manager.get(path).content.decode()
    assert manager.post(path, data).status_code == 302
    campaign.refresh_from_db()
    assert not Choice.of(campaign).is_former_included


def test_a_program_chooses_so_too(company: Company) -> None:
    call = client_with(company, "read", "write")
    base = f"campaigns/{facts.make_campaign().pk}/"
    plan = call("get", base + "plan/").json()
    assert plan["left_out"] == [
        {"reason": "former_customer", "words": "the customer has left", "count": 1}
    ]
    put: Any = call("put", base + "audience/", {"is_former_included": True})
    assert put.json()["is_former_included"] is True
    assert call("get", base + "plan/").json()["count"] == len(PEOPLE)


def test_campaigns_of_before_ask_whom_they_asked() -> None:
    """What the migration does, there and back, to drafts as they were."""
    drafts = {
        name: facts.make_campaign(name=name, choice=Choice(not_asked_days=days))
        for name, days in (("made", 7), ("untouched", 90))
    }
    Campaign.objects.filter(name="untouched").update(audience={})
    migration = importlib.import_module("surveys.migrations.0013_former_customers").Migration
    [operation] = migration.operations
    with connection.cursor() as cursor:
        cursor.execute(operation.reverse_sql)
        assert not Campaign.objects.filter(audience__has_key="is_former_included").exists()
        cursor.execute(operation.sql)
    for name, draft in drafts.items():
        draft.refresh_from_db()
        assert asked(Choice.of(draft)) == list(PEOPLE), name
    assert Choice.of(drafts["made"]).not_asked_days == 7
