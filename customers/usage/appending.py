"""Events of a file straight into their table, past the stage: rows that need no looking into.

The events go in first and the keys last, all at once and in order: whoever stores the same events
at the same time waits for us, or we for them, never in a circle, and not while a file is read.
What turns out to be held, or to be there twice, is taken out again; seldom, since a file that was
found to repeat much of what is held is staged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from django.db import IntegrityError, connection, transaction

from customers.erased import hash_of
from customers.imports.columns import Block, lines_of
from customers.imports.lines import NULL, copied
from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.imports.staging import Counts, Stage
from customers.usage import keys, partitions
from customers.usage.keeping import late_limit
from customers.usage.quarters import QUARTER_OF_AN_HOUR, day_and_month
from customers.usage.rolling import begin_of
from tenants.context import current_company

if TYPE_CHECKING:
    from psycopg import Copy

# Held in memory while a file is read: ids of customers (or contacts), who was erased, and the
# (customer, day) met since they were last written down.
MOST_KNOWN, MOST_ERASED, MOST_TOUCHED = 200_000, 100_000, 100_000

_COLUMNS = {"customer": "group_id", "external_id": "message_id"}
# What an empty cell, or a column that the file does not have, stands for.
_EMPTY = {"customer": "", "session": "", "kind": "track", "action": "", "item": ""}
_AHEAD = dt.timedelta(days=1)

# By the months, to look at few partitions.
_MINE = """
    FROM customers_usageevent e WHERE e.received_at = %(now)s AND e.source_id = %(source)s
     AND e.occurred_at >= %(begins)s AND e.occurred_at < %(ends)s
"""
_MY_KEYS = f"SELECT md5(e.message_id)::uuid AS key {_MINE}"
# Of events of one id the first in the file stays.
_DELETE_OTHERS = f"""
    WITH kept AS (
        SELECT min(e.id) AS id FROM import_taken t
          JOIN (SELECT id, md5(message_id)::uuid AS key {_MINE}) e USING (key)
         GROUP BY key)
    DELETE {_MINE} AND NOT EXISTS (SELECT FROM kept WHERE kept.id = e.id)
"""  # noqa: S608 - built from constants


def appender(stage: Stage, names: Sequence[str]) -> Appender | None:
    """What takes blocks of these fields (Kind.appender), if it can take most rows of the file:
    they say their ids, and whose they are is known in bounded memory."""
    if "external_id" not in names:
        return None
    owner = "customer" if "customer" in names else "end_user"
    known = _known(owner)
    erased = _erased()
    if known is None or erased is None:
        return None
    return Appender(stage, names, owner, known, erased)


class Appender:
    """Takes the rows of one file; see the module. `stage` has its source."""

    def __init__(
        self,
        stage: Stage,
        names: Sequence[str],
        owner: str,
        known: Mapping[str, str],
        erased: frozenset[str],
    ) -> None:
        self._stage = stage
        self._known = known
        self._erased = erased
        self._zone = stage.zone
        # The places in a block, which begins with the rows' numbers.
        places = {name: place for place, name in enumerate(names, start=1)}
        self._owner = places[owner]
        self._id, self._user = places["external_id"], places["end_user"]
        self._at = places["occurred_at"]
        self._empty = {places[name]: text for name, text in _EMPTY.items() if name in places}
        self._earliest = stage.now - late_limit(current_company())
        self._latest = stage.now + _AHEAD
        self._days: dict[float, dt.date] = {}
        self._months: set[dt.date] = set()
        self._touched: set[tuple[str, dt.date]] = set()
        self._appended = 0
        columns = [_COLUMNS.get(name, name) for name in names]
        constants = {"received_at": stage.now.isoformat(), "source_id": str(stage.source_id)}
        if "kind" not in places:
            constants["kind"] = _EMPTY["kind"]
        self._begin = "\t".join(constants.values()) + "\t"
        self._sql = (
            f"COPY customers_usageevent ({', '.join([*constants, 'customer_id', *columns])})"
            " FROM STDIN"
        )
        self._open = ExitStack()
        self._copy: Copy | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def append(self, block: Block) -> Block | None:
        """Store the rows of a block; returns those that have to be looked into."""
        left = None
        customers, instants = self._customers(block), self._instants(block)
        if None in customers or not self._are_in_time(instants) or NULL in block[self._id]:
            left, block = self._divided(block, customers, instants)
            if not block[0]:
                return left
            customers, instants = self._customers(block), self._instants(block)
        quarters = [at.timestamp() // QUARTER_OF_AN_HOUR for at in instants]
        try:
            days = [self._days[quarter] for quarter in quarters]
        except KeyError:
            self._meet(set(quarters))
            days = [self._days[quarter] for quarter in quarters]
        # Their numbers are not stored, their customers are.
        block[0] = [one for one in customers if one is not None]
        self._touched.update(zip(block[0], days, strict=True))
        for place, text in self._empty.items():
            if NULL in block[place]:
                block[place] = [text if one == NULL else one for one in block[place]]
        self._write(lines_of(block, self._begin).encode())
        self._appended += len(instants)
        if len(self._touched) > MOST_TOUCHED:
            self._note_touched()
        return left

    def finish(self) -> Counts:
        """Take the keys of what was stored; what became of the rows. Call it once, at the end."""
        self._note_touched()
        created = self._take_keys() if self._appended else 0
        return Counts(created, 0, self._appended - created)

    def _write(self, piece: bytes) -> None:
        if self._copy is None:
            cursor = self._open.enter_context(connection.cursor())
            self._copy = self._open.enter_context(cursor.copy(self._sql))
        self._copy.write(piece)

    def _pause(self) -> None:
        """End the COPY, so that the connection can be used; `_write` begins another."""
        self._open.close()
        self._copy = None

    def _customers(self, block: Block) -> list[str | None]:
        found = list(map(self._known.get, block[self._owner]))
        if self._erased:
            users = block[self._user]
            return [
                None if hash_of(user) in self._erased else one
                for user, one in zip(users, found, strict=True)
            ]
        return found

    def _instants(self, block: Block) -> list[dt.datetime]:
        return list(map(dt.datetime.fromisoformat, block[self._at]))

    def _are_in_time(self, instants: Sequence[dt.datetime]) -> bool:
        return min(instants) >= self._earliest and max(instants) <= self._latest

    def _divided(
        self, block: Block, customers: Sequence[str | None], instants: Sequence[dt.datetime]
    ) -> tuple[Block, Block]:
        """The rows to be looked into, and those that need not be."""
        is_plain = [
            customer is not None and one != NULL and self._are_in_time([at])
            for customer, one, at in zip(customers, block[self._id], instants, strict=True)
        ]
        left = [
            [one for one, plain in zip(column, is_plain, strict=True) if not plain]
            for column in block
        ]
        right = [
            [one for one, plain in zip(column, is_plain, strict=True) if plain] for column in block
        ]
        return list(left), list(right)

    def _meet(self, quarters: set[float]) -> None:
        """Quarters of an hour that no row before was of."""
        found = {quarter: day_and_month(quarter, self._zone) for quarter in quarters}
        self._days |= {quarter: day for quarter, (day, _) in found.items()}
        months = {month for _, month in found.values()}
        if not months <= self._months:
            self._pause()
            partitions.make(months)
            self._months |= months

    def _note_touched(self) -> None:
        """The roll-up is asked for when all is written: others would wait to ask for it, too."""
        self._pause()
        lines = [f"{customer}\t{day}\n" for customer, day in self._touched]
        self._touched.clear()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY customers_usagechange (customer_id, day) FROM STDIN") as copy,
        ):
            copy.write("".join(lines))

    def _take_keys(self) -> int:
        """How many were new."""
        params = {
            "now": self._stage.now,
            "source": self._stage.source_id,
            "begins": begin_of(min(self._months), "UTC"),
            "ends": begin_of(partitions.following(max(self._months)), "UTC"),
        }
        execute, day = self._stage.execute, self._stage.now.date()
        execute("SET LOCAL work_mem = '128MB'")
        try:
            with transaction.atomic():
                taken = keys.take_new_of(_MY_KEYS, params, on=day)
        except IntegrityError:
            execute("CREATE TEMPORARY TABLE import_taken (key uuid) ON COMMIT DROP")
            taken = keys.take_of(_MY_KEYS, params, on=day, into="import_taken")
            execute("ANALYZE import_taken")
            execute(_DELETE_OTHERS, params)
            execute("DROP TABLE import_taken")
        execute("SET LOCAL work_mem = DEFAULT")
        return taken


def _known(owner: str) -> dict[str, str] | None:
    """{id as COPY's text: the customer it leads to}; None when there are too many."""
    tables = f"{KNOWN_CUSTOMERS} k"
    customer = "k.id"
    if owner == "end_user":
        tables = f"{KNOWN_CONTACTS} k JOIN customers_contact c ON c.id = k.id"
        customer = "c.customer_id"
    with connection.cursor() as cursor:
        sql = f"SELECT k.external_id, {customer}::text FROM {tables} LIMIT %s"  # noqa: S608
        cursor.execute(sql, [MOST_KNOWN])
        found = {copied(name): one for name, one in cursor.fetchall()}
    return found if len(found) < MOST_KNOWN else None


def _erased() -> frozenset[str] | None:
    """The hashes of who was erased; None when there are too many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM customers_erasedidentity LIMIT %s", [MOST_ERASED])
        found = frozenset(one for (one,) in cursor.fetchall())
    return found if len(found) < MOST_ERASED else None
