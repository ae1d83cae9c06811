"""Storing usage events as they come in: each once, with its customer where that is known.

The ways in are the event stream (here) and files (customers.imports.kinds.usage). Both find the
customer alike: a group says it alone (it may come in later); else the end user who is a contact.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.usage import partitions
from customers.usage.waiting import note_changes
from tenants.context import current_company


class NewEvent(NamedTuple):
    """An event to store. Texts of up to 200 characters (`properties`: any, JSON as text), valid
    for PostgreSQL: no NUL, no lone surrogate. `occurred_at` is aware and within the time that
    raw events are kept; `message_id` is not empty. A plain tuple in this order will do."""

    occurred_at: dt.datetime
    end_user: str
    group_id: str
    session: str
    kind: str
    name: str
    action: str
    item: str
    properties: str | None
    message_id: str


# What a NewEvent is made of; whoever is in a hurry makes plain tuples.
Event = tuple[dt.datetime, str, str, str, str, str, str, str, str | None, str]


@dataclass(frozen=True)
class Stored:
    """How many events were new, and how many were held already (or came twice in the call)."""

    stored: int
    duplicates: int


_COPY = (
    "COPY customers_usageevent (occurred_at, received_at, source_id, customer_id, end_user,"
    " group_id, session, kind, name, action, item, message_id, properties) FROM STDIN"
)
_TABS = 7
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_QUARTER_OF_AN_HOUR = 900

# What has to be known before anything is written, in one round trip.
_LOOK = f"""
    SELECT 0, k.external_id, k.id FROM {KNOWN_CUSTOMERS} k WHERE k.external_id = ANY(%s::text[])
    UNION ALL
    SELECT 1, k.external_id, c.customer_id
      FROM {KNOWN_CONTACTS} k JOIN customers_contact c ON c.id = k.id
     WHERE k.external_id = ANY(%s::text[])
    UNION ALL
    SELECT 2, name, NULL FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL
"""  # noqa: S608 - built from constants
# In order of the keys: calls that share some wait for each other, never in a circle. Which keys
# are new is only told when not all of them are.
_TAKE_KEYS = """
    WITH taken AS (
        INSERT INTO customers_usagekey (key, received_on)
        SELECT key, %s FROM unnest(%s::uuid[]) AS key
        ON CONFLICT DO NOTHING RETURNING key)
    SELECT CASE WHEN count(*) < %s THEN string_agg(encode(uuid_send(key), 'hex'), ' ') END,
           count(*) FROM taken
"""


def store_events(
    events: Sequence[NewEvent] | Sequence[Event], *, source_id: int, now: dt.datetime
) -> Stored:
    """Store the events that are not held yet, in the caller's transaction.

    A few round trips whatever their number. Their customers' days are put on the list of what
    has to be rolled up, and the job that does it is queued.
    """
    by_key: dict[str, Event] = {}
    md5 = hashlib.md5
    for event in events:
        key = md5(event[9].encode(), usedforsecurity=False).hexdigest()
        if key not in by_key:
            by_key[key] = event
    if not by_key:
        return Stored(0, 0)
    batch = _Batch(by_key, current_company().timezone)
    with connection.cursor() as cursor:
        wanted = f"{{{','.join(sorted(by_key))}}}"
        cursor.execute(_TAKE_KEYS, [now.date(), wanted, len(by_key)])
        keys, stored = cursor.fetchone()
        if stored:
            new = by_key if keys is None else set(keys.split())
            lines = batch.lines(new, source_id=source_id, now=now)
            with cursor.copy(_COPY) as copy:
                copy.write("".join(lines).encode())
    note_changes(batch.touched, now=now)
    return Stored(stored, len(events) - stored)


class _Batch:
    """Events by key, with what had to be looked up for them. Makes the partitions they need.

    `touched`: the (customer, day) of the lines made.
    """

    def __init__(self, by_key: dict[str, Event], zone: str) -> None:
        self._by_key = by_key
        self._zone = ZoneInfo(zone)
        self.touched: set[tuple[int, dt.date]] = set()
        groups = {event[2] for event in by_key.values()}
        users = {event[1] for event in by_key.values() if not event[2]}
        # Offsets of time zones are quarters of an hour: all instants of one fall on one day.
        self._quarters = {
            key: event[0].timestamp() // _QUARTER_OF_AN_HOUR for key, event in by_key.items()
        }
        self._days: dict[float, dt.date] = {}
        months: set[dt.date] = set()
        for quarter in set(self._quarters.values()):
            at = dt.datetime.fromtimestamp(quarter * _QUARTER_OF_AN_HOUR, dt.UTC)
            months.add(partitions.month_of(at.date()))
            self._days[quarter] = at.astimezone(self._zone).date()
        self._customers: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self._look(groups, users, months)

    def _look(self, groups: set[str], users: set[str], months: set[dt.date]) -> None:
        names = [partitions.partition_name(month) for month in months]
        is_missing = False
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, [text_array(groups), text_array(users), text_array(names)])
            for what, name, found in cursor.fetchall():
                if what == 2:
                    is_missing = True
                else:
                    self._customers[what][name] = found
        if is_missing:
            partitions.make(months)

    def lines(self, keys: Container[str], *, source_id: int, now: dt.datetime) -> list[str]:
        """The events of these keys as COPY's text; notes what they touch."""
        groups, users = self._customers
        received = now.isoformat()
        quarters, days, touched = self._quarters, self._days, self.touched
        lines = []
        for key, event in self._by_key.items():
            if key not in keys:
                continue
            at, user, group, session, kind, name, action, item, properties, message_id = event
            customer = groups.get(group) if group else users.get(user)
            if customer is None:
                shown = "\\N"
            else:
                shown = str(customer)
                touched.add((customer, days[quarters[key]]))
            texts = f"{user}\t{group}\t{session}\t{kind}\t{name}\t{action}\t{item}\t{message_id}"
            if "\\" in texts or "\n" in texts or "\r" in texts or texts.count("\t") != _TABS:
                texts = _escaped(user, group, session, kind, name, action, item, message_id)
            if properties is None:
                properties = "\\N"
            elif "\\" in properties or not properties.isprintable():
                properties = properties.translate(_ESCAPES)
            lines.append(
                f"{at.isoformat()}\t{received}\t{source_id}\t{shown}\t{texts}\t{properties}\n"
            )
        return lines


def text_array(texts: Iterable[str]) -> str:
    """A text[] as PostgreSQL writes it: psycopg takes ten times as long over each element."""
    every = list(texts)
    if not every:
        return "{}"
    joined = '","'.join(every)
    if "\\" in joined or joined.count('"') != 2 * len(every) - 2:
        joined = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in every)
    return f'{{"{joined}"}}'


def _escaped(*texts: str) -> str:
    return "\t".join(text.translate(_ESCAPES) for text in texts)
