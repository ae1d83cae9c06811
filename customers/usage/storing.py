"""Storing usage events as they come in: each once, with its customer where that is known.

The ways in are the event stream (here) and files (customers.imports.kinds.usage). Both find the
customer alike: a group says it alone (it may come in later); else the end user who is a contact.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from django.db import IntegrityError, connection

from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.usage import keys, partitions
from customers.usage.quarters import QUARTER_OF_AN_HOUR, day_and_month
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
_TABS = 12
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

# What has to be known before anything is written, as columns of one row.
LOOK = f"""
    (SELECT json_object_agg(k.external_id, k.id)::text
       FROM {KNOWN_CUSTOMERS} k WHERE k.external_id = ANY(%s::text[])),
    (SELECT json_object_agg(k.external_id, c.customer_id)::text
       FROM {KNOWN_CONTACTS} k JOIN customers_contact c ON c.id = k.id
      WHERE k.external_id = ANY(%s::text[])),
    EXISTS (SELECT FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL)
"""  # noqa: S608 - built from constants


def store_events(
    events: Sequence[NewEvent] | Sequence[Event], *, source_id: int, now: dt.datetime
) -> Stored:
    """Store the events that are not held yet, in the caller's transaction.

    A few round trips whatever their number. Their customers' days are put on the list of what
    has to be rolled up, and the job that does it is queued.
    """
    if not events:
        return Stored(0, 0)
    incoming = Incoming(events)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LOOK}", incoming.asked())
        incoming.told(*cursor.fetchone())
    return incoming.store(source_id=source_id, now=now)


class Incoming:
    """Events that are about to be stored, each once: what has to be looked up for them, and then
    the storing, in one transaction."""

    def __init__(self, events: Sequence[NewEvent] | Sequence[Event]) -> None:
        self._count = len(events)
        self._zone = current_company().timezone
        self._by_key: dict[str, Event] = {}
        md5 = hashlib.md5
        for event in events:
            key = md5(event[9].encode(), usedforsecurity=False).hexdigest()
            if key not in self._by_key:
                self._by_key[key] = event
        unique = self._by_key.values()
        self._quarters = [event[0].timestamp() // QUARTER_OF_AN_HOUR for event in unique]
        days = {quarter: day_and_month(quarter, self._zone) for quarter in set(self._quarters)}
        self._days = {quarter: day for quarter, (day, _) in days.items()}
        self._months = {month for _, month in days.values()}
        self._customers: dict[str, int] = {}
        self._contacts: dict[str, int] = {}

    def asked(self) -> list[str]:
        """What goes into `LOOK`."""
        unique = self._by_key.values()
        return [
            text_array({event[2] for event in unique}),
            text_array({event[1] for event in unique if not event[2]}),
            text_array([partitions.partition_name(month) for month in self._months]),
        ]

    def told(self, customers: str | None, contacts: str | None, is_month_missing: bool) -> None:
        """What `LOOK` found. Makes the partitions that are missing."""
        self._customers = orjson.loads(customers) if customers else {}
        self._contacts = orjson.loads(contacts) if contacts else {}
        if is_month_missing:
            partitions.make(self._months)

    def store(self, *, source_id: int, now: dt.datetime, are_new: bool = False) -> Stored:
        """Store those that are not held yet.

        `are_new`: the caller believes that none is, which is faster; raises IntegrityError when
        one is. Nothing is stored then: try again without, in a new transaction.
        """
        # In order: calls that share some keys wait for each other, never in a circle.
        wanted = sorted(self._by_key)
        new: Container[str] = self._by_key
        stored = len(wanted)
        if are_new:
            keys.insert_new(wanted, on=now.date())
        else:
            taken = keys.take(wanted, on=now.date())
            stored = len(taken)
            if stored < len(wanted):
                new = taken
        if stored:
            touched: dict[dt.date, set[int]] = {day: set() for day in self._days.values()}
            _copy(self._text(new, touched, source_id=source_id, received=now.isoformat()))
            if not are_new:
                note_changes(touched, now=now)
            elif note_changes(touched, now=now, also=keys.IS_IN_OLD, params=[keys.array(wanted)]):
                raise IntegrityError("a key of a message is held already")
        return Stored(stored, self._count - stored)

    def _text(
        self,
        new: Container[str],
        touched: Mapping[dt.date, set[int]],
        *,
        source_id: int,
        received: str,
    ) -> str:
        """The events of the new keys as COPY's text; notes what they touch."""
        rows = []
        groups, users, days = self._customers, self._contacts, self._days
        for (key, event), quarter in zip(self._by_key.items(), self._quarters, strict=True):
            if key not in new:
                continue
            customer = groups.get(event[2]) if event[2] else users.get(event[1])
            if customer is not None:
                touched[days[quarter]].add(customer)
            rows.append((event, _NULL if customer is None else customer))
        middle = f"\t{received}\t{source_id}\t"
        text = "".join([_line(event, middle, customer) for event, customer in rows])
        nulls = sum((event[8] is None) + (customer is _NULL) for event, customer in rows)
        # Looked at all at once: hardly ever does one have to be escaped.
        if (
            text.count("\\") != nulls
            or text.count("\t") != _TABS * len(rows)
            or text.count("\n") != len(rows)
            or "\r" in text
        ):
            return "".join([_line(_escaped(event), middle, customer) for event, customer in rows])
        return text


def _line(event: Event, middle: str, customer: int | str) -> str:
    at, user, group, session, kind, name, action, item, properties, message_id = event
    return (
        f"{at.isoformat()}{middle}{customer}\t{user}\t{group}\t{session}\t{kind}\t{name}\t{action}"
        f"\t{item}\t{message_id}\t{properties or _NULL}\n"
    )


def _escaped(event: Event) -> Event:
    at, *texts = event
    return (at, *(text and text.translate(_ESCAPES) for text in texts))  # type: ignore[return-value]


def _copy(text: str) -> None:
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
    ):
        copy.write(text.encode())


def text_array(texts: Iterable[str]) -> str:
    """A text[] as PostgreSQL writes it: psycopg takes ten times as long over each element."""
    every = list(texts)
    if not every:
        return "{}"
    joined = '","'.join(every)
    if "\\" in joined or joined.count('"') != 2 * len(every) - 2:
        joined = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in every)
    return f'{{"{joined}"}}'
