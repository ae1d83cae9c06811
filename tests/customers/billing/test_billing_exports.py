"""Exports of Stripe and Chargebee: their samples import as they are and make MRR."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from customers.billing.words import read_interval
from customers.imports.parsing import BadValue
from customers.imports.samples import SAMPLES
from customers.models import Change, Customer, Invoice, Pause, Term
from tenants.models import Company
from tests.customers.importing import imported, outcome

HEAD = (
    "id,Customer ID,Customer Name,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),"
    "Start (UTC),Current Period Start (UTC),Current Period End (UTC),Ended At (UTC),"
    "Cancel At Period End\n"
)


def sample(kind: str) -> bytes:
    return (SAMPLES / f"{kind}.csv").read_bytes()


def terms() -> list[tuple[str, str, str, Decimal]]:
    return [
        (t.subscription.external_id, str(t.starts_on), str(t.ends_on), t.mrr.normalize())
        for t in Term.objects.current()
        .select_related("subscription")
        .order_by("subscription__external_id", "starts_on")
    ]


def row(**said: str) -> str:
    """One subscription of Stripe's, active since January unless said."""
    values = {
        "id": "sub_1", "customer": "cus_1", "name": "Alpha", "plan": "team", "quantity": "1",
        "currency": "eur", "interval": "month", "amount": "10.00", "status": "active",
        "created": "2025-01-01 10:00", "start": "2025-01-01 10:00",
        "period": "2025-03-01 10:00", "period_end": "2025-04-01 10:00", "ended": "",
        "is_ending": "false",
    }  # fmt: skip
    return ",".join((values | said).values()) + "\n"


def test_stripes_subscriptions(company: Company) -> None:
    assert outcome(imported("stripe_subscriptions", sample("stripe_subscriptions"))) == (6, 0, 0, 0)
    assert terms() == [
        ("sub_1Pa", "2024-03-05", "None", Decimal(100)),
        ("sub_1Pb", "2025-01-10", "2026-01-10", Decimal(170)),
        ("sub_1Pc", "2024-11-20", "2025-05-20", Decimal(9)),
        ("sub_1Pe", "2025-02-28", "2025-08-28", Decimal(30)),
        ("sub_1Pe", "2025-08-28", "None", Decimal(40)),
        ("sub_1Pf", "2025-04-01", "None", Decimal(9)),
    ]
    assert Customer.objects.get(external_id="cus_Q1").name == "Theta AG"
    Change.objects.all().delete()
    again = imported("stripe_subscriptions", sample("stripe_subscriptions"))
    assert outcome(again) == (0, 0, 6, 0)
    assert not Change.objects.exists()


def test_chargebees_subscriptions(company: Company) -> None:
    kind = "chargebee_subscriptions"
    assert outcome(imported(kind, sample(kind))) == (5, 0, 0, 0)
    assert terms() == [
        ("cb-sub-1", "2024-05-16", "None", Decimal(100)),
        ("cb-sub-2", "2024-12-01", "2025-12-01", Decimal(400)),
        ("cb-sub-3", "2024-07-10", "2025-03-10", Decimal(50)),
        ("cb-sub-4", "2024-09-01", "2025-07-01", Decimal(75)),
        ("cb-sub-4", "2025-12-01", "None", Decimal(75)),
    ]
    pause = Pause.objects.current().get()
    assert (pause.subscription_id is not None, str(pause.starts_on), str(pause.ends_on)) == (
        True,
        "2025-07-01",
        "2025-12-01",
    )
    assert outcome(imported(kind, sample(kind))) == (0, 0, 5, 0)


def test_stripes_invoices(company: Company) -> None:
    assert outcome(imported("stripe_invoices", sample("stripe_invoices"))) == (4, 0, 1, 0)
    assert terms() == [
        ("sub_R1", "2025-02-01", "2026-02-01", Decimal(100)),
        ("sub_R2", "2025-07-12", "2025-08-12", Decimal(50)),
        ("sub_R2", "2025-08-12", "2025-09-12", Decimal(40)),
    ]
    workshop = Invoice.objects.get(external_id="in_1Rd")
    assert (workshop.amount, workshop.is_recurring) == (Decimal(500), False)
    assert outcome(imported("stripe_invoices", sample("stripe_invoices"))) == (0, 0, 5, 0)


def test_a_later_void_takes_the_invoice_and_its_mrr_back(company: Company) -> None:
    content = sample("stripe_invoices").decode()
    imported("stripe_invoices", content)
    voided = content.replace("sub_R1,paid", "sub_R1,void")
    assert outcome(imported("stripe_invoices", voided)) == (0, 1, 4, 0)
    assert "sub_R1" not in {term[0] for term in terms()}
    assert not Invoice.objects.current().filter(external_id="in_1Ra").exists()


def test_a_new_price_holds_from_the_current_period(company: Company) -> None:
    imported("stripe_subscriptions", HEAD + row())
    imported("stripe_subscriptions", HEAD + row(amount="15.00"))
    assert terms() == [
        ("sub_1", "2025-01-01", "2025-03-01", Decimal(10)),
        ("sub_1", "2025-03-01", "None", Decimal(15)),
    ]
    changed = row(amount="15.00", plan="pro", start="2025-03-11 08:00")
    imported("stripe_subscriptions", HEAD + changed)
    assert [term[1:] for term in terms()] == [
        ("2025-01-01", "2025-03-01", Decimal(10)),
        ("2025-03-01", "2025-03-11", Decimal(15)),
        ("2025-03-11", "None", Decimal(15)),
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", [("2025-01-01", "None")]),
        ("past_due", [("2025-01-01", "None")]),
        ("trialing", []),
        ("incomplete", []),
        ("incomplete_expired", []),
        ("unpaid", []),
        ("paused", []),
    ],
)
def test_states_that_pay_and_do_not(
    company: Company, status: str, expected: list[tuple[str, str]]
) -> None:
    imported("stripe_subscriptions", HEAD + row(status=status))
    assert [term[1:3] for term in terms()] == expected
    assert Pause.objects.exists() == (status == "paused")


def test_a_paying_one_that_is_unpaid_or_paused_later_stops_then(company: Company) -> None:
    imported("stripe_subscriptions", HEAD + row() + row(id="sub_2"))
    later = row(status="unpaid") + row(id="sub_2", status="paused")
    imported("stripe_subscriptions", HEAD + later)
    assert [term[:3] for term in terms()] == [
        ("sub_1", "2025-01-01", "2025-03-01"),
        ("sub_2", "2025-01-01", "2025-03-01"),
    ]
    pause = Pause.objects.current().get()
    assert (pause.subscription, pause.starts_on) != (None, dt.date(2025, 1, 1))
    assert pause.starts_on == dt.date(2025, 3, 1)
    imported("stripe_subscriptions", HEAD + row(id="sub_2", period="2025-05-01 10:00"))
    assert str(Pause.objects.current().get().ends_on) == "2025-05-01"
    assert terms()[-1][:3] == ("sub_2", "2025-05-01", "None")


def test_a_cancellation_ends_it_and_one_within_the_trial_never_was(company: Company) -> None:
    imported("stripe_subscriptions", HEAD + row())
    imported("stripe_subscriptions", HEAD + row(status="canceled", ended="2025-03-20 10:00"))
    assert terms() == [("sub_1", "2025-01-01", "2025-03-20", Decimal(10))]
    gone = row(id="sub_3", status="canceled", ended="2025-01-01 12:00")
    imported("stripe_subscriptions", HEAD + gone)
    assert len(terms()) == 1


def test_invoices_on_top_of_subscriptions_do_not_double(company: Company) -> None:
    imported("stripe_subscriptions", HEAD + row(id="sub_R2", customer="cus_R2", amount="40.00"))
    imported("stripe_invoices", sample("stripe_invoices"))
    mine = [term for term in terms() if term[0].startswith("sub_R2")]
    assert [(term[1], term[2], term[3]) for term in mine] == [
        ("2025-01-01", "2025-07-12", Decimal(40)),
        ("2025-07-12", "2025-08-12", Decimal(50)),
        ("2025-08-12", "2025-09-12", Decimal(40)),
        ("2025-09-12", "None", Decimal(40)),
    ]


@pytest.mark.parametrize(
    ("said", "read"),
    [("month", "1 month"), ("every 3 months", "3 month"), ("6 month", "6 month"),
     ("Yearly", "1 year"), ("2 week(s)", "2 week"), ("half-yearly", "6 month")],
)  # fmt: skip
def test_intervals_as_billing_systems_say_them(said: str, read: str) -> None:
    assert read_interval(said) == read
    with pytest.raises(BadValue):
        read_interval("often")


CHARGEBEE = (
    "invoices.id,invoices.customer_id,invoices.subscription_id,invoices.status,invoices.date,"
    "invoices.currency_code,invoices.sub_total,invoices.tax,invoices.total\n"
)


def test_chargebees_invoices_make_mrr_by_line(company: Company) -> None:
    assert outcome(imported("chargebee_invoices", sample("chargebee_invoices"))) == (4, 0, 1, 0)
    assert terms() == [
        ("cb-sub-11", "2025-01-01", "2026-01-01", Decimal(400)),
        ("cb-sub-12", "2025-02-01", "2025-04-01", Decimal(90)),
    ]
    names = Customer.objects.order_by("external_id").values_list("external_id", "name")
    assert dict(names) == {"cb-11": "Chi BV", "cb-12": "Psi AG", "cb-13": "Omega Srl"}
    once = Invoice.objects.current().get(is_recurring=False)
    assert (once.external_id, once.amount) == ("li_2", Decimal(900))
    again = imported("chargebee_invoices", sample("chargebee_invoices"))
    assert outcome(again) == (0, 0, 5, 0)


def test_chargebees_whole_invoices_are_known_by_their_number(company: Company) -> None:
    content = CHARGEBEE + "".join(
        f"CB-{month},cb-1,cb-sub-1,Paid,2025-0{month}-01,EUR,100.00,19.00,119.00\n"
        for month in (1, 2, 3)
    )
    assert outcome(imported("chargebee_invoices", content)) == (3, 0, 0, 0)
    assert terms() == [("cb-sub-1", "2025-01-01", "2025-04-01", Decimal(100))]
    voided = content.replace("CB-3,cb-1,cb-sub-1,Paid", "CB-3,cb-1,cb-sub-1,Voided")
    assert outcome(imported("chargebee_invoices", voided)) == (0, 1, 2, 0)
    assert terms() == [("cb-sub-1", "2025-01-01", "2025-03-01", Decimal(100))]
    ids = Invoice.objects.current().order_by("external_id").values_list("external_id", flat=True)
    assert list(ids) == ["CB-1", "CB-2"]
