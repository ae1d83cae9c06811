"""Terms, pauses and renewals to the ledger's rows, in SQL over sets of customers.

A customer's rows depend on its own terms, pauses and renewals and on nothing else, so the rows of
some customers made anew are the same as those rows of a full rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composed, Identifier

from metrics.ledger import contracts, departures, sales, steady, terms, woven
from metrics.ledger.fresh import Fresh
from metrics.ledger.pauses import IDLE, PAUSED
from metrics.ledger.pauses import PARTS as PAUSED_PARTS

VERSION = 1
"""Goes up when the same facts come to make other rows, or a table of the ledger is new: whatever
was made by another is made anew, at once after migrating (metrics.ledger.migrated)."""

FEW = 1000
"""Of so few customers, rows are replaced however many there are."""

TABLES = (
    "metrics_movement",
    "metrics_movementpart",
    "metrics_sale",
    "metrics_departure",
    "metrics_contractday",
)

DELETE = SQL("""
    WITH parts AS (DELETE FROM metrics_movementpart {these}),
        sales AS (DELETE FROM metrics_sale {these}),
        departures AS (DELETE FROM metrics_departure {these}),
        days AS (DELETE FROM metrics_contractday {these})
    DELETE FROM metrics_movement {these}
""")

# What every statement that makes rows ends with.
STORE = SQL("""
    , stored AS (
        INSERT INTO metrics_movement (customer_id, currency, position, day, kind, amount,
            mrr_before, mrr_after, was_paying, is_paying, previous_day, next_day)
        {made}
    ), {before}stored_part AS (
        INSERT INTO metrics_movementpart (customer_id, currency, plan_id, day, kind, amount,
            mrr_before, mrr_after)
        {made_parts}
    ) {more}
""")

_NOTHING = SQL("")

# Who is woven, for as long as a full build lasts.
LEFT = SQL("CREATE TEMPORARY TABLE metrics_ledger_woven (customer_id bigint)")
NOTE_LEFT = SQL("INSERT INTO metrics_ledger_woven")
IN_LEFT = SQL("AND {column} IN (SELECT customer_id FROM metrics_ledger_woven)")
FORGET_LEFT = SQL("DROP TABLE metrics_ledger_woven")

# A full build reads every term once and sorts: sums over all customers are slow in a hash table,
# and so are joins one by one, which the planner takes when it expects few rows.
BOUNDS = """
    SET LOCAL work_mem = '128MB';
    SET LOCAL maintenance_work_mem = '128MB';
    SET LOCAL enable_hashagg = off;
    SET LOCAL enable_nestloop = off;
"""
UNBOUND = """
    SET LOCAL enable_hashagg TO DEFAULT;
    SET LOCAL enable_nestloop TO DEFAULT;
    SET LOCAL work_mem TO DEFAULT;
    SET LOCAL maintenance_work_mem TO DEFAULT;
"""


@dataclass(frozen=True)
class Rules:
    """What a company says about how movements are made: how long a pause may last, and how late a
    contract may be renewed. `version`: and what we say."""

    pause_days: int
    late_days: int = 0
    version: int = VERSION


def lock() -> None:
    """Be the only writer of the ledger until the transaction ends. Readers go on reading."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE metrics_movement IN SHARE ROW EXCLUSIVE MODE")


def build(customers: Sequence[int], *, rules: Rules) -> None:
    """Make the movements of `customers` anew from their current terms and pauses; who paused and
    is not back by day `rules.pause_days` churns on that day, and a contract renewed up to
    `rules.late_days` late has gone on until then.

    Call it in a transaction that holds `lock()`: others see the old rows or the new ones.
    """
    these = SQL("AND {column} = ANY(%(customers)s)")
    params: dict[str, Any] = asdict(rules) | {"customers": list(customers)}
    with connection.cursor() as cursor:
        cursor.execute(DELETE.format(these=SQL("WHERE customer_id = ANY(%(customers)s)")), params)
        cursor.execute(_steady(these, SQL(""), rules), params)
        left = [row[0] for row in cursor.fetchall()]
        if left:
            of_woven = params | {"customers": left}
            cursor.execute(_woven(these, rules), of_woven)
            cursor.execute(sales.store(_of(these, "held.customer_id")), of_woven)
        cursor.execute(departures.store(_of(these, "held.customer_id")), params)
        cursor.execute(contracts.insert(SQL("customer_id = ANY(%(customers)s)")), params)


def are_many(customers: Sequence[int]) -> bool:
    """Whether making all customers' movements anew takes less than those of so many: a customer
    takes about five times as long where rows are replaced. Estimates how many there are."""
    if len(customers) < FEW:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'customers_customer'::regclass")
        ((known,),) = cursor.fetchall()
    return bool(len(customers) * 5 > known)


@contextmanager
def build_all(*, rules: Rules) -> Iterator[None]:
    """Make the movements of all customers anew, for the block to read.

    Call it last in a transaction that holds `lock()`. The new rows are in fresh tables, which
    take the place of the old ones when the block is over: others read those until then. Within a
    transaction that goes on afterwards, where others would have to wait for its end, rows are
    replaced in place.
    """
    fresh = None if connection.savepoint_ids else Fresh(TABLES)
    with connection.cursor() as cursor:
        cursor.execute(BOUNDS)
        if fresh is None:
            cursor.execute(DELETE.format(these=SQL("")))
        else:
            fresh.make()
        _fill(rules)
        if fresh:
            fresh.finish()
        cursor.execute(UNBOUND)
    yield
    if fresh:
        fresh.put_in_place()


def _fill(rules: Rules) -> None:
    params = asdict(rules)
    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        cursor.execute(_steady(SQL(""), NOTE_LEFT, rules), params)
        if cursor.rowcount:
            cursor.execute("ANALYZE metrics_ledger_woven")
            cursor.execute(_woven(IN_LEFT, rules), params)
            cursor.execute(sales.store(_of(IN_LEFT, "held.customer_id")), params)
        cursor.execute(FORGET_LEFT)
        cursor.execute(departures.store(SQL("")), params)
        cursor.execute(contracts.insert(SQL("true")))


def _steady(these: SQL, left: SQL, rules: Rules) -> Composed:
    """The statement for those of `these` customers that are steady; it ends with `left` and the
    others."""
    return SQL("WITH {paid}, {islands} {store} {left} {woven}").format(
        paid=terms.paid(_of(these, "subscription.customer_id"), late_days=rules.late_days),
        islands=steady.ISLAND.format(pauses=_of(these, "pause.customer_id")),
        store=_store(
            steady.MOVEMENTS,
            steady.PARTS,
            more=SQL(", {}").format(
                steady.SALES.format(renewals=_of(these, "renewal.customer_id"))
            ),
        ),
        left=left,
        woven=steady.WOVEN,
    )


def _woven(these: SQL, rules: Rules) -> Composed:
    """The statement for `these` customers, whatever they are like."""
    return SQL("WITH {paid}, {idle}, {base}, {paused} {store} SELECT").format(
        paid=terms.paid(_of(these, "subscription.customer_id"), late_days=rules.late_days),
        idle=IDLE.format(pauses=_of(these, "pause.customer_id")),
        base=woven.BASE,
        paused=PAUSED,
        store=_store(woven.MOVEMENTS, woven.PARTS, before=SQL("{},").format(PAUSED_PARTS)),
    )


def _of(these: SQL, column: str) -> SQL | Composed:
    return these.format(column=Identifier(*column.split(".")))


def _store(
    made: SQL | Composed,
    made_parts: SQL | Composed,
    *,
    before: SQL | Composed = _NOTHING,
    more: SQL | Composed = _NOTHING,
) -> Composed:
    return STORE.format(made=made, made_parts=made_parts, before=before, more=more)
