"""Campaigns that wait for something to happen."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import (
    Contact,
    Milestone,
    Plan,
    Product,
    Renewal,
    Subscription,
    Term,
    Ticket,
)
from customers.usage import partitions
from surveys import audience
from surveys.actions.campaigns import choose_contacts, resume_campaign, start_campaign
from surveys.actions.running import set_timing
from surveys.audience import Choice, Filter, Values
from surveys.models import Campaign, CampaignWatch, Invitation, Occasion, Suppression
from surveys.schedule import look
from surveys.suppressions import hash_of
from tenants.context import current_company
from tenants.models import Company
from tests.surveys import facts

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
State = Campaign.State


@pytest.fixture
def customer(company: Company) -> Any:
    """With a champion and a user."""
    customer = facts.make_customer("c-1")
    for person, role in (("ann", "champion"), ("bob", "user")):
        contact = facts.make_contact(facts.at(person), customer=customer)
        Contact.objects.filter(pk=contact.pk).update(external_id=f"p-{person}", role=role)
    return customer


def waiting(event: str = "ticket_resolved", *filters: Filter, ago: dt.timedelta = 12 * HOUR,
            **values: Any) -> Campaign:  # fmt: skip
    """A campaign that has waited for the event so long."""
    campaign = facts.make_campaign()
    choice = Choice(not_asked_days=0, filters=filters)
    choose_contacts(campaign=campaign, choice=choice, by=None)
    set_timing(campaign=campaign, timing="event", event=event, by=None, **values)
    start_campaign(campaign=campaign, by=None)
    begun_at = timezone.now() - ago
    Campaign.objects.filter(pk=campaign.pk).update(started_at=begun_at)
    CampaignWatch.objects.filter(campaign=campaign).update(looked_at=begun_at)
    campaign.refresh_from_db()
    return campaign


def ticket(external_id: str, resolved_at: dt.datetime | None, contact: str = "ann",
           learned_at: dt.datetime | None = None) -> None:  # fmt: skip
    Ticket.objects.create(
        external_id=external_id,
        customer_id=Contact.objects.get(email=facts.at("ann")).customer_id,
        contact=Contact.objects.get(email=facts.at(contact)) if contact else None,
        opened_at=(resolved_at or timezone.now()) - DAY,
        resolved_at=resolved_at,
        source=facts.source(),
        recorded_at=learned_at or resolved_at or timezone.now(),
    )


def asked(campaign: Campaign) -> list[tuple[str, str]]:
    return [
        (email.split("@")[0], cause.split("/")[0])
        for email, cause in campaign.invitations.order_by("pk").values_list(
            "contact__email", "cause"
        )
    ]


def test_who_asked_is_asked_when_the_ticket_is_resolved_once(customer: Any) -> None:
    campaign = waiting(delay_hours=3)
    now = timezone.now()
    ticket("T-1", now - HOUR, "bob")
    ticket("T-2", None, "ann")
    for minutes in range(3):
        look(now + minutes * MINUTE)
    assert asked(campaign) == [("bob", "ticket:T-1")]
    invitation = campaign.invitations.get()
    assert (invitation.state, invitation.round) == ("queued", 1)
    assert invitation.send_after == now - HOUR + 3 * HOUR

    # Reopened, resolved again, corrected: the same ticket.
    Ticket.objects.filter(external_id="T-1").update(superseded_at=now)
    ticket("T-1", now + MINUTE, "bob")
    ticket("T-3", now + MINUTE, "bob")
    look(now + 2 * MINUTE)
    assert asked(campaign) == [("bob", "ticket:T-1"), ("bob", "ticket:T-3")]
    assert list(campaign.invitations.order_by("pk").values_list("round", flat=True)) == [1, 2]


def test_a_ticket_of_nobody_asks_whom_the_filters_let_through(customer: Any) -> None:
    campaign = waiting("ticket_resolved", Filter("role", ("champion",)))
    ticket("T-1", timezone.now() - HOUR, "")
    ticket("T-2", timezone.now() - HOUR, "bob")  # no champion
    look()
    assert asked(campaign) == [("ann", "ticket:T-1")]


def test_history_and_what_came_before_ask_nobody(customer: Any) -> None:
    campaign = waiting(ago=10 * DAY)
    now = timezone.now()
    CampaignWatch.objects.update(looked_at=now - MINUTE)
    ticket("old", now - 11 * DAY)
    ticket("imported", now - 25 * HOUR, learned_at=now)
    ticket("just in time", now - 23 * HOUR, learned_at=now)
    look(now)
    assert asked(campaign) == [("ann", "ticket:just in time")]
    campaign.refresh_from_db()
    assert campaign.state == State.RUNNING
    assert Occasion.objects.filter(cause="ticket:imported").exists()


def test_who_unsubscribed_or_was_removed_is_not_asked(customer: Any) -> None:
    campaign = waiting()
    Suppression.objects.create(email_hash=hash_of(facts.at("ann")), reason="unsubscribed")
    Contact.objects.filter(email=facts.at("bob")).update(removed_at=timezone.now())
    ticket("T-1", timezone.now() - HOUR, "ann")
    ticket("T-2", timezone.now() - HOUR, "bob")
    look()
    assert asked(campaign) == []
    assert Occasion.objects.count() == 2


@pytest.mark.parametrize("is_skipping", [False, True])
def test_what_an_outage_overlooked_waits_for_a_person(customer: Any, is_skipping: bool) -> None:
    campaign = waiting(ago=10 * DAY)
    now = timezone.now()
    CampaignWatch.objects.update(looked_at=now - 4 * DAY)
    ticket("T-1", now - 3 * DAY)
    ticket("T-2", now - HOUR)
    look(now)
    campaign.refresh_from_db()
    assert campaign.state == State.PAUSED
    assert campaign.paused_reason.startswith("1 invitation was due more than a day ago")
    assert asked(campaign) == []

    resume_campaign(campaign=campaign, is_skipping=is_skipping, by=None)
    look(timezone.now())
    expected = ["ticket:T-2"] if is_skipping else ["ticket:T-1", "ticket:T-2"]
    assert sorted(cause for _, cause in asked(campaign)) == expected
    campaign.refresh_from_db()
    assert campaign.state == State.RUNNING


def test_a_milestone_by_name_asks_the_customers_contacts(customer: Any, company: Company) -> None:
    campaign = waiting("milestone_reached", event_name="Go live")
    day = company.today()
    for name in ("Go live", "Kick-off"):
        Milestone.objects.create(
            external_id=name,
            customer=customer,
            name=name,
            reached_on=day,
            source=facts.source(),
            recorded_at=timezone.now() - MINUTE,
        )
    look()
    look()
    assert sorted(asked(campaign)) == [
        ("ann", "milestone:Go live"),
        ("bob", "milestone:Go live"),
    ]
    assert campaign.invitations.filter(round=1).count() == 2


def test_a_milestone_that_is_not_reached_yet_asks_nobody(customer: Any, company: Company) -> None:
    campaign = waiting("milestone_reached")
    Milestone.objects.create(
        external_id="M-1",
        customer=customer,
        name="Go live",
        reached_on=company.today() + 2 * DAY,
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    look()
    assert asked(campaign) == []
    look(timezone.now() + 2 * DAY)
    assert {cause for _, cause in asked(campaign)} == {"milestone:M-1"}


def test_days_before_a_renewal(customer: Any, company: Company) -> None:
    """A renewal that was cancelled is none."""
    campaign = waiting("renewal_ahead", Filter("role", ("champion",)), days_before=30)
    day = company.today()
    told_at = timezone.now() - 40 * DAY

    for external_id, days, cancelled_on in (("R-1", 30, None), ("R-2", 31, None), ("R-3", 30, day)):
        Renewal.objects.create(
            external_id=external_id,
            customer=customer,
            renews_on=day + days * DAY,
            cancelled_on=cancelled_on,
            source=facts.source(),
            recorded_at=told_at,
        )
    look()
    assert asked(campaign) == [("ann", f"renewal:R-1:{day + 30 * DAY}")]
    look(timezone.now() + DAY)
    assert len(asked(campaign)) == 2


def use(name: str, end_user: str, occurred_at: dt.datetime, customer_id: int) -> None:
    partitions.make(partitions.missing([partitions.month_of(occurred_at.date())]))
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO customers_usageevent
                      (occurred_at, received_at, customer_id, end_user, group_id, session, kind,
                       name, action, item, message_id, source_id)
               VALUES (%s, %s, %s, %s, '', '', 'track', %s, '', '', gen_random_uuid(), %s)""",
            [occurred_at, occurred_at, customer_id, end_user, name, facts.source().pk],
        )


def test_use_of_a_name_asks_the_person_once(customer: Any) -> None:
    campaign = waiting("usage_event", event_name="Exported")
    now = timezone.now()
    for end_user in ("p-ann", "p-ann", facts.at("BOB")):
        use("Exported", end_user, now - HOUR, customer.pk)
    use("Opened", "p-ann", now - HOUR, customer.pk)
    look(now)
    assert sorted(person for person, _ in asked(campaign)) == ["ann", "bob"]
    use("Exported", "p-ann", now - MINUTE, customer.pk)
    look(now + HOUR)
    assert len(asked(campaign)) == 2
    assert not Invitation.objects.filter(cause__contains="@").exists()


def test_use_by_a_stranger_asks_the_customers_contacts_once(customer: Any) -> None:
    campaign = waiting("usage_event", Filter("role", ("champion",)), event_name="Exported")
    for end_user in ("x-1", "x-2"):
        use("Exported", end_user, timezone.now() - HOUR, customer.pk)
    look()
    assert asked(campaign) == [("ann", f"usage:Exported:customer-{customer.pk}")]


def test_the_sample_holds_for_events_too(customer: Any) -> None:
    contacts = facts.make_contacts(18)
    campaign = waiting()
    Campaign.objects.filter(pk=campaign.pk).update(sample_percent=40)
    campaign.refresh_from_db()
    ticket("T-1", timezone.now() - HOUR, "")
    look()
    asked_now = set(campaign.invitations.values_list("contact_id", flat=True))
    values = Values(timezone.now().date())
    sql = audience.judging.sampled(campaign, "c.id", values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM customers_contact c WHERE {sql}", values.held)
        assert asked_now == {pk for (pk,) in cursor.fetchall()}
    assert len(asked_now) < len(contacts)


def test_days_before_a_contract_ends_that_nobody_told_a_renewal_of(
    customer: Any, company: Company
) -> None:
    campaign = waiting("renewal_ahead", Filter("role", ("champion",)), days_before=10)
    ends_on = company.today() + 10 * DAY
    subscription = Subscription.objects.create(
        customer=customer, external_id="S-1", source=facts.source(), recorded_at=timezone.now()
    )
    plan = Plan.objects.create(product=Product.objects.create(name="CRM"), name="Team")
    for starts_on, until in (
        (ends_on - 700 * DAY, ends_on - 365 * DAY),
        (ends_on - 365 * DAY, ends_on),
    ):
        Term.objects.create(
            subscription=subscription,
            plan=plan,
            starts_on=starts_on,
            ends_on=until,
            amount=1,
            currency="EUR",
            mrr=1,
            source=facts.source(),
            recorded_at=timezone.now() - 300 * DAY,
        )
    look()
    assert asked(campaign) == [("ann", f"term:S-1:{ends_on}")]


def test_a_renewal_whose_day_moves_is_asked_about_once_and_again_a_year_on(customer: Any) -> None:
    campaign = waiting("renewal_ahead", Filter("role", ("champion",)), days_before=30)

    def renews_in(days: int) -> None:
        Renewal.objects.filter(external_id="R-1").update(superseded_at=timezone.now())
        Renewal.objects.create(
            external_id="R-1",
            customer=customer,
            renews_on=current_company().today() + dt.timedelta(days=days),
            source=facts.source(),
            recorded_at=timezone.now() - 40 * DAY,
        )

    now = timezone.now()
    renews_in(30)
    look(now)
    assert campaign.invitations.count() == 1
    renews_in(31)
    look(now + DAY)
    assert campaign.invitations.count() == 1
    # Who was skipped was not asked: the new day is another chance.
    campaign.invitations.update(state="skipped", skip_reason="contact_budget")
    look(now + DAY + MINUTE)
    assert campaign.invitations.filter(state="queued").count() == 1
    # Long after, it is about the contract that followed.
    campaign.invitations.update(created_at=now - 91 * DAY)
    renews_in(32)
    look(now + 2 * DAY)
    assert campaign.invitations.filter(state="queued").count() == 2


def test_two_schedulers_at_once_ask_about_each_event_once(
    real_company: Company,
) -> None:
    """Each with its own connection and real commits."""
    person = facts.make_contact(facts.at("ann"), customer=facts.make_customer("c-1"))
    campaigns = [waiting(), waiting("milestone_reached")]
    now = timezone.now()
    for number in range(20):
        ticket(f"T-{number}", now - HOUR)
    Milestone.objects.create(
        external_id="M-1",
        customer=person.customer,
        name="Live",
        reached_on=current_company().today(),
        source=facts.source(),
        recorded_at=now - HOUR,
    )
    barrier, errors = threading.Barrier(4), []

    def one() -> None:
        try:
            with tenant_context(real_company):
                barrier.wait(timeout=30)
                for minutes in range(3):
                    look(now + minutes * MINUTE)
        except Exception as error:  # told below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert errors == []
    tickets, milestones = (
        list(one.invitations.order_by("round").values_list("round", "cause")) for one in campaigns
    )
    assert [number for number, _ in tickets] == list(range(1, 21))
    assert {cause for _, cause in tickets} == {f"ticket:T-{number}" for number in range(20)}
    assert [cause.split("/")[0] for _, cause in milestones] == ["milestone:M-1"]
    assert Occasion.objects.count() == 21
