"""The keys by which repeats of messages are known: md5 of the message id, as hex or a uuid.

Keys come in no order. In one large index nearly each would change another page, which PostgreSQL
then writes to its log as a whole; so they are taken in a small table (`RECENT`) and moved into the
large one (`OLD`) in their order, once a day. A key that is held is in one of the two.

**The rule** by which no key is taken twice, also while it is being moved, without a lock:

1. whoever takes keys inserts them into RECENT, in their order, and looks for them in OLD *in a
   statement of its own*, which sees all that was committed until then. If a key is just being
   moved, inserting it waits until that is committed, and then it is seen in OLD;
2. what is found in OLD was not taken: its row in RECENT goes again before anybody sees it;
3. whoever forgets keys deletes from RECENT first, and from OLD in another statement.

Every function but `move` and `forget_before` is part of the caller's transaction, which has to be
READ COMMITTED.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

RECENT: Final = "customers_usagekeyrecent"
OLD: Final = "customers_usagekeyold"
# All that is held, to be read from: (key, received_on). One statement sees each key once.
HELD: Final = (
    f"(SELECT key, received_on FROM {RECENT}"  # noqa: S608 - built from constants
    f" UNION ALL SELECT key, received_on FROM {OLD})"
)
# Moved in one transaction: whoever takes one of these keys waits as long.
MOVED_AT_ONCE = 10_000

# Keys come back as one text: as a list they would take psycopg its time. Which ones are new is
# only told when not all of them are.
_HEX = "string_agg(encode(uuid_send(key), 'hex'), ' ')"
_TAKE = f"""
    WITH taken AS (
        INSERT INTO {RECENT} (key, received_on)
        SELECT key, %s FROM unnest(%s::uuid[]) AS key
        ON CONFLICT DO NOTHING RETURNING key)
    SELECT CASE WHEN count(*) < %s THEN coalesce({_HEX}, '') END FROM taken
"""  # noqa: S608 - built from constants
_IN_OLD = f"SELECT {_HEX} FROM {OLD} WHERE key = ANY(%s::uuid[])"  # noqa: S608
# Nobody sees a key in both, but for the transaction that has just taken it.
_GIVE_BACK = f"""
    DELETE FROM {RECENT} r USING {OLD} o WHERE r.key = o.key
"""  # noqa: S608 - built from constants
# Keys that somebody else is deleting stay for the next time: nobody waits for us in a circle.
_MOVE = f"""
    WITH due AS MATERIALIZED (
        SELECT key FROM {RECENT} WHERE received_on < %(day)s AND key >= %(first)s
         ORDER BY key LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ), moved AS (
        DELETE FROM {RECENT} r USING due WHERE r.key = due.key RETURNING r.key, r.received_on
    ), kept AS (
        INSERT INTO {OLD} (key, received_on)
        SELECT key, received_on FROM moved ORDER BY key ON CONFLICT DO NOTHING
    )
    SELECT count(*), (SELECT key FROM due ORDER BY key DESC LIMIT 1) FROM due
"""  # noqa: S608 - built from constants
_FIRST = "00000000-0000-0000-0000-000000000000"


# Whether one of these keys is in OLD; for a statement of the caller's.
IS_IN_OLD: Final = f"EXISTS (SELECT FROM {OLD} WHERE key = ANY(%s::uuid[]))"


def insert_new(keys: Sequence[str], *, on: dt.date) -> None:
    """The first half of taking keys that the caller believes nobody holds, each once and in
    order. The caller asks `IS_IN_OLD`, with `array(keys)`, in a later statement of its
    transaction. Raises IntegrityError when one is held, as the caller does when one is there:
    roll back, and `take` them."""
    received = f"\t{on}\n"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {RECENT} (key, received_on) FROM STDIN") as copy,
    ):
        copy.write(f"{received.join(keys)}{received}".encode())


def take(keys: Sequence[str], *, on: dt.date) -> set[str]:
    """Take keys, each once and in order; returns those that nobody held."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [on, array(keys), len(keys)])
        (taken,) = cursor.fetchone()
        new = keys if taken is None else sorted(taken.split())
        held = _in_old(new)
        if held:
            cursor.execute(f"{_GIVE_BACK} AND r.key = ANY(%s::uuid[])", [array(held)])
    return set(new).difference(held)


def take_new_of(select: str, params: Mapping[str, Any], *, on: dt.date) -> int:
    """Take the keys that a query gives (a column `key`, any number of rows) and that the caller
    believes nobody holds; how many. Raises IntegrityError when one is held, or is there twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RECENT} (key, received_on)"  # noqa: S608 - constants, and the caller's
            f" SELECT key, %(received_on)s FROM ({select}) AS wanted ORDER BY key",
            {**params, "received_on": on},
        )
        taken = int(cursor.rowcount)
        if taken:
            cursor.execute(_GIVE_BACK)
            if cursor.rowcount:
                raise IntegrityError("a key of a message is held already")
    return taken


def take_of(select: str, params: Mapping[str, Any], *, on: dt.date, into: str) -> int:
    """Take the keys that a query gives as far as nobody holds them, each once. They are put into
    the (temporary) table `into`, of one column `key`, which is empty; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH taken AS (
                INSERT INTO {RECENT} (key, received_on)
                SELECT DISTINCT key, %(received_on)s::date FROM ({select}) AS wanted ORDER BY key
                ON CONFLICT DO NOTHING RETURNING key)
            INSERT INTO {into} SELECT key FROM taken
            """,  # noqa: S608 - built from constants, and the caller's
            {**params, "received_on": on},
        )
        taken = int(cursor.rowcount)
        cursor.execute(
            f"WITH held AS ({_GIVE_BACK} RETURNING r.key)"  # noqa: S608 - built from constants
            f" DELETE FROM {into} i USING held WHERE i.key = held.key"
        )
        return taken - int(cursor.rowcount)


def forget_of(table: str) -> None:
    """Forget the keys that are in a (temporary) table with a column `key`."""
    with connection.cursor() as cursor:
        for held in (RECENT, OLD):  # in this order: see the module
            cursor.execute(f"DELETE FROM {held} WHERE key IN (SELECT key FROM {table})")  # noqa: S608


def forget_before(day: dt.date) -> int:
    """Forget the keys that came before the day; how many."""
    forgotten = 0
    with connection.cursor() as cursor:
        for held in (RECENT, OLD):
            cursor.execute(f"DELETE FROM {held} WHERE received_on < %s", [day])  # noqa: S608
            forgotten += int(cursor.rowcount)
    return forgotten


def move(*, before: dt.date) -> int:
    """Move the keys that came before the day into the old table, in their order, so that each
    page of its index is changed once; how many. Each turn is a transaction: what is moved stays
    moved if it is broken off, and the next time goes on."""
    first, count = _FIRST, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_MOVE, {"day": before, "first": first, "most": MOVED_AT_ONCE})
            moved, last = cursor.fetchone()
        count += int(moved)
        if moved < MOVED_AT_ONCE:
            return count
        first = last


def _in_old(keys: Sequence[str]) -> list[str]:
    """Those of the keys that are in the old table."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_OLD, [array(keys)])
        row = cursor.fetchone()
    return row[0].split() if row and row[0] else []


def array(keys: Sequence[str]) -> str:
    return f"{{{','.join(keys)}}}"
