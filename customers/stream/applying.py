"""Turning identify and group calls into contacts and customers, through the one way in for facts.

What calls say is put together per person and group first (customers.stream.saying), so that their
order of coming does not matter. A person becomes a contact when its customer and its e-mail
address are known; until then it waits, and its events get the customer nevertheless. What a key
that only sends events says of customers and contacts that came from elsewhere changes nothing
(customers.stream.guarding).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.utils import timezone

from customers.actions.locking import lock_to_write
from customers.erased import erased_among
from customers.erasing.stream import named, reason
from customers.imports.kinds import KINDS
from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.models import StreamCall, StreamProblem, StreamSubject
from customers.stream import guarding, problems
from customers.stream.contacts import store_contacts
from customers.stream.groups import store_customers
from customers.stream.saying import GROUP, LOCK, THINGS_LIMIT, USER, Subject, things_said
from customers.usage.waiting import note_changes
from tenants.context import current_company
from tenants.locks import take_lock

PER_TURN = 1000
Waiting = StreamSubject.Waiting
_TYPES = {GROUP: "customers", USER: "contacts"}

_ASSIGN = f"""
    UPDATE customers_usageevent e SET customer_id = k.id
      FROM customers_streamsubject s JOIN {KNOWN_CUSTOMERS} k
           ON k.external_id = s.said -> 'group' ->> 0
     WHERE s.kind = 'user' AND s.waits_for IN ('email', 'writer')
           AND e.customer_id IS NULL AND e.group_id = '' AND e.end_user = s.external_id
           {{only}}
    RETURNING e.customer_id, (e.occurred_at AT TIME ZONE %s)::date
"""  # noqa: S608 - built from constants
# Whose customer is known now, or who is a contact now.
_RIPE = f"""
    SELECT s.id FROM customers_streamsubject s
     WHERE s.kind = 'user' AND s.waits_for <> '' AND (
           (s.waits_for = 'customer' AND EXISTS (SELECT FROM {KNOWN_CUSTOMERS} k
                                                  WHERE k.external_id = s.said -> 'group' ->> 0))
           OR EXISTS (SELECT FROM {KNOWN_CONTACTS} k WHERE k.external_id = s.external_id))
     ORDER BY s.id LIMIT %s
"""  # noqa: S608 - built from constants


def apply_calls() -> int:
    """Apply all calls that wait; returns how many. Each turn is a transaction. Raises
    KindBusyError while somebody else stores customers or contacts: try again later."""
    done = 0
    while count := _turn():
        done += count
    return done


@transaction.atomic
def _turn() -> int:
    _lock()
    calls = list(StreamCall.objects.order_by("happened_at", "message_id", "pk")[:PER_TURN])
    if not calls:
        return 0
    now = timezone.now()
    public = guarding.public_sources()
    subjects = _subjects_of(usable := _without_erased(calls, now=now), public)
    for call in usable:
        for kind, external_id, name, value in things_said(call.body):
            if name:
                subjects[kind, external_id].hear(
                    name, value, at=call.happened_at, by=call.message_id, source_id=call.source_id
                )
    groups = [one for one in subjects.values() if one.kind == GROUP]
    users = {one.external_id: one for one in subjects.values() if one.kind == USER}
    store_customers(groups, public=public, now=now)
    waited = {
        one.external_id: one
        for one in _waiting_for({one.external_id for one in groups}, public)
        if one.external_id not in users
    }
    states = store_contacts([*users.values(), *waited.values()], public=public, now=now)
    _keep([*groups, *users.values()], states, now=now)
    _note_states(waited.values(), states)
    _assign([*users, *waited], now=now)
    _note_full(subjects.values(), now=now)
    problems.trim()
    StreamCall.objects.filter(pk__in=[call.pk for call in calls]).delete()
    return len(calls)


def _lock() -> None:
    """One at a time. Who writes customers and contacts meanwhile is waited for now, not halfway."""
    take_lock(LOCK)
    lock_to_write(KINDS["customers"], KINDS["contacts"])


@transaction.atomic
def resume_waiting() -> None:
    """Go on with people whose customer came in some other way meanwhile, and give the events of
    those who wait for something else to their customers."""
    _lock()
    now = timezone.now()
    public = guarding.public_sources()
    with connection.cursor() as cursor:
        cursor.execute(_RIPE, [10 * PER_TURN])
        ripe = [pk for (pk,) in cursor.fetchall()]
    waiting = [_subject(row, public) for row in StreamSubject.objects.filter(pk__in=ripe)]
    _note_states(waiting, store_contacts(waiting, public=public, now=now))
    _assign(None, now=now)


def _without_erased(calls: Sequence[StreamCall], *, now: dt.datetime) -> list[StreamCall]:
    """Those that are not about people who were erased since they came; a problem for each."""
    gone = erased_among({value for call in calls for value in named(call.body)})
    kept = []
    problems = []
    for call in calls:
        days = [gone[value] for value in named(call.body) if value in gone]
        if days:
            problems.append(
                StreamProblem(
                    received_at=now,
                    type=call.body["type"],
                    reason=reason(days[0]),
                    source_id=call.source_id,
                )
            )
        else:
            kept.append(call)
    StreamProblem.objects.bulk_create(problems)
    return kept


def _subjects_of(
    calls: Iterable[StreamCall], public: Collection[int]
) -> dict[tuple[str, str], Subject]:
    """All that the calls are about, with what was said of them before."""
    found: dict[tuple[str, str], Subject] = {}
    for call in calls:
        for kind, external_id, _, _ in things_said(call.body):
            new = Subject(kind, external_id, {}, call.source_id, public)
            found.setdefault((kind, external_id), new)
    ids = {external_id for _, external_id in found}
    for row in StreamSubject.objects.filter(external_id__in=ids):
        if (row.kind, row.external_id) in found:
            found[row.kind, row.external_id] = _subject(row, public)
    return found


def _subject(row: StreamSubject, public: Collection[int]) -> Subject:
    return Subject(row.kind, row.external_id, dict(row.said), row.source_id, public)


def _waiting_for(groups: Collection[str], public: Collection[int]) -> list[Subject]:
    """People who wait for one of these customers."""
    rows = StreamSubject.objects.filter(waits_for=Waiting.CUSTOMER, said__group__0__in=list(groups))
    return [_subject(row, public) for row in rows]


def _keep(subjects: Collection[Subject], states: Mapping[str, str], *, now: dt.datetime) -> None:
    StreamSubject.objects.bulk_create(
        [
            StreamSubject(
                kind=one.kind,
                external_id=one.external_id,
                said=one.said,
                waits_for=states.get(one.external_id, "") if one.kind == USER else "",
                changed_at=now,
                source_id=one.source_id,
            )
            for one in subjects
        ],
        update_conflicts=True,
        unique_fields=["kind", "external_id"],
        update_fields=["said", "waits_for", "changed_at", "source"],
    )


def _note_states(users: Iterable[Subject], states: Mapping[str, str]) -> None:
    """What people wait for now of whom nothing was said: they are no younger for it."""
    by_state: dict[str, list[str]] = defaultdict(list)
    for one in users:
        by_state[states.get(one.external_id, "")].append(one.external_id)
    for state, ids in by_state.items():
        StreamSubject.objects.filter(kind=USER, external_id__in=ids).update(waits_for=state)


def _note_full(subjects: Iterable[Subject], *, now: dt.datetime) -> None:
    for one in subjects:
        if one.is_full:
            told = f"Of one {one.kind} {THINGS_LIMIT} things are kept; more than these were said."
            row = {"external_id": one.external_id}
            problems.note(_TYPES[one.kind], [(told, row)], source_id=one.source_id, now=now)


def _assign(users: Collection[str] | None, *, now: dt.datetime) -> None:
    """Give the waiting events of end users (None: of all) who are no contacts yet to their
    customers."""
    only = "" if users is None else "AND s.external_id = ANY(%s)"
    params = [] if users is None else [list(users)]
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN.format(only=only), [*params, current_company().timezone])
        days: dict[dt.date, set[int]] = defaultdict(set)
        for customer_id, day in cursor.fetchall():
            days[day].add(customer_id)
        note_changes(days, now=now)
