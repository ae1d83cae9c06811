"""Storing what a request holds: all of it in one transaction, which has to end on the disk."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import orjson
from django.db import IntegrityError, connection, transaction

from customers.erasing.stream import without_erased
from customers.stream.reading import Batch, Call, Problem
from customers.stream.senders import Sender
from customers.usage import keys
from customers.usage.storing import LOOK, Incoming, Stored
from tenants.jobs import enqueue

APPLY = "customers.apply_stream_calls"
# Calls come in bursts: they are applied together, this often.
DELAY = dt.timedelta(seconds=2)
_MARGIN = dt.timedelta(seconds=1)
# Of one request, and of a company; so that a bad sender cannot fill the disk.
PROBLEMS_PER_REQUEST = 20
PROBLEMS_KEPT = 1000


def store(batch: Batch, *, sender: Sender, now: dt.datetime) -> None:
    """Returns when every event and call of the batch is durably stored, once; but for those of
    people who were erased. Raises as `Sender.open` does; nothing is stored then."""
    try:
        _store(batch, sender=sender, now=now, are_new=True)
    except IntegrityError:  # seldom: a sender that had no answer says the same again
        _store(batch, sender=sender, now=now, are_new=False)


@transaction.atomic
def _store(batch: Batch, *, sender: Sender, now: dt.datetime, are_new: bool) -> None:
    """Once; `are_new` as in Incoming.store."""
    incoming = Incoming(batch.events)
    opened = sender.open(LOOK, incoming.asked()) if batch.events else sender.open()
    if opened.is_anybody_erased:
        batch = without_erased(batch)
        incoming = Incoming(batch.events)
    source_id = opened.source_id
    calls = _store_calls(batch.calls, source_id=source_id, now=now) if batch.calls else 0
    counts = Stored(0, 0)
    if batch.events:
        incoming.told(*opened.also)
        counts = incoming.store(source_id=source_id, now=now, are_new=are_new)
    if batch.problems:
        _store_problems(batch.problems, source_id=source_id, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_streamrequest"
            " (received_at, source_id, events, calls, duplicates, problems)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                now,
                source_id,
                counts.stored,
                calls,
                counts.duplicates + len(batch.calls) - calls,
                len(batch.problems),
            ],
        )


def _store_calls(calls: Sequence[Call], *, source_id: int, now: dt.datetime) -> int:
    """How many of the calls are new."""
    by_key: dict[str, Call] = {}
    for call in calls:
        key = hashlib.md5(call.message_id.encode(), usedforsecurity=False).hexdigest()
        by_key.setdefault(key, call)
    # Calls and usage events share one table of keys.
    new = [by_key[key] for key in sorted(keys.take(sorted(by_key), on=now.date()))]
    if not new:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_streamcall"
            " (message_id, received_at, happened_at, body, source_id)"
            " SELECT message_id, %s, happened_at, body::jsonb, %s"
            " FROM unnest(%s::text[], %s::timestamptz[], %s::text[])"
            " AS new (message_id, happened_at, body)",
            [
                now,
                source_id,
                [call.message_id for call in new],
                [call.happened_at for call in new],
                [orjson.dumps(call.body).decode() for call in new],
            ],
        )
        _have_applied(now=now)
    return len(new)


def _have_applied(*, now: dt.datetime) -> None:
    """Queue the job that applies calls, unless it is queued for later anyway: nearly every
    request finds it so and writes nothing. What slips through waits for the periodic job."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM jobs_job"
            " WHERE key = %s AND state = 'queued' AND run_at > %s)",
            [APPLY, now + _MARGIN],
        )
        row = cursor.fetchone()
    if not (row and row[0]):
        enqueue(APPLY, run_at=now + DELAY)


def _store_problems(problems: Sequence[Problem], *, source_id: int, now: dt.datetime) -> None:
    """The first ones, and how many more there were; older ones beyond what is kept go."""
    shown = list(problems[:PROBLEMS_PER_REQUEST])
    if more := len(problems) - len(shown):
        shown.append(Problem("", "", f"{more:,} more events of this request had problems.", ""))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_streamproblem"
            " (received_at, message_id, type, reason, body, source_id)"
            " SELECT %s, message_id, type, reason, body, %s"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"
            " AS new (message_id, type, reason, body)",
            [
                now,
                source_id,
                *(list(column) for column in zip(*(p[:4] for p in shown), strict=True)),
            ],
        )
        cursor.execute(
            "DELETE FROM customers_streamproblem WHERE id IN ("
            " SELECT id FROM customers_streamproblem WHERE id <= ("
            "  SELECT id FROM customers_streamproblem ORDER BY id DESC OFFSET %s LIMIT 1)"
            " ORDER BY id FOR UPDATE SKIP LOCKED)",
            [PROBLEMS_KEPT],
        )
