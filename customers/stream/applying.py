"""Turning identify and group calls into contacts and customers, through the one way in for facts.

What calls say is put together per person and group first (customers.stream.saying), so that their
order of coming does not matter. A person becomes a contact when its customer and its e-mail
address are known; until then it waits, and its events get the customer nevertheless.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from customers.actions.locking import lock_to_write
from customers.erased import erased_among
from customers.erasing.stream import named, reason
from customers.imports.fields import ColumnReading
from customers.imports.kinds import KINDS
from customers.imports.parsing import BadValue
from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.models import StreamCall, StreamProblem, StreamSubject
from customers.stream.rows import store
from customers.stream.saying import ATTRIBUTE, GROUP, USER, Subject, things_said
from customers.usage.waiting import note_changes
from tenants.context import current_company
from tenants.locks import take_lock

PER_TURN = 1000
Waiting = StreamSubject.Waiting
_LOCK = "stream:calls"

_ASSIGN = """
    UPDATE customers_usageevent e SET customer_id = known.customer_id
      FROM unnest(%s::text[], %s::bigint[]) AS known (end_user, customer_id)
     WHERE e.customer_id IS NULL AND e.group_id = '' AND e.end_user = known.end_user
    RETURNING e.customer_id, (e.occurred_at AT TIME ZONE %s)::date
"""


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
    usable = _without_erased(calls, now=now)
    subjects = _subjects_of(usable)
    for call in usable:
        for kind, external_id, name, value in things_said(call.body):
            if name:
                subjects[kind, external_id].hear(
                    name, value, at=call.happened_at, by=call.message_id, source_id=call.source_id
                )
    groups = [one for one in subjects.values() if one.kind == GROUP]
    users = {one.external_id: one for one in subjects.values() if one.kind == USER}
    _store_customers(groups, now=now)
    for one in _waiting_for({one.external_id for one in groups}):
        users.setdefault(one.external_id, one)
    states = _store_contacts(list(users.values()), now=now)
    _keep([*groups, *users.values()], states, now=now)
    StreamCall.objects.filter(pk__in=[call.pk for call in calls]).delete()
    return len(calls)


def _lock() -> None:
    """One at a time. Who writes customers and contacts meanwhile is waited for now, not halfway."""
    take_lock(_LOCK)
    lock_to_write(KINDS["customers"], KINDS["contacts"])


@transaction.atomic
def resume_waiting() -> None:
    """Go on with people whose customer came in some other way meanwhile."""
    _lock()
    now = timezone.now()
    waiting = [
        _subject(row)
        for row in StreamSubject.objects.filter(
            kind=USER, waits_for__in=[Waiting.CUSTOMER, Waiting.EMAIL]
        ).order_by("changed_at")[: 10 * PER_TURN]
    ]
    states = _store_contacts(waiting, now=now)
    _keep(waiting, states, now=now)


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


def _subjects_of(calls: Iterable[StreamCall]) -> dict[tuple[str, str], Subject]:
    """All that the calls are about, with what was said of them before."""
    found: dict[tuple[str, str], Subject] = {}
    for call in calls:
        for kind, external_id, _, _ in things_said(call.body):
            found.setdefault((kind, external_id), Subject(kind, external_id, {}, call.source_id))
    ids = {external_id for _, external_id in found}
    for row in StreamSubject.objects.filter(external_id__in=ids):
        if (row.kind, row.external_id) in found:
            found[row.kind, row.external_id] = _subject(row)
    return found


def _subject(row: StreamSubject) -> Subject:
    return Subject(row.kind, row.external_id, dict(row.said), row.source_id)


def _waiting_for(groups: Collection[str]) -> list[Subject]:
    """People who wait for one of these customers."""
    rows = StreamSubject.objects.filter(waits_for=Waiting.CUSTOMER, said__group__0__in=list(groups))
    return [_subject(row) for row in rows]


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


def _known(table: str, ids: Collection[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT k.external_id, k.id FROM {table} k WHERE k.external_id = ANY(%s)",  # noqa: S608
            [list(ids)],
        )
        return dict(cursor.fetchall())


def _store_customers(groups: Collection[Subject], *, now: dt.datetime) -> None:
    held = _known(KNOWN_CUSTOMERS, {one.external_id for one in groups})
    zone = ZoneInfo(current_company().timezone)
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in groups:
        is_new = one.external_id not in held
        if is_new or one.changed:
            names = one.said.keys() if is_new else one.changed
            rows[one.source_id].append(_customer_row(one, names, is_new, zone, now))
    for source_id, some in rows.items():
        store("customers", some, source_id, now)


def _customer_row(
    one: Subject, names: Collection[str], is_new: bool, zone: ZoneInfo, now: dt.datetime
) -> dict[str, Any]:
    """What is new about a group; without a name it is called by its id until one is said."""
    row: dict[str, Any] = {"external_id": one.external_id}
    if one.said:
        row["updated_at"] = one.updated_at
    fields = {field.name for field in KINDS["customers"].fields}
    attributes: dict[str, Any] = {}
    for name in names:
        key = name.removeprefix(ATTRIBUTE)
        if key == name or key in fields:
            row[key] = one.value(name)
        else:
            attributes[key] = one.value(name)
    if is_new:
        row.setdefault("name", one.external_id)
    if attributes:
        row["attributes"] = attributes
    dated = [one.said[name][1] for name in names if name.startswith(ATTRIBUTE)]
    if dated:  # undated, a value would hold from today on
        day = dt.datetime.fromisoformat(max(dated)).astimezone(zone).date()
        row["valid_from"] = min(day, now.astimezone(zone).date()).isoformat()
    return row


def _store_contacts(users: Collection[Subject], *, now: dt.datetime) -> dict[str, str]:
    """Store those who are known well enough; what the others wait for, by their id."""
    held = _known(KNOWN_CONTACTS, {one.external_id for one in users})
    customers = _known(KNOWN_CUSTOMERS, {str(one.value("group")) for one in users})
    states: dict[str, str] = {}
    theirs: dict[str, int] = {}
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in users:
        customer = customers.get(str(one.value("group")))
        if one.external_id in held:
            if row := _contact_row(one, one.changed - {"group"}):
                rows[one.source_id].append(row)
            continue
        if customer is None:
            states[one.external_id] = Waiting.CUSTOMER if one.value("group") else Waiting.GROUP
        elif not one.value("email"):
            states[one.external_id] = Waiting.EMAIL
            theirs[one.external_id] = customer
        else:
            row = _contact_row(one, one.said.keys())
            rows[one.source_id].append({**row, "customer": one.value("group")})
    for source_id, some in rows.items():
        store("contacts", some, source_id, now)
    _assign(theirs, now=now)
    return states


def _contact_row(one: Subject, names: Collection[str]) -> dict[str, Any]:
    """The contact's fields that these things say; empty when they say none."""
    row: dict[str, Any] = {}
    if "email" in names:
        row["email"] = one.value("email")
    if not {"name", "first", "last"}.isdisjoint(names):
        parts = [one.value("first"), one.value("last")]
        row["name"] = one.value("name") or " ".join(filter(None, parts))
    for name in ("title", "role"):
        if name in names and (role := _role(one.value(name))):
            row["role"] = role
    if not row:
        return {}
    return {**row, "external_id": one.external_id, "updated_at": one.updated_at}


def _role(text: str) -> str:
    """The role a word names; empty for a job's title that is none."""
    parse = KINDS["contacts"].field("role").type.parser(ColumnReading("", dt.UTC))
    try:
        return str(parse(text))
    except BadValue:
        return ""


def _assign(customers: Mapping[str, int], *, now: dt.datetime) -> None:
    """Give the waiting events of end users who are no contacts yet to their customers."""
    if not customers:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ASSIGN, [list(customers), list(customers.values()), current_company().timezone]
        )
        note_changes(set(cursor.fetchall()), now=now)
