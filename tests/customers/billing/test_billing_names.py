"""A billing system's customers beside those of a CRM, which has other ids for them."""

from __future__ import annotations

import csv

from customers.actions import undo
from customers.models import BillingSettings, Customer, CustomerAlias, Subscription
from tenants.models import Company
from tests.customers.importing import checked, imported, run
from tests.customers.test_exports import exported

CRM = "Klantnummer,Naam\n20140,Kade B.V.\n20143,Molen\n20146,Twin\n20149,twin\n20152,Brug\n"
STRIPE = "id,Customer ID,Customer Name,Plan,Amount,Currency,Interval,Status,Start Date (UTC)\n"
ROWS = (
    "sub_1,cus_1,kade b.v.,Basic,49.00,eur,month,active,2025-08-01 09:47\n"
    "sub_2,cus_1,Kade B.V.,Extra,10.00,eur,month,active,2025-09-01 09:47\n"
    "sub_3,cus_2,Twin,Basic,49.00,eur,month,active,2025-08-01 09:47\n"
    "sub_4,cus_3,Brug,Basic,49.00,eur,month,active,2025-08-01 09:47\n"
    "sub_5,cus_4,Brug,Basic,49.00,eur,month,active,2025-08-01 09:47\n"
    "sub_6,cus_5,Nieuw,Basic,49.00,eur,month,active,2025-08-01 09:47\n"
)


def owners() -> dict[str, str]:
    return {row["external_id"]: row["customer"] for row in csv.DictReader(terms())}


def terms() -> list[str]:
    return exported("subscriptions").splitlines()


def test_the_crms_customer_is_the_billing_systems_where_the_name_is_certain(
    company: Company,
) -> None:
    imported("customers", CRM)
    import_ = checked("stripe_subscriptions", STRIPE + ROWS)
    told = {notice["text"][:13]: notice["rows"] for notice in import_.notices}
    assert told == {"Customers are": [2, 3], "New customers": [4, 5, 6, 7]}
    assert not CustomerAlias.objects.exists(), "a check stores nothing"
    run(import_)
    assert owners() == {
        "sub_1": "20140",
        "sub_2": "20140",
        "sub_3": "cus_2",
        "sub_4": "cus_3",
        "sub_5": "cus_4",
        "sub_6": "cus_5",
    }
    assert Customer.objects.count() == 5 + 4


def test_the_id_is_kept_whatever_the_customer_is_called_later(company: Company) -> None:
    imported("customers", CRM)
    imported("stripe_subscriptions", STRIPE + ROWS)
    renamed = ROWS.replace("Kade B.V.", "Quay Ltd").replace("kade b.v.", "Quay Ltd")
    later = "sub_7,cus_1,Quay Ltd,Basic,5.00,eur,month,active,2025-10-01 09:47\n"
    import_ = imported("stripe_subscriptions", STRIPE + renamed + later)
    assert (import_.created_rows, import_.unchanged_rows) == (1, 6)
    assert owners()["sub_7"] == "20140"
    assert imported("tickets", "customer,id,opened at\ncus_1,t-1,2025-01-01\n").created_rows == 1


def test_another_customer_of_the_name_is_not_taken_for_one_that_is_billed(
    company: Company,
) -> None:
    imported("customers", CRM)
    imported("stripe_subscriptions", STRIPE + ROWS)
    imported(
        "stripe_subscriptions",
        STRIPE + "sub_8,cus_9,Kade B.V.,Basic,5.00,eur,month,active,2025-10-01 09:47\n",
    )
    assert owners()["sub_8"] == "cus_9"


def test_an_undo_takes_the_ids_back_and_the_file_comes_again(company: Company) -> None:
    imported("customers", CRM)
    for _ in range(2):
        import_ = imported("stripe_subscriptions", STRIPE + ROWS)
        assert CustomerAlias.objects.count() == 1
        undo.start_undo(import_=import_, by=None)
        undo.undo_import(import_id=import_.pk)
        assert not CustomerAlias.objects.exists()
        assert not Subscription.objects.exists()
        assert Customer.objects.count() == 5


def test_names_are_found_where_no_customers_are_to_be_made(company: Company) -> None:
    BillingSettings.objects.create(is_making_customers=False)
    imported("customers", CRM)
    import_ = checked("stripe_subscriptions", STRIPE + ROWS)
    assert [problem.row_number for problem in import_.problems.all()] == [4, 5, 6, 7]


def test_a_crms_file_after_billing_tells_of_customers_that_would_be_twice(
    company: Company,
) -> None:
    imported("stripe_subscriptions", STRIPE + ROWS)
    [notice] = checked("customers", CRM).notices
    assert "under another id" in notice["text"]
    assert notice["rows"] == [2, 4, 5, 6]
