"""Usage of a person: the events and roll-ups stay, under a name that is nobody's."""

from __future__ import annotations

from django.db import connection

from customers.erasing.sought import Sought
from customers.models import (
    StreamCall,
    StreamProblem,
    StreamSubject,
    UsageDay,
    UsageSession,
)
from customers.searching import escaped
from customers.stream.saying import LOCK
from tenants.locks import take_lock

ROLL_UPS = tuple(model._meta.db_table for model in (UsageDay, UsageSession))

# Sought.alias_of as SQL; takes the pseudonym and the salt.
_ALIAS = "%s || '-' || left(encode(sha256(convert_to(%s || end_user, 'UTF8')), 'hex'), 8)"


def partitions() -> list[str]:
    """The tables of raw events, oldest first. Costs a query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'customers_usageevent'::regclass ORDER BY c.relname
            """
        )
        return [name for (name,) in cursor.fetchall()]


def rename_events(partition: str, sought: Sought) -> int:
    """The person's events of a partition: theirs no more, and without properties. Reads it once.

    Their days need no new roll-up: the roll-ups are renamed alike.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE "{partition}" SET end_user = {_ALIAS}, properties = NULL
             WHERE lower(end_user) = ANY(%s)
            """,  # noqa: S608 - the name of a table
            [sought.pseudonym, sought.salt, sorted(sought.keys)],
        )
        return int(cursor.rowcount)


def rename_roll_ups(sought: Sought) -> int:
    changed = 0
    with connection.cursor() as cursor:
        for table in ROLL_UPS:
            cursor.execute(
                f"UPDATE {table} SET end_user = {_ALIAS} WHERE lower(end_user) = ANY(%s)",  # noqa: S608
                [sought.pseudonym, sought.salt, sorted(sought.keys)],
            )
            changed += int(cursor.rowcount)
    return changed


def forget_stream(sought: Sought) -> int:
    """What the stream said of the person, and the bodies of what went wrong, go whole: they may
    hold more than we look for. Nobody keeps again meanwhile what was read before."""
    take_lock(LOCK)
    keys = sorted(sought.keys)
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {StreamSubject._meta.db_table}"  # noqa: S608
            " WHERE (kind = 'user' AND lower(external_id) = ANY(%s)) OR said::text ILIKE ANY(%s)",
            [keys, _addresses(sought)],
        )
        changed += int(cursor.rowcount)
        cursor.execute(
            f"""
            DELETE FROM {StreamCall._meta.db_table}
             WHERE lower(body ->> 'userId') = ANY(%s) OR body::text ILIKE ANY(%s)
            """,  # noqa: S608
            [keys, _addresses(sought)],
        )
        changed += int(cursor.rowcount)
        likes = _addresses(sought) + [f'%"{escaped(value)}"%' for value in sought.ids]
        cursor.execute(
            f"UPDATE {StreamProblem._meta.db_table} SET body = '', message_id = ''"  # noqa: S608
            " WHERE body ILIKE ANY(%s)",
            [likes],
        )
        changed += int(cursor.rowcount)
    return changed


def _addresses(sought: Sought) -> list[str]:
    return [f"%{escaped(address)}%" for address in sought.addresses]
