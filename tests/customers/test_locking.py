"""One writer per kind: each kind says what it writes, and whoever needs several kinds has all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from customers.actions import locking
from customers.actions.facts import remove_facts, store_rows
from customers.actions.locking import KindBusyError, lock_to_undo
from customers.billing.states import SUBSCRIPTION_STATES
from customers.imports.fields import Kind
from customers.imports.kinds import KINDS
from customers.imports.sourced import unversioned, versioned
from customers.models import Customer, CustomerAttribute, Source, Subscription
from tenants.context import current_company
from tenants.jobs import Job
from tenants.models import Company
from tests.customers.importing import imported
from tests.customers.test_kinds import sample

FACTS = {kind.key for kind in KINDS.values() if kind.group == "facts"}


@contextmanager
def somebody_storing(*keys: str) -> Iterator[None]:
    """Another connection that stores facts of these kinds."""
    with somebody_holding(*(f"facts:{key}" for key in keys)):
        yield


@contextmanager
def somebody_holding(*names: str) -> Iterator[None]:
    """Another connection that has these locks of the company."""
    given = connection.get_connection_params()
    given = {name: given[name] for name in ("dbname", "user", "host", "port") if name in given}
    with psycopg.connect(**given) as other:
        other.execute("SET lock_timeout = '5s'")
        for name in names:
            other.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"{current_company().schema_name}:{name}"],
            )
        yield


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE", "50ms")


@pytest.fixture
def source(company: Company) -> Source:
    return Source.objects.create(kind=Source.Kind.API_KEY, label="a test")


def kinds_of_rows(source_id: int) -> set[str]:
    """The kinds of which a source made or closed rows."""
    owner = {kind.model: key for key, kind in KINDS.items() if key in FACTS and kind.model}
    owner |= {CustomerAttribute: "customers", Subscription: "subscriptions"}
    found = set()
    for model in [*versioned(), *unversioned()]:
        rows = model._default_manager.filter(source=source_id)
        closed = model in versioned() and model._default_manager.filter(closed_by=source_id)
        if model in owner and (rows.exists() or (closed and closed.exists())):
            found.add(owner[model])
    return found


def test_every_kind_writes_what_it_says_and_nothing_else(company: Company) -> None:
    known = [kind for kind in KINDS.values() if kind.group == "facts"]
    others = [kind for kind in KINDS.values() if kind.group != "facts"]
    for kind in [*known, *others]:
        import_ = imported(kind.key, sample(kind.key))
        assert import_.source_id is not None
        assert kinds_of_rows(import_.source_id) <= kind.written, kind.key
    for kind in KINDS.values():
        assert kind.written <= FACTS, kind.key  # the names of locks are those of facts


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (KINDS["invoice_lines"], ("customers", "invoices", "subscriptions")),
        (SUBSCRIPTION_STATES, ("customers", "pauses", "subscriptions")),
        (KINDS["tickets"], ("tickets", "ticket_stages")),
        (KINDS["contacts"], ("contacts",)),
    ],
)
def test_what_a_kind_writes_nobody_else_writes(
    source: Source, kind: Kind, others: tuple[str, ...]
) -> None:
    for key in others:
        with somebody_storing(key), pytest.raises(KindBusyError):
            store_rows(kind=kind, rows=[], source=source)
    with somebody_storing(*(FACTS - set(others))):
        store_rows(kind=kind, rows=[], source=source)


@pytest.mark.parametrize("key", ["stripe_invoices", "stripe_subscriptions", "contacts"])
def test_an_undo_that_deletes_what_others_hang_on_has_every_kind(
    company: Company, key: str
) -> None:
    with somebody_storing("notes"), pytest.raises(KindBusyError), transaction.atomic():
        lock_to_undo(KINDS[key])


def test_an_undo_of_facts_alone_does_not(company: Company) -> None:
    with somebody_storing("contacts", "customers"):
        lock_to_undo(KINDS["notes"])


def test_removing_a_customer_has_every_kind(source: Source) -> None:
    store_rows(kind=KINDS["customers"], rows=[{"external_id": "c", "name": "C"}], source=source)
    with somebody_storing("reviews"), pytest.raises(KindBusyError):
        remove_facts(kind=KINDS["customers"], external_ids=["c"], source=source)
    assert Customer.objects.exists()
    remove_facts(kind=KINDS["customers"], external_ids=["c"], source=source)
    assert not Customer.objects.exists()


def test_the_figures_are_computed_anew_only_when_something_changed(source: Source) -> None:
    row = {"external_id": "c", "name": "C"}
    store_rows(kind=KINDS["customers"], rows=[row], source=source)
    assert Job.objects.filter(kind="metrics.refresh").exists()
    Job.objects.all().delete()
    store_rows(kind=KINDS["customers"], rows=[row], source=source)
    assert not Job.objects.filter(kind="metrics.refresh").exists()
