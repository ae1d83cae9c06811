"""Taking an import back: what it brought goes, what it replaced returns, what is later stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry
from customers.actions import import_work
from customers.actions.facts import store_rows
from customers.actions.undo import Undone, preview, start_undo
from customers.imports.kinds import KINDS
from customers.models import (
    Change,
    Contact,
    Customer,
    CustomerAttribute,
    Import,
    Source,
    Subscription,
    Term,
    Ticket,
)
from metrics.actions import ledger
from metrics.ledger.build import TABLES
from metrics.models import Movement
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, imported, outcome

SUBSCRIPTIONS = "customer,subscription id,amount,start,end\nc-1,s-1,10,2025-01-01,\n"
TICKETS = "id,customer,opened at,subject\nt-1,c-1,2025-01-01,One\nt-2,c-2,2025-01-02,Two\n"


def undone(import_: Import) -> Undone:
    """The import taken back; what was shown before must be what was done."""
    shown = preview(import_=import_)
    start_undo(import_=import_, by=None)
    import_work.work_on(import_id=import_.pk)
    import_.refresh_from_db()
    assert import_.state == Import.State.UNDONE
    done = Undone.from_json(import_.undone)
    assert done == shown
    return done


def numbers(done: Undone) -> dict[str, tuple[int, int, int]]:
    return {e.label: (e.removed, e.restored, e.kept) for e in done.effects}


def rows(*tables: str) -> dict[str, list[Any]]:
    """What is held now, without ids and instants."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT to_jsonb(t) - 'id' - 'recorded_at' - 'changed_at' - 'source_id'"
                f" - 'customer_id' - 'subscription_id' FROM {table} t"
                + (" WHERE superseded_at IS NULL" if "term" in table or "attr" in table else "")
                + " ORDER BY 1"
            )
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


LEDGER = TABLES
HELD = (
    "customers_customer",
    "customers_contact",
    "customers_subscription",
    "customers_term",
    "customers_customerattribute",
)


def test_a_first_import_taken_back_leaves_nothing(company: Company) -> None:
    import_ = imported("customers", "id,name,tier\nc-1,A,gold\nc-2,B,\n", attributes=["tier"])
    done = undone(import_)
    assert numbers(done)["Customers"] == (2, 0, 0)
    assert not Customer.objects.exists()
    assert not CustomerAttribute.objects.exists()
    again = imported("customers", "id,name,tier\nc-1,A,gold\nc-2,B,\n", attributes=["tier"])
    assert outcome(again) == (2, 0, 0, 0)


def test_facts_are_closed_and_come_again(company: Company) -> None:
    imported("customers", CUSTOMERS)
    import_ = imported("tickets", TICKETS)
    assert numbers(undone(import_)) == {"Tickets": (2, 0, 0)}
    assert not Ticket.objects.current().exists()
    closed_by = Ticket.objects.values_list("closed_by__label", flat=True)
    assert set(closed_by) == {"Undo of file.csv"}
    assert outcome(imported("tickets", TICKETS)) == (2, 0, 0, 0)


def test_what_was_replaced_comes_back_as_a_new_version(company: Company) -> None:
    imported("customers", CUSTOMERS)
    first = imported("tickets", TICKETS)
    second = imported("tickets", TICKETS.replace("One", "Uno"))
    assert numbers(undone(second)) == {"Tickets": (0, 1, 0)}
    back = Ticket.objects.current().get(external_id="t-1")
    assert back.subject == "One"
    assert back.source_id == first.source_id
    assert Ticket.objects.filter(external_id="t-1").count() == 3
    # and so the first can be taken back as well
    assert numbers(undone(first)) == {"Tickets": (2, 0, 0)}
    assert not Ticket.objects.current().exists()


def test_what_somebody_changed_since_stays_and_is_told(company: Company) -> None:
    imported("customers", CUSTOMERS)
    first = imported("tickets", TICKETS)
    imported("tickets", TICKETS.splitlines()[0] + "\nt-1,c-1,2025-01-01,Later\n")
    done = undone(first)
    assert numbers(done) == {"Tickets": (1, 0, 1)}
    assert done.kept == ["Tickets: t-1"]
    assert Ticket.objects.current().get().subject == "Later"


def test_terms_and_the_ledger_are_as_before(company: Company) -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", SUBSCRIPTIONS)
    ledger.refresh()
    before = rows(*HELD, *LEDGER)
    assert before["metrics_movement"]
    content = (
        "customer,subscription id,amount,start,end\n"
        "c-1,s-1,12,2025-01-01,\nc-1,s-1,20,2025-06-01,\nc-2,s-2,5,2025-02-01,\n"
    )
    import_ = imported("subscriptions", content)
    ledger.refresh()
    assert rows(*LEDGER) != rows()
    assert rows(*LEDGER)["metrics_movement"] != before["metrics_movement"]
    done = undone(import_)
    assert numbers(done) == {"Terms": (2, 1, 0), "Subscriptions": (1, 0, 0)}
    ledger.refresh()
    assert rows(*HELD, *LEDGER) == before
    ledger.rebuild()
    assert rows(*LEDGER) == {table: before[table] for table in LEDGER}
    again = imported("subscriptions", content)
    assert outcome(again) == (2, 1, 0, 0)


def test_terms_under_later_ones_stay(company: Company) -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", SUBSCRIPTIONS)
    second = imported("subscriptions", SUBSCRIPTIONS.replace(",10,", ",12,"))
    imported("subscriptions", SUBSCRIPTIONS.replace(",10,", ",15,"))
    done = undone(second)
    assert [(e.removed, e.restored, e.kept) for e in done.effects] == [(0, 0, 1)]
    assert Term.objects.current().get().amount == 15


def test_overwritten_values_come_back(company: Company) -> None:
    imported("customers", "id,name,joined\nc-1,Alpha,2024-01-01\nc-2,Beta,\n")
    imported("contacts", "customer,email,name,contact id,title\nc-1,a@x.example,Ann,p-1,CFO\n")
    before = rows("customers_customer", "customers_contact")
    customers = imported("customers", "id,name,joined\nc-1,Omega,2024-05-05\nc-2,Beta,\n")
    contacts = imported(
        "contacts", "customer,email,name,contact id,title\nc-1,b@x.example,Bob,p-1,\n"
    )
    assert rows("customers_customer", "customers_contact") != before
    assert numbers(undone(contacts)) == {"Contacts": (0, 1, 0)}
    assert numbers(undone(customers)) == {"Customers": (0, 1, 0)}
    assert rows("customers_customer", "customers_contact") == before


def test_a_value_overwritten_again_since_stays(company: Company) -> None:
    imported("customers", CUSTOMERS)
    second = imported("customers", "id,name,joined\nc-1,Second,2024-05-05\n")
    imported("customers", "id,name\nc-1,Third\n")
    done = undone(second)
    assert numbers(done) == {"Customers": (0, 1, 1)}  # the day came back, the name stayed
    customer = Customer.objects.get(external_id="c-1")
    assert (customer.name, customer.signed_up_on) == ("Third", None)


def test_an_address_that_somebody_else_has_now_does_not_come_back(company: Company) -> None:
    imported("customers", CUSTOMERS)
    head = "customer,email,contact id\n"
    imported("contacts", head + "c-1,a@x.example,p-1\nc-1,k@x.example,p-2\n")
    second = imported("contacts", head + "c-1,b@x.example,p-1\nc-1,l@x.example,p-2\n")
    imported("contacts", head + "c-1,a@x.example,p-9\n")
    undone_ = start_undo(import_=second, by=None)
    import_work.work_on(import_id=undone_.pk)
    emails = dict(Contact.objects.values_list("external_id", "email"))
    assert emails == {"p-1": "b@x.example", "p-2": "k@x.example", "p-9": "a@x.example"}


def test_customers_that_something_hangs_on_stay(company: Company) -> None:
    import_ = imported("customers", CUSTOMERS)
    imported("subscriptions", SUBSCRIPTIONS)
    done = undone(import_)
    assert numbers(done)["Customers"] == (1, 0, 1)
    assert done.kept == ["Customers: c-1"]
    assert Customer.objects.get().external_id == "c-1"


def test_all_files_taken_back_in_turn_leave_nothing(company: Company) -> None:
    imports = [
        imported("customers", CUSTOMERS),
        imported("contacts", "customer,email\nc-1,a@x.example\n"),
        imported("subscriptions", SUBSCRIPTIONS),
        imported("tickets", TICKETS),
        imported("customers", "id,name\nc-1,New name\n"),
    ]
    for import_ in reversed(imports):
        undone(import_)
    for model in (Customer, Contact, Subscription, Term):
        assert not model._default_manager.exists(), model
    assert not Ticket.objects.exists()
    assert not Movement.objects.exists()


def test_attributes_go_back(company: Company) -> None:
    imported("customers", "id,name,tier\nc-1,A,gold\nc-2,B,iron\n", attributes=["tier"])
    before = rows("customers_customerattribute")
    second = imported("customers", "id,name,tier\nc-1,A,tin\nc-2,B,iron\n", attributes=["tier"])
    assert rows("customers_customerattribute") != before
    done = undone(second)
    assert rows("customers_customerattribute") == before
    assert sum(e.restored for e in done.effects) == 1


def test_what_is_said_by_key_since_stays(company: Company) -> None:
    first = imported("customers", CUSTOMERS)
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="key")
    store_rows(
        kind=KINDS["customers"], rows=[{"external_id": "c-1", "name": "By key"}], source=source
    )
    done = undone(first)
    assert numbers(done)["Customers"] == (1, 0, 1)
    assert Customer.objects.get().name == "By key"


def test_everybody_touched_is_on_the_feed(company: Company) -> None:
    imported("customers", CUSTOMERS)
    import_ = imported("tickets", TICKETS)
    Change.objects.all().delete()
    undone(import_)
    changed = Change.objects.filter(customer__isnull=False).values_list("customer__external_id")
    assert {row[0] for row in changed} == {"c-1", "c-2"}


def test_only_what_is_done_is_undone_and_only_once(company: Company) -> None:
    from tests.customers.importing import checked

    waiting = checked("customers", CUSTOMERS)
    with pytest.raises(Refused, match="is checked"):
        start_undo(import_=waiting, by=None)
    import_ = imported("customers", CUSTOMERS)
    undone(import_)
    with pytest.raises(Refused, match="is undone"):
        start_undo(import_=import_, by=None)
    import_work.work_on(import_id=import_.pk)
    assert AuditEntry.objects.filter(action="import.undone").count() == 1


def test_the_page_says_what_it_will_do_and_does_it(
    company: Company, client_of: Callable[..., Client], do_jobs: Callable[..., int]
) -> None:
    client = client_of(company, "manager")
    import_ = imported("customers", CUSTOMERS)
    assert f"/imports/{import_.pk}/undo/" in client.get(f"/imports/{import_.pk}/").content.decode()
    page = client.get(f"/imports/{import_.pk}/undo/").content.decode()
    assert "Customers" in page
    assert "Undo this import" in page
    assert Customer.objects.count() == 2
    assert client_of(company, "viewer").post(f"/imports/{import_.pk}/undo/").status_code == 403
    response = client.post(f"/imports/{import_.pk}/undo/")
    assert response["Location"] == f"/imports/{import_.pk}/"
    assert "being undone" in client.get(f"/imports/{import_.pk}/").content.decode().lower()
    do_jobs(company, queue="ingest")
    assert not Customer.objects.exists()
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "This import was undone" in page
    assert "undone" in client.get("/imports/").content.decode()
    entry = AuditEntry.objects.get(action="import.undone")
    assert entry.actor is not None
    assert entry.actor.email == "manager@acme.example"


def test_history_that_comes_again_is_history_again(company: Company) -> None:
    """Also beside what was told since; what is told for the first time then is not."""
    imported("customers", CUSTOMERS)
    first = imported("tickets", TICKETS)
    subscriptions = imported("subscriptions", SUBSCRIPTIONS)
    undone(first)
    undone(subscriptions)
    first = imported("tickets", TICKETS)
    imported("subscriptions", SUBSCRIPTIONS)
    assert all(Ticket.objects.current().values_list("is_backfilled", flat=True))
    assert all(Term.objects.current().values_list("is_backfilled", flat=True))
    late = TICKETS.replace("t-", "late-")
    imported("tickets", late)
    undone(first)
    imported("tickets", TICKETS + late.partition("\n")[2].replace("late-", "new-"))
    flags = dict(Ticket.objects.current().values_list("external_id", "is_backfilled"))
    assert flags == {
        "t-1": True,
        "t-2": True,
        "late-1": False,
        "late-2": False,
        "new-1": False,
        "new-2": False,
    }
