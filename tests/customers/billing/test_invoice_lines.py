"""A file of invoice lines makes customers, invoices and MRR, and a second one goes on from it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from customers.actions.facts import store_rows
from customers.imports.kinds import KINDS
from customers.imports.samples import SAMPLES
from customers.models import (
    BillingSettings,
    Change,
    Customer,
    Invoice,
    Source,
    Subscription,
    Term,
)
from tenants.models import Company
from tests.customers.importing import checked, imported, outcome, problems

KIND = "invoice_lines"
HEAD = "id,customer,subscription,plan,amount,invoice date,period start,period end,type\n"


def terms() -> list[tuple[str, str, str, Decimal]]:
    return [
        (t.subscription.external_id, str(t.starts_on), str(t.ends_on), t.mrr.normalize())
        for t in Term.objects.current()
        .select_related("subscription")
        .order_by("subscription__external_id", "starts_on")
    ]


def test_the_sample_imports_and_again_changes_nothing(company: Company) -> None:
    content = (SAMPLES / f"{KIND}.csv").read_bytes()
    assert outcome(imported(KIND, content)) == (10, 0, 0, 0)
    assert terms() == [
        ("contract-5", "2025-01-01", "2026-01-01", Decimal(1000)),
        ("contract-6", "2025-01-01", "2025-01-16", Decimal(10)),
        ("contract-6", "2025-01-16", "2025-03-01", Decimal(20)),
        ("contract-7", "2025-01-15", "2025-03-15", Decimal(300)),
        ("contract-7", "2025-03-15", "2025-04-15", Decimal(200)),
    ]
    assert Customer.objects.get(external_id="billed-6").name == "Zeta Ltd"
    workshop = Invoice.objects.get(external_id="L-1010")
    assert (workshop.is_recurring, workshop.subscription) == (False, None)
    Change.objects.all().delete()
    assert outcome(imported(KIND, content)) == (0, 0, 10, 0)
    assert Term.objects.count() == 5
    assert not Change.objects.exists()


def test_next_months_file_extends_and_never_doubles(company: Company) -> None:
    january = "1,c-1,s-1,A,100,2025-01-01,2025-01-01,2025-02-01,\n"
    february = "2,c-1,s-1,A,100,2025-02-03,2025-02-03,2025-03-03,\n"
    imported(KIND, HEAD + january)
    Change.objects.all().delete()
    imported(KIND, HEAD + february)
    assert terms() == [("s-1", "2025-01-01", "2025-03-03", Decimal(100))]
    assert set(Change.objects.filter(kind="subscriptions").values_list("from_day", flat=True)) == {
        dt.date(2025, 2, 1)
    }
    imported(KIND, HEAD + january + february)
    assert Term.objects.current().count() == 1
    one_file = HEAD + january + february
    Term.objects.all().delete()
    Invoice.objects.all().delete()
    imported(KIND, one_file)
    assert terms() == [("s-1", "2025-01-01", "2025-03-03", Decimal(100))]


def test_a_later_credit_and_a_corrected_line_restate(company: Company) -> None:
    imported(KIND, HEAD + "1,c-1,,,1200,2025-01-01,2025-01-01,2026-01-01,\n")
    imported(KIND, HEAD + "2,c-1,,,-600,2025-07-01,2025-01-01,2026-01-01,credit\n")
    assert terms() == [("c-1", "2025-01-01", "2026-01-01", Decimal(50))]
    imported(KIND, HEAD + "1,c-1,,,1800,2025-01-01,2025-01-01,2026-01-01,\n")
    assert terms() == [("c-1", "2025-01-01", "2026-01-01", Decimal(100))]
    closed = Term.objects.exclude(superseded_at=None)
    assert all(term.closed_by_id for term in closed)


def test_a_line_moved_to_a_shorter_period_takes_its_rest_back(company: Company) -> None:
    imported(KIND, HEAD + "1,c-1,,,1200,2025-01-01,2025-01-01,2026-01-01,\n")
    imported(KIND, HEAD + "1,c-1,,,1200,2025-01-01,2025-01-01,2025-07-01,\n")
    assert terms() == [("c-1", "2025-01-01", "2025-07-01", Decimal(200))]


def test_periods_that_end_on_their_last_day_are_seen(company: Company) -> None:
    rows = "1,c-1,,,10,2025-01-01,2025-01-01,2025-01-31,\n"
    rows += "2,c-1,,,10,2025-02-01,2025-02-01,2025-02-28,\n"
    imported(KIND, HEAD + rows)
    assert terms() == [("c-1", "2025-01-01", "2025-03-01", Decimal(10))]


def test_what_is_wrong_is_said(company: Company) -> None:
    rows = (
        "1,c-1,s-1,A,10,2025-01-01,2025-01-01,2025-02-01,\n"
        "1,c-1,s-1,A,11,2025-01-01,2025-01-01,2025-02-01,\n"
        "3,c-2,s-1,A,10,2025-01-01,2025-01-01,2025-02-01,\n"
        "4,c-3,s-3,A,10,2025-01-01,2025-02-01,2025-01-01,\n"
        "5,c-3,s-3,A,10,2025-01-01,2025-02-01,,\n"
        "6,c-4,s-4,A,-10,2025-01-01,2025-01-01,2025-02-01,\n"
        "7,c-4,s-4,A,10,2025-01-01,,,what\n"
    )
    import_ = checked(KIND, HEAD + rows)
    messages = [message for _, _, message in problems(import_)]
    assert "this line is already in row 2" in messages[0]
    assert "subscription s-1 is of customer c-1" in messages[1]
    assert "not after its start" in messages[2]
    assert "needs a start and an end" in messages[3]
    assert "matches no charge" in messages[4]
    assert "is not what a line is for" in messages[5]
    assert outcome(import_) == (1, 0, 0, 6)


def test_customers_are_made_only_where_that_is_wanted(company: Company) -> None:
    BillingSettings.objects.update_or_create(
        pk=BillingSettings.ONLY, defaults={"is_making_customers": False, "stripe_token": "t"}
    )
    import_ = checked(KIND, HEAD + "1,c-1,,,10,2025-01-01,,,\n")
    assert "there is no customer with this id" in problems(import_)[0][2]


def test_tax_refunds_usage_and_one_offs_make_no_mrr(company: Company) -> None:
    types = ["tax", "refund", "metered", "one-time", "free"]
    rows = "".join(f"{kind},c-1,,,10,2025-01-01,,,{kind}\n" for kind in types)
    imported(KIND, HEAD + rows)
    assert terms() == []
    assert set(Invoice.objects.values_list("external_id", flat=True)) == {
        "metered",
        "one-time",
        "free",
    }


def test_terms_from_elsewhere_stay_on_other_days(company: Company) -> None:
    imported("customers", "id,name\nc-1,Alpha\n")
    imported(
        "subscriptions", "customer id,subscription id,amount,starts on\nc-1,s-1,50,2025-01-01\n"
    )
    imported(KIND, HEAD + "1,c-1,s-1,,80,2025-03-01,2025-03-01,2025-04-01,\n")
    assert [row[1:] for row in terms()] == [
        ("2025-01-01", "2025-03-01", Decimal(50)),
        ("2025-03-01", "2025-04-01", Decimal(80)),
        ("2025-04-01", "None", Decimal(50)),
    ]
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_files_in_any_order_end_in_the_same(company: Company, order: tuple[int, ...]) -> None:
    rows = [
        "1,c-1,s-1,A,10,2025-01-01,2025-01-01,2025-02-01,\n",
        "2,c-1,s-1,B,25,2025-02-01,2025-02-01,2025-03-01,\n",
        "3,c-1,s-1,A,12,2025-02-01,2025-02-01,2025-03-01,\n",
    ]
    for number in order:
        imported(KIND, HEAD + rows[number])
    assert terms() == [
        ("s-1", "2025-01-01", "2025-02-01", Decimal(10)),
        ("s-1", "2025-02-01", "2025-03-01", Decimal(12)),
        ("s-1:B", "2025-02-01", "2025-03-01", Decimal(25)),
    ]


def test_a_line_corrected_as_an_invoice_is_a_line_still(company: Company) -> None:
    imported(KIND, HEAD + "1,c-1,s-1,A,100,2025-01-01,2025-01-01,2025-02-01,\n")
    made = Source.objects.create(kind=Source.Kind.USER, label="a test")
    row = {"external_id": "1", "paid_on": "2025-01-20"}
    assert store_rows(kind=KINDS["invoices"], rows=[row], source=made)[0].outcome == "updated"
    line = Invoice.objects.current().get()
    assert (line.plan, line.is_recurring, str(line.paid_on)) == ("A", True, "2025-01-20")
    imported(KIND, HEAD + "2,c-1,s-1,A,100,2025-02-01,2025-02-01,2025-03-01,\n")
    assert terms() == [("s-1", "2025-01-01", "2025-03-01", Decimal(100))]
