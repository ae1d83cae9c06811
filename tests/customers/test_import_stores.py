"""What an import leaves behind: facts, versions, the change feed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.models import AuditEntry
from customers.models import (
    Change,
    Contact,
    Customer,
    CustomerAttribute,
    Import,
    Subscription,
    Term,
)
from tenants.jobs import Job
from tenants.models import Company
from tests.customers import telco_like as telco
from tests.customers.importing import CUSTOMERS, checked, imported, outcome, problems, run

pytestmark = pytest.mark.usefixtures("company")

SUBSCRIPTIONS = "customer,subscription id,product,amount,start date,end date\n"


def current_terms(external_id: str) -> list[tuple[str, str | None, str]]:
    """(start, end, MRR) of a subscription's current terms."""
    terms = Term.objects.filter(subscription__external_id=external_id, superseded_at=None)
    return [
        (str(t.starts_on), t.ends_on and str(t.ends_on), f"{t.mrr:.2f}")
        for t in terms.order_by("starts_on")
    ]


def test_a_telecoms_files_come_in() -> None:
    files = telco.telco_like(300)
    customers = imported(
        "customers",
        files.customers,
        mapping=telco.CUSTOMER_MAPPING,
        attributes=telco.CUSTOMER_ATTRIBUTES,
    )
    subscriptions = imported(
        "subscriptions", files.subscriptions, mapping=telco.SUBSCRIPTION_MAPPING
    )
    assert outcome(customers) == outcome(subscriptions) == (300, 0, 0, 0)
    assert CustomerAttribute.objects.filter(key="contract_type").count() == 300
    still_open = Term.objects.filter(
        ends_on=None, currency="USD", plan__product__name="Telco bundle"
    )
    assert still_open.aggregate(mrr=Sum("mrr"))["mrr"] == files.mrr
    assert still_open.count() == files.open_subscriptions
    first = Customer.objects.get(external_id="telco-00001")
    assert first.source.reference_id == customers.pk
    assert first.source.label == "file.csv"
    assert Job.objects.filter(kind="metrics.refresh", state="queued").count() == 1
    finished = AuditEntry.objects.filter(action="import.finished").order_by("id")
    assert [entry.detail["created"] for entry in finished] == [300, 300]


def test_the_same_files_twice_change_nothing() -> None:
    files = telco.telco_like(50)
    for expected in [(50, 0, 0, 0), (0, 0, 50, 0)]:
        one = imported(
            "customers",
            files.customers,
            mapping=telco.CUSTOMER_MAPPING,
            attributes=telco.CUSTOMER_ATTRIBUTES,
        )
        two = imported("subscriptions", files.subscriptions, mapping=telco.SUBSCRIPTION_MAPPING)
        assert outcome(one) == outcome(two) == expected
        counts = [
            model.objects.count() for model in (Customer, CustomerAttribute, Subscription, Term)
        ]
        assert counts == [50, 250, 50, 50]
        assert Change.objects.count() == 100


def test_history_is_marked_as_such_only_the_first_time() -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,10,2020-01-01,\n")
    imported("subscriptions", f"{SUBSCRIPTIONS}c-2,s-2,Core,10,2020-01-01,\n")
    flags = dict(Term.objects.values_list("subscription__external_id", "is_backfilled"))
    assert flags == {"s-1": True, "s-2": False}


def test_a_corrected_price_keeps_the_old_version() -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,10,2025-01-01,\n")
    Change.objects.all().delete()
    again = imported("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,12,2025-01-01,2025-06-01\n")
    assert outcome(again) == (0, 1, 0, 0)
    assert current_terms("s-1") == [("2025-01-01", "2025-06-01", "12.00")]
    old = Term.objects.get(superseded_at__isnull=False)
    assert (old.amount, old.ends_on) == (Decimal(10), None)
    assert old.superseded_at == Term.objects.get(superseded_at=None).recorded_at
    assert [change.from_day for change in Change.objects.all()] == [dt.date(2025, 1, 1)]


def test_a_later_term_closes_the_open_one() -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,10,2025-01-01,\n")
    Change.objects.all().delete()
    later = imported("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,15,2025-06-01,\n")
    assert outcome(later) == (1, 0, 0, 0)
    assert current_terms("s-1") == [
        ("2025-01-01", "2025-06-01", "10.00"),
        ("2025-06-01", None, "15.00"),
    ]
    assert [change.from_day for change in Change.objects.all()] == [dt.date(2025, 6, 1)]
    # The first file again: its open end is the next term's start, as it stands.
    same = imported("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,10,2025-01-01,\n")
    assert outcome(same) == (0, 0, 1, 0)


def test_rows_of_one_subscription_are_its_terms() -> None:
    imported("customers", CUSTOMERS)
    rows = "c-1,s-1,Core,30,2025-07-01,\nc-1,s-1,Core,10,2025-01-01,\nc-1,s-1,Core,20,2025-03-01,\n"
    imported("subscriptions", SUBSCRIPTIONS + rows)
    assert current_terms("s-1") == [
        ("2025-01-01", "2025-03-01", "10.00"),
        ("2025-03-01", "2025-07-01", "20.00"),
        ("2025-07-01", None, "30.00"),
    ]
    assert Subscription.objects.count() == 1


def test_columns_that_are_not_in_the_file_keep_what_is_held() -> None:
    imported("customers", "id,name,joined\nc-1,Alpha,2020-01-01\n")
    imported(
        "subscriptions",
        "customer,subscription id,product,plan,amount,quantity,interval,start date,end date\n"
        "c-1,s-1,Core,Gold,120,3,yearly,2025-01-01,2026-01-01\n",
    )
    assert current_terms("s-1") == [("2025-01-01", "2026-01-01", "30.00")]
    imported("customers", "id,name\nc-1,Alpha Ltd\n")
    imported(
        "subscriptions", "customer,subscription id,amount,start date\nc-1,s-1,240,2025-01-01\n"
    )
    assert current_terms("s-1") == [("2025-01-01", "2026-01-01", "60.00")]
    term = Term.objects.select_related("plan__product").get(superseded_at=None)
    assert (str(term.plan), term.quantity, term.interval) == ("Core: Gold", 3, "year")
    customer = Customer.objects.get()
    assert (customer.name, customer.signed_up_on) == ("Alpha Ltd", dt.date(2020, 1, 1))


def test_an_empty_cell_of_a_column_in_the_file_clears() -> None:
    imported("customers", "id,name,joined\nc-1,Alpha,2020-01-01\n")
    again = imported("customers", "id,name,joined\nc-1,Alpha,\n")
    assert outcome(again) == (0, 1, 0, 0)
    assert Customer.objects.get().signed_up_on is None


def test_defaults_of_a_subscription() -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", "customer,subscription id,amount,start\nc-1,s-1,9.50,2025-01-01\n")
    term = Term.objects.select_related("plan__product").get()
    assert str(term.plan) == "Subscription"
    assert (term.quantity, term.interval, term.currency) == (1, "month", "USD")


def test_the_end_date_may_be_the_last_day() -> None:
    from customers.imports.options import EndDay, Options

    imported("customers", CUSTOMERS)
    rows = f"{SUBSCRIPTIONS}c-1,s-1,Core,10,2025-01-01,2025-01-31\n"
    imported("subscriptions", rows, options=Options(end_day=EndDay.LAST))
    assert current_terms("s-1") == [("2025-01-01", "2025-02-01", "10.00")]


def values_of(key: str) -> list[tuple[str, dt.date | None, bool]]:
    rows = CustomerAttribute.objects.filter(key=key).order_by("id")
    return [(row.value, row.valid_from, row.superseded_at is None) for row in rows]


def test_attributes_are_dated(company: Company) -> None:
    imported("customers", "id,name,Tier\nc-1,Alpha,gold\nc-2,Beta,\n", attributes=["Tier"])
    assert values_of("tier") == [("gold", None, True)]
    # Learned long ago, then another value: it holds from today on.
    CustomerAttribute.objects.update(recorded_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    Change.objects.all().delete()
    again = imported(
        "customers", "id,name,Tier\nc-1,Alpha,silver\nc-2,Beta,\n", attributes=["Tier"]
    )
    assert outcome(again) == (0, 1, 1, 0)
    today = company.today()
    assert values_of("tier") == [("gold", None, True), ("silver", today, True)]
    assert [change.from_day for change in Change.objects.all()] == [today]
    # Another value on the same day corrects.
    imported("customers", "id,name,Tier\nc-1,Alpha,bronze\n", attributes=["Tier"])
    assert values_of("tier") == [
        ("gold", None, True),
        ("silver", today, False),
        ("bronze", today, True),
    ]
    # A column that isn't in the file keeps what is held; an empty cell says there is none.
    assert outcome(imported("customers", CUSTOMERS)) == (0, 0, 2, 0)
    CustomerAttribute.objects.update(recorded_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    imported("customers", "id,name,Tier\nc-1,Alpha,\n", attributes=["Tier"])
    assert values_of("tier")[-1] == ("", today, True)


def test_a_first_value_corrected_the_same_day_holds_from_the_beginning() -> None:
    imported("customers", "id,name,tier\nc-1,Alpha,gold\n", attributes=["tier"])
    imported("customers", "id,name,tier\nc-1,Alpha,silver\n", attributes=["tier"])
    assert values_of("tier") == [("gold", None, False), ("silver", None, True)]


def test_contacts() -> None:
    imported("customers", CUSTOMERS)
    header = "customer,email,name,contact id\n"
    imported("contacts", f"{header}c-1,ann@alpha.example,Ann,p-1\nc-2,bob@beta.example,Bob,\n")
    again = imported(
        "contacts", f"{header}c-1,anne@alpha.example,Anne,p-1\nc-2,BOB@beta.example,Bob,\n"
    )
    assert outcome(again) == (0, 2, 0, 0)
    assert list(Contact.objects.order_by("name").values_list("name", "email", "external_id")) == [
        ("Anne", "anne@alpha.example", "p-1"),
        ("Bob", "BOB@beta.example", None),
    ]
    twice = imported("contacts", "customer,email\nc-2,bob@beta.example\nc-1,bob@beta.example\n")
    assert outcome(twice) == (1, 1, 0, 0)
    bad = checked(
        "contacts", f"{header}c-2,x@beta.example,X,p-1\nc-1,nobody,Y,p-9\nc-9,z@z.example,,\n"
    )
    assert problems(bad) == [
        (2, "contact id", "the contact belongs to customer c-1"),
        (3, "email", "“nobody” is not an e-mail address"),
        (4, "customer", "there is no customer with this id or name"),
    ]


def test_good_rows_alone_go_in_when_asked() -> None:
    import_ = checked("customers", "id,name\nc-1,Alpha\nc-2,\nc-3,Gamma\n")
    assert outcome(import_) == (2, 0, 0, 1)
    import_ = run(import_, is_skipping_errors=True)
    assert import_.state == Import.State.DONE
    assert sorted(Customer.objects.values_list("external_id", flat=True)) == ["c-1", "c-3"]
