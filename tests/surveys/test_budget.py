"""The fatigue budget: the rules in SQL, for those who plan and those who send."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

from customers.models import Contact, Customer
from surveys import budget
from surveys.models import Campaign, Invitation
from tenants.models import Company
from tests.surveys import facts

State = Invitation.State
NONE = budget.Limits(0, 0, 0)


def judge(limits: budget.Limits, *, is_planning: bool = False) -> dict[str, str]:
    """{address: reason} of every contact that some limit leaves out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH candidate AS (
                SELECT DISTINCT ON (lower(email)) id, customer_id, lower(email) AS address,
                       id AS place
                  FROM customers_contact ORDER BY lower(email), id
            ), {budget.judging(limits, is_planning=is_planning)}
            SELECT c.email, b.reason FROM budgeted b JOIN customers_contact c ON c.id = b.id
             WHERE b.reason IS NOT NULL
            """
        )
        return {row[0].split("@")[0]: row[1] for row in cursor.fetchall()}


def ask(person: str, *, days_ago: float, state: str = State.SENT, customer: str = "c-1") -> None:
    """Somebody was asked, by a campaign of its own."""
    contact = Contact.objects.filter(email=facts.at(person)).first()
    if contact is None:
        found = Customer.objects.filter(external_id=customer).first()
        contact = facts.make_contact(
            facts.at(person), customer=found or facts.make_customer(customer)
        )
    when = timezone.now() - dt.timedelta(days=days_ago)
    campaign = facts.make_campaign(name=f"Of {person} {days_ago}")
    is_queued = state == State.QUEUED
    if is_queued:
        Campaign.objects.filter(pk=campaign.pk).update(state="running", started_at=when)
    Invitation.objects.create(
        campaign=campaign,
        contact=contact,
        state=state,
        token_seed="0",
        token_hash=f"{campaign.pk}",
        claimed_at=None if is_queued else when,
        sent_at=when if state == State.SENT else None,
        expires_at=None if is_queued else when,
    )


def test_without_limits_nobody_is_left_out(company: Company) -> None:
    ask("ann", days_ago=0)
    assert judge(NONE) == {}


def test_an_address_is_asked_once_in_the_companys_days(company: Company) -> None:
    ask("ann", days_ago=29.9)
    ask("bob", days_ago=30.1)
    ask("cem", days_ago=1, state=State.UNKNOWN)
    ask("dan", days_ago=1, state=State.FAILED)
    ask("eve", days_ago=1, state=State.CLAIMED)
    expected = {"ann": "contact_budget", "cem": "contact_budget", "eve": "contact_budget"}
    assert judge(budget.Limits(30, 0, 0)) == expected


def test_an_address_counts_wherever_it_is_and_however_it_is_written(company: Company) -> None:
    ask("ann", days_ago=1)
    other = facts.make_customer("c-2")
    twin = facts.make_contact(facts.at("ANN"), customer=other)
    Contact.objects.filter(email=facts.at("ann")).update(removed_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH candidate AS (
                SELECT id, customer_id, lower(email) AS address, id AS place
                  FROM customers_contact WHERE id = %s
            ), {budget.judging(budget.Limits(30, 0, 0))} SELECT reason FROM budgeted
            """,
            [twin.pk],
        )
        assert cursor.fetchall() == [("contact_budget",)]


def test_the_campaigns_own_days_are_told_apart(company: Company) -> None:
    ask("ann", days_ago=40)
    ask("bob", days_ago=10)
    ask("cem", days_ago=100)
    limits = budget.Limits(30, 0, 0, own_days=90)
    assert judge(limits) == {"ann": "asked_recently", "bob": "contact_budget"}


def test_a_customers_budget_goes_to_the_first(company: Company) -> None:
    """Two of three are left, and the one who is over the contact's limit takes none of them."""
    ask("ann", days_ago=1)
    for person in ("bob", "cem", "dan"):
        facts.make_contact(facts.at(person))
    facts.make_contact(facts.at("zoe"), customer=facts.make_customer("c-2"))
    expected = {"ann": "contact_budget", "dan": "customer_budget"}
    assert judge(budget.Limits(30, 3, 30)) == expected
    expected = {"ann": "contact_budget", "cem": "customer_budget", "dan": "customer_budget"}
    assert judge(budget.Limits(30, 2, 30)) == expected


def test_a_customers_budget_comes_back_with_time(company: Company) -> None:
    for number in range(3):
        ask(f"old-{number}", days_ago=8)
    ask("new", days_ago=6)
    facts.make_contact(facts.at("next"))
    found = judge(budget.Limits(0, 1, 7))
    assert found["next"] == "customer_budget"
    assert "old-0" in found  # all of them are candidates here, and one was asked in the week
    assert judge(budget.Limits(0, 1, 5)) == {
        "old-1": "customer_budget",
        "old-2": "customer_budget",
        "new": "customer_budget",
        "next": "customer_budget",
    }


def test_a_plan_also_counts_who_is_about_to_be_asked(company: Company) -> None:
    ask("ann", days_ago=0, state=State.QUEUED)
    limits = budget.Limits(30, 0, 0)
    assert judge(limits) == {}
    assert judge(limits, is_planning=True) == {"ann": "contact_budget"}
    Campaign.objects.update(state=Campaign.State.DONE)
    assert judge(limits, is_planning=True) == {}


def test_the_limits_are_the_companys(company: Company) -> None:
    from surveys.models import SurveySettings

    assert budget.limits(own_days=90) == budget.Limits(30, 20, 30, 90)
    SurveySettings.objects.create(pk=1, contact_days=7, customer_most=2, customer_days=14)
    assert budget.limits() == budget.Limits(7, 2, 14)
