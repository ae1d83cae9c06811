"""Stripe's events in any order, and some of them twice, end in the same state."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer, Invoice, Pause, StripeEvent, Term
from customers.webhooks.applying import apply_events
from customers.webhooks.events import parsed
from tenants.models import Company
from tests.customers.billing.stripe_objects import (
    State,
    at,
    customer,
    event,
    invoice,
    item,
    subscription,
)
from tests.customers.importing import imported

SUBSCRIPTION = "customer.subscription."
Held = tuple[list[Any], list[Any], list[Any], list[Any]]


def store(*events: State) -> None:
    """What the endpoint stores of them."""
    for one in events:
        found = parsed(json.dumps(one))
        StripeEvent.objects.bulk_create(
            [
                StripeEvent(
                    event_id=found.event_id,
                    type=found.type,
                    kind=found.kind,
                    object_id=found.object_id,
                    occurred_at=found.occurred_at,
                    received_at=timezone.now(),
                    body=json.dumps(one),
                )
            ],
            ignore_conflicts=True,
        )


def told(*events: State) -> None:
    """Each event applied by itself, as if it had come alone."""
    for one in events:
        store(one)
        apply_events()


def terms() -> list[tuple[str, str, str, str, Decimal]]:
    return [
        (t.subscription.external_id, t.plan.name, str(t.starts_on), str(t.ends_on),
         t.mrr.normalize())
        for t in Term.objects.current()
        .select_related("subscription", "plan")
        .order_by("subscription__external_id", "starts_on")
    ]  # fmt: skip


def held() -> Held:
    invoices = Invoice.objects.current().order_by("external_id")
    pauses = Pause.objects.current().order_by("starts_on")
    customers = Customer.objects.order_by("external_id")
    return (
        terms(),
        list(invoices.values_list("external_id", "amount", "paid_on", "subscription__external_id",
                                  "customer__external_id", "period_ends_on")),
        list(pauses.values_list("starts_on", "ends_on", "subscription__external_id")),
        list(customers.values_list("external_id", "name", "signed_up_on")),
    )  # fmt: skip


def forget() -> None:
    for model in (StripeEvent, Pause, Invoice, Term, Customer):
        model.objects.all().delete()


def same_in_any_order(*events: State, limit: int = 12) -> Held:
    """Applies the events in orders (and repeats); what each leaves must be the same."""
    orders = list(itertools.permutations(events))
    step = max(1, len(orders) // limit)
    told(*events)
    expected = held()
    for order in orders[::step]:
        forget()
        told(*order, *order[:2])
        assert held() == expected, [one["id"] for one in order]
    forget()
    store(*events)
    apply_events()
    assert held() == expected
    return expected


def test_a_life_of_a_subscription(company: Company) -> None:
    raised = subscription(item(amount=1500, quantity=2))
    found = same_in_any_order(
        event("e1", "customer.created", at("2025-01-01"), customer()),
        event("e2", SUBSCRIPTION + "created", at("2025-01-01"), subscription()),
        event("e3", SUBSCRIPTION + "updated", at("2025-03-05"), raised),
        event("e4", "customer.updated", at("2025-04-01"), customer("Alpha AG")),
        event("e5", SUBSCRIPTION + "deleted", at("2025-06-01"),
              raised | {"status": "canceled", "ended_at": at("2025-06-01")}),
    )  # fmt: skip
    assert found[0] == [
        ("sub_1", "price_a", "2025-01-01", "2025-03-05", Decimal(10)),
        ("sub_1", "price_a", "2025-03-05", "2025-06-01", Decimal(30)),
    ]
    assert [name for _, name, _ in found[3]] == ["Alpha AG"]


def test_only_late_events_reach_back_to_the_start(company: Company) -> None:
    """The same without the first events: the first state known holds from the start."""
    found = same_in_any_order(
        event("e1", SUBSCRIPTION + "updated", at("2025-03-05"), subscription(item(amount=2000))),
        event("e2", SUBSCRIPTION + "updated", at("2025-04-05"), subscription(item(amount=3000))),
        event("e3", SUBSCRIPTION + "updated", at("2025-05-05"), subscription(item(amount=4000))),
    )
    assert [(row[2], row[4]) for row in found[0]] == [
        ("2025-01-01", Decimal(20)),
        ("2025-04-05", Decimal(30)),
        ("2025-05-05", Decimal(40)),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_a_file_told_of_before_stays(company: Company, order: tuple[int, ...]) -> None:
    imported("customers", "id,name\ncus_1,Alpha\n")
    content = (
        "customer id,subscription id,plan,amount,starts on\ncus_1,sub_1,price_a,7,2024-06-01\n"
    )
    imported("subscriptions", content)
    events = [
        event("e1", SUBSCRIPTION + "updated", at("2025-03-05"), subscription(item(amount=2000))),
        event("e2", SUBSCRIPTION + "updated", at("2025-04-05"), subscription(item(amount=3000))),
        event("e3", SUBSCRIPTION + "updated", at("2025-02-05"), subscription(item(amount=1000))),
    ]
    told(*(events[number] for number in order))
    assert [row[2:] for row in terms()] == [
        ("2024-06-01", "2025-02-05", Decimal(7)),
        ("2025-02-05", "2025-03-05", Decimal(10)),
        ("2025-03-05", "2025-04-05", Decimal(20)),
        ("2025-04-05", "None", Decimal(30)),
    ]


def test_trial_then_paying_then_paused_and_resumed(company: Company) -> None:
    trial = {"trial_end": at("2025-01-15")}
    paused = {"pause_collection": {"behavior": "void", "resumes_at": None}}
    found = same_in_any_order(
        event("e1", SUBSCRIPTION + "created", at("2025-01-01"),
              subscription(status="trialing", **trial)),
        event("e2", SUBSCRIPTION + "updated", at("2025-01-15"), subscription(**trial)),
        event("e3", SUBSCRIPTION + "updated", at("2025-03-01"), subscription(**trial, **paused)),
        event("e4", SUBSCRIPTION + "updated", at("2025-05-01"), subscription(**trial)),
    )  # fmt: skip
    assert [row[2:] for row in found[0]] == [
        ("2025-01-15", "2025-03-01", Decimal(10)),
        ("2025-05-01", "None", Decimal(10)),
    ]
    assert [(str(first), str(last), sub) for first, last, sub in found[2]] == [
        ("2025-03-01", "2025-05-01", "sub_1")
    ]


def test_invoices_before_and_after_what_they_name(company: Company) -> None:
    paid = {"status_transitions": {"finalized_at": at("2025-01-02"), "paid_at": at("2025-01-09")}}
    found = same_in_any_order(
        event("e1", "invoice.created", at("2025-01-01"), invoice("draft")),
        event("e2", "invoice.finalized", at("2025-01-02"), invoice("open")),
        event("e3", "invoice.paid", at("2025-01-09"), invoice("paid", **paid)),
        event("e4", SUBSCRIPTION + "created", at("2025-01-01"), subscription()),
        event("e5", "customer.created", at("2025-01-01"), customer()),
    )
    assert [(row[0], row[1], str(row[2]), row[3]) for row in found[1]] == [
        ("in_1", Decimal(10), "2025-01-09", "sub_1")
    ]


def test_void_and_deleted_are_for_good(company: Company) -> None:
    found = same_in_any_order(
        event("e1", "invoice.finalized", at("2025-01-02"), invoice("open")),
        event("e2", "invoice.voided", at("2025-01-09"), invoice("void")),
        event("e3", "invoice.updated", at("2025-01-09"), invoice("open")),
        event("e4", SUBSCRIPTION + "created", at("2025-01-01"), subscription()),
        event("e5", "customer.deleted", at("2025-02-10"), customer()),
    )
    assert found[1] == []
    assert [row[2:4] for row in found[0]] == [("2025-01-01", "2025-02-10")]


def test_a_credit_note_and_its_voiding(company: Company) -> None:
    note = {
        "id": "cn_1", "object": "credit_note", "customer": "cus_1", "number": "CN-1",
        "status": "issued", "currency": "eur", "created": at("2025-01-20"),
        "total": 595, "total_excluding_tax": 500, "invoice": "in_1",
    }  # fmt: skip
    issued = event("e1", "credit_note.created", at("2025-01-20"), note)
    told(issued)
    assert Invoice.objects.current().get().amount == -5
    found = same_in_any_order(
        issued, event("e2", "credit_note.voided", at("2025-01-21"), note | {"status": "void"})
    )
    assert found[1] == []


def test_events_of_one_second_have_one_order(company: Company) -> None:
    found = same_in_any_order(
        event("e1", SUBSCRIPTION + "created", at("2025-01-01"), subscription(status="incomplete")),
        event("e2", SUBSCRIPTION + "updated", at("2025-01-01"), subscription()),
        event("e3", "customer.created", at("2025-01-01"), customer("First")),
        event("e4", "customer.updated", at("2025-01-01"), customer("Second")),
    )
    assert [row[2:] for row in found[0]] == [("2025-01-01", "None", Decimal(10))]
    assert found[3][0][1] == "Second"


def test_items_discounts_and_intervals(company: Company) -> None:
    yearly = {"recurring": {"interval": "year", "interval_count": 1, "usage_type": "licensed"}}
    metered = {"recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}}
    half = {"coupon": {"percent_off": 50, "duration": "repeating"}, "end": at("2025-04-01")}
    told(
        event("e1", SUBSCRIPTION + "created", at("2025-01-01"),
              subscription(item("a", 1000, 3), item("b", 12000, 1, **yearly),
                           item("c", 5, 1, **metered), discounts=[half])),
    )  # fmt: skip
    assert terms() == [
        ("sub_1", "a", "2025-01-01", "2025-04-01", Decimal(15)),
        ("sub_1", "a", "2025-04-01", "None", Decimal(30)),
        ("sub_1:b", "b", "2025-01-01", "2025-04-01", Decimal(5)),
        ("sub_1:b", "b", "2025-04-01", "None", Decimal(10)),
    ]


def test_money_of_currencies_without_cents(company: Company) -> None:
    yen = item("a", 1000, 1, currency="jpy")
    told(event("e1", SUBSCRIPTION + "created", at("2025-01-01"), subscription(yen)))
    assert terms()[0][4] == 1000


def test_a_cancellation_at_period_end_is_known_ahead_and_taken_back(company: Company) -> None:
    ending = subscription(cancel_at_period_end=True)
    told(
        event("e1", SUBSCRIPTION + "created", at("2025-01-01"), subscription()),
        event("e2", SUBSCRIPTION + "updated", at("2025-01-10"), ending),
    )
    assert terms()[0][3] == "2025-02-01"
    told(event("e3", SUBSCRIPTION + "updated", at("2025-01-20"), subscription()))
    assert [row[2:4] for row in terms()] == [("2025-01-01", "None")]
