"""A full rebuild fills fresh tables and puts them in the place of the old ones: real commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from customers.models import Change
from metrics.actions import ledger
from metrics.ledger import build, fresh
from metrics.ledger.build import TABLES
from metrics.models import (
    ContractDay,
    Departure,
    LedgerState,
    Movement,
    MovementPart,
    Recomputation,
    Sale,
    StoredCell,
    StoredSeries,
    StoredSplit,
    StoredValue,
    StoreState,
)
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.test_stored import held

START = date(2026, 1, 10)
SHAPE = """
    SELECT 'column', attname, format_type(atttypid, atttypmod), attnotnull::text, attidentity::text
    FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0
    UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid), conindid::regclass::text, ''
    FROM pg_constraint WHERE conrelid = %(table)s::regclass
    UNION ALL
    SELECT 'index', '', pg_get_indexdef(indexrelid), '', ''
    FROM pg_index WHERE indrelid = %(table)s::regclass
    UNION ALL
    SELECT 'sequence', pg_get_serial_sequence(%(table)s, 'id'), '', '', ''
    UNION ALL
    SELECT 'rights', array_to_string(relacl, ' '), relpersistence::text, '', ''
    FROM pg_class WHERE oid = %(table)s::regclass
"""


@pytest.fixture
def here(committed_company: Company) -> Iterator[Company]:
    yield committed_company
    facts.clear()
    LedgerState.objects.all().delete()


def fetch(query: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())


def shape() -> list[list[tuple[Any, ...]]]:
    return [sorted(fetch(SHAPE, table=table), key=str) for table in TABLES]


def number(table: str) -> int:
    return int(fetch("SELECT %(table)s::regclass::oid::int", table=table)[0][0])


def left_over() -> list[tuple[Any, ...]]:
    return fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%%fresh%%'")


def rows() -> list[Any]:
    return [
        sorted(map(str, model.objects.values_list(*names)))
        for model in (ContractDay, Departure, Movement, MovementPart, Sale)
        for names in [[field.attname for field in model._meta.fields if field.name != "id"]]
    ]


def some_facts() -> None:
    """Who pays for one thing at a time, and who does not."""
    facts.term("a", START, START + timedelta(9), 30, subscription="s", plan_name="Basic")
    facts.term("a", START + timedelta(9), START + timedelta(40), 40, subscription="s")
    facts.term("a", START + timedelta(40), START + timedelta(60), 40, subscription="s")
    facts.term("a", START + timedelta(70), None, 5, subscription="s", plan_name="Pro")
    facts.term("b", START, None, 10)
    facts.term("b", START + timedelta(3), None, 7)
    facts.term("c", START, START + timedelta(9), 10)
    facts.term("c", START + timedelta(9), None, 9, currency="EUR")
    facts.term("d", START, None, 9)
    facts.pause("d", START + timedelta(20), START + timedelta(30))


def test_rows_and_tables_are_as_they_were(here: Company) -> None:
    some_facts()
    before = shape()
    with transaction.atomic():
        ledger.rebuild()  # in place: the transaction goes on
    in_place, old = rows(), number("metrics_movement")
    ledger.rebuild()
    assert number("metrics_movement") != old
    assert rows() == in_place
    assert shape() == before
    assert left_over() == []


def test_it_goes_on_from_there(here: Company) -> None:
    """Rows get numbers of their own, and a second rebuild finds what it needs."""
    some_facts()
    ledger.rebuild()
    Change.objects.create(customer=facts.customer("a"))
    ledger.refresh()
    ledger.rebuild()
    made = rows()
    Change.objects.create(customer=facts.customer("b"))
    ledger.refresh()
    assert rows() == made


def test_changes_of_most_customers_are_a_rebuild(
    here: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "FEW", 4)
    some_facts()
    old = number("metrics_movement")
    for name in ("a", "b", "c"):
        Change.objects.create(customer=facts.customer(name))
    ledger.refresh()
    assert number("metrics_movement") == old
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    for name in ("a", "b", "c", "d"):
        Change.objects.create(customer=facts.customer(name))
    ledger.refresh()
    assert number("metrics_movement") != old
    made = rows()
    ledger.rebuild()
    assert rows() == made


def test_whoever_was_given_rights_keeps_them(here: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON metrics_movement TO PUBLIC")
    given = shape()
    try:
        ledger.rebuild()
        assert shape() == given
        assert any("=r/" in row[1] for row in given[0] if row[0] == "rights")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("REVOKE SELECT ON metrics_movement FROM PUBLIC")


def test_a_long_reader_is_not_waited_for(here: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "PATIENCE_MS", 100)
    facts.term("a", START, None, 10)
    ledger.rebuild()
    facts.term("b", START, None, 10)
    seen: list[int] = []
    is_reading, may_end = threading.Event(), threading.Event()

    def read() -> None:
        try:
            with tenant_context(here), transaction.atomic():
                seen.append(Movement.objects.count())
                is_reading.set()
                assert may_end.wait(60)
                seen.append(Movement.objects.count())
        finally:
            is_reading.set()
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert is_reading.wait(60)
    old = number("metrics_movement")
    ledger.rebuild()
    may_end.set()
    reader.join(60)
    assert seen == [1, 2]
    assert number("metrics_movement") == old
    assert Movement.objects.count() == 2
    assert left_over() == []


def test_the_block_reads_the_new_rows_and_others_the_old(here: Company) -> None:
    """With pages and metrics at work meanwhile, however long what follows takes."""
    facts.term("a", START, None, 10)
    ledger.rebuild()
    facts.term("b", START, None, 10)
    seen: list[int] = []

    def read() -> None:
        try:
            with tenant_context(here):
                seen.append(Movement.objects.count())
        finally:
            connection.close()

    with transaction.atomic():
        build.lock()
        with build.build_all(rules=build.Rules(pause_days=90)):
            assert Movement.objects.count() == 2
            reader = threading.Thread(target=read)
            reader.start()
            reader.join(20)
            assert not reader.is_alive()
    assert seen == [1]
    assert Movement.objects.count() == 2
    assert left_over() == []


def test_values_kept_are_made_of_the_new_rows(here: Company) -> None:
    """Nothing on the change feed says so: only a rebuild can have seen it."""
    facts.term("a", START, None, 10)
    ledger.refresh(keeps=True)
    facts.term("z", START, None, 1000)
    try:
        ledger.rebuild()
        made = held()
        values = StoredValue.objects.filter(series__metric="mrr").values_list("value", flat=True)
        assert max(value or 0 for value in values) == 1010
        with transaction.atomic():
            ledger.rebuild()  # in place
        assert held() == made
    finally:
        for model in (StoredCell, StoredSeries, StoredSplit, StoreState, Recomputation):
            model.objects.all().delete()


def test_reading_other_tables_meanwhile_is_noticed(here: Company) -> None:
    facts.term("a", START, None, 10)
    ledger.rebuild()
    facts.term("b", START, None, 10)

    @transaction.atomic
    def go_astray() -> None:
        build.lock()
        with build.build_all(rules=build.Rules(pause_days=90)), connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {here.schema_name}, public")

    with pytest.raises(RuntimeError, match="search path"):
        go_astray()
    assert Movement.objects.count() == 1
    assert left_over() == []


def test_a_crash_before_the_end_leaves_the_old_tables(
    here: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts.term("a", START, None, 10)
    ledger.rebuild()
    old, before = number("metrics_movement"), shape()
    facts.term("b", START, None, 10)

    def broken(self: fresh.Fresh) -> None:
        raise RuntimeError("the machine went away")

    monkeypatch.setattr(fresh.Fresh, "put_in_place", broken)
    with pytest.raises(RuntimeError):
        ledger.rebuild()
    assert (number("metrics_movement"), shape(), left_over()) == (old, before, [])
    assert Movement.objects.count() == 1


def test_other_companies_keep_their_tables(here: Company) -> None:
    theirs = (
        "SELECT oid FROM pg_class WHERE relname = ANY(%(tables)s)"
        " AND relnamespace <> current_schema()::regnamespace ORDER BY oid"
    )
    before = fetch(theirs, tables=list(TABLES))
    assert before
    ledger.rebuild()
    assert fetch(theirs, tables=list(TABLES)) == before
