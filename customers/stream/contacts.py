"""End users become contacts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from customers.imports.fields import ColumnReading
from customers.imports.kinds import KINDS
from customers.imports.parsing import BadValue
from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.models import StreamSubject
from customers.stream import guarding, problems
from customers.stream.groups import Rows
from customers.stream.rows import store, would_change
from customers.stream.saying import Subject

Waiting = StreamSubject.Waiting
_STAYS = gettext_noop(
    "This contact was brought or changed by something else than a key that only sends events, so"
    " it stays as it is. Say it with a key that may write, from a server."
)
_TAKEN = gettext_noop(
    "The customer has a contact with this address, which was brought by something else than a key"
    " that only sends events: it does not get this id from one. Say it with a key that may write,"
    " from a server; until then the events count for the customer."
)


def store_contacts(
    users: Collection[Subject], *, public: Collection[int], now: dt.datetime
) -> dict[str, str]:
    """Store those who are known well enough; what the others wait for, by their id."""
    held = guarding.held(
        "customers_contact", KNOWN_CONTACTS, {one.external_id for one in users}, public
    )
    customers = _customers({str(one.value("group")) for one in users})
    closed = guarding.closed_addresses(_addresses(users, customers), public)
    states: dict[str, str] = {}
    rows: Rows = defaultdict(list)
    refused: Rows = defaultdict(list)
    for one in users:
        customer = customers.get(str(one.value("group")))
        if one.external_id in held:
            is_open = held[one.external_id]
            names = one.changed - {"group"}
            kept = names if is_open else one.not_public(names)
            if row := _row(one, kept, is_heard=is_open):
                rows[one.source_for(kept)].append(row)
            if (out := (names - kept) & one.news) and (row := _row(one, out)):
                refused[one.source_for(out)].append(row)
        elif customer is None:
            states[one.external_id] = Waiting.CUSTOMER if one.value("group") else Waiting.GROUP
        elif not one.value("email"):
            states[one.external_id] = Waiting.EMAIL
        else:
            is_open = (customer, str(one.value("email")).lower()) not in closed
            names = set(one.said) if is_open else one.not_public(one.said)
            if "email" in names:
                row = _row(one, names, is_heard=is_open)
                rows[one.source_for(names)].append({**row, "customer": one.value("group")})
            else:
                states[one.external_id] = Waiting.WRITER
                _note_taken(one, now=now)
    for source_id, some in rows.items():
        store("contacts", some, source_id, now)
    for source_id, some in refused.items():
        changing = would_change("contacts", some, source_id, now)
        told_of = [(_STAYS, r) for r in some if r["external_id"] in changing]
        problems.note("contacts", told_of, source_id=source_id, now=now)
    return states


def _customers(ids: Collection[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT k.external_id, k.id FROM {KNOWN_CUSTOMERS} k"  # noqa: S608
            " WHERE k.external_id = ANY(%s)",
            [list(ids)],
        )
        return dict(cursor.fetchall())


def _addresses(users: Iterable[Subject], customers: dict[str, int]) -> set[tuple[int, str]]:
    return {
        (customer, str(one.value("email")).lower())
        for one in users
        if one.value("email") and (customer := customers.get(str(one.value("group"))))
    }


def _note_taken(one: Subject, *, now: dt.datetime) -> None:
    if told := one.news & {"email", "group"}:
        row = {"external_id": one.external_id, "email": one.value("email")}
        problems.note("contacts", [(_TAKEN, row)], source_id=one.source_for(told), now=now)


def _row(one: Subject, names: Collection[str], *, is_heard: bool = True) -> dict[str, Any]:
    """The contact's fields that these things say; empty when they say none. `is_heard`: what
    public keys said counts."""
    row: dict[str, Any] = {}
    if "email" in names:
        row["email"] = one.value("email")
    if not {"name", "first", "last"}.isdisjoint(names):
        usable = set(one.said) if is_heard else one.not_public(one.said)
        name, first, last = (
            one.value(part) if part in usable else None for part in ("name", "first", "last")
        )
        row["name"] = name or " ".join(filter(None, [first, last]))
    for name in ("title", "role"):
        if name in names and (role := _role(one.value(name))):
            row["role"] = role
    if "title" in names:
        row["job_title"] = one.value("title")
    if not row:
        return {}
    updated_at = one.updated_at(is_public_heard=is_heard)
    return {**row, "external_id": one.external_id, "updated_at": updated_at}


def _role(text: str) -> str:
    """The role a word names; empty for a job's title that is none."""
    parse = KINDS["contacts"].field("role").type.parser(ColumnReading("", dt.UTC))
    try:
        return str(parse(text))
    except BadValue:
        return ""
