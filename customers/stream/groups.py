"""Groups become customers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from customers.imports.kinds import KINDS
from customers.imports.kinds.attribute_names import names_beyond, too_many_names
from customers.imports.references import KNOWN_CUSTOMERS
from customers.stream import guarding, problems
from customers.stream.rows import store, would_change
from customers.stream.saying import ATTRIBUTE, Subject
from tenants.context import current_company

_STAYS = gettext_noop(
    "This customer was brought or changed by something else than a key that only sends events, so"
    " it stays as it is. Say it with a key that may write, from a server."
)
# Public keys may use up one half of a company's names of attributes.
PUBLIC_SHARE = 2
Rows = dict[int, list[dict[str, Any]]]


def store_customers(
    groups: Collection[Subject], *, public: Collection[int], now: dt.datetime
) -> None:
    held = guarding.held(
        "customers_customer", KNOWN_CUSTOMERS, {one.external_id for one in groups}, public
    )
    others = guarding.attributes_of_others(
        [key for key, is_open in held.items() if is_open], public
    )
    spoken = {one.external_id: _spoken(one, held, others) for one in groups}
    beyond = _beyond(groups, spoken)
    rows: Rows = defaultdict(list)
    refused: Rows = defaultdict(list)
    for one in groups:
        told = set(one.changed) if one.external_id in held else set(one.said)
        names = spoken[one.external_id]
        if kept_out := (told - names) & one.news:
            row = _row(one, kept_out, is_new=False, now=now)
            row.pop("valid_from", None)  # beside what holds today
            refused[one.source_for(kept_out)].append(row)
        names = names - beyond[one.external_id]
        is_new = one.external_id not in held
        if is_new or names:
            source_id = one.source_for(names) if names else one.source_id
            is_heard = held.get(one.external_id, True)
            rows[source_id].append(_row(one, names, is_new=is_new, is_heard=is_heard, now=now))
        _note_beyond(one, beyond[one.external_id], now=now)
    for source_id, some in rows.items():
        store("customers", some, source_id, now)
    for source_id, some in refused.items():
        changing = would_change("customers", some, source_id, now)
        told_of = [(_STAYS, r) for r in some if r["external_id"] in changing]
        problems.note("customers", told_of, source_id=source_id, now=now)


def _spoken(
    one: Subject, held: Mapping[str, bool], others: Collection[tuple[str, str]]
) -> set[str]:
    """What of that which is new may change the customer."""
    if one.external_id not in held:
        return set(one.said)
    if not held[one.external_id]:
        return one.not_public(one.changed)
    return {
        name
        for name in one.changed
        if not one.is_public(name) or (one.external_id, name.removeprefix(ATTRIBUTE)) not in others
    }


def _beyond(groups: Collection[Subject], spoken: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The attributes of each that would be more than a company may have."""
    found: dict[str, set[str]] = {one.external_id: set() for one in groups}
    for is_public, share in ((False, 1), (True, PUBLIC_SHARE)):
        told = {
            one.external_id: {
                name
                for name in spoken[one.external_id]
                if name.startswith(ATTRIBUTE)
                and one.value(name) is not None
                and one.is_public(name) is is_public
            }
            for one in groups
        }
        keys = {name.removeprefix(ATTRIBUTE) for names in told.values() for name in names}
        too_many = names_beyond(keys, share=share)
        for external_id, names in told.items():
            found[external_id] |= {n for n in names if n.removeprefix(ATTRIBUTE) in too_many}
    return found


def _note_beyond(one: Subject, names: Collection[str], *, now: dt.datetime) -> None:
    if not (told := one.news.intersection(names)):
        return
    source_id = one.source_for(told)
    share = PUBLIC_SHARE if source_id in one.public else 1
    reason = too_many_names([name.removeprefix(ATTRIBUTE) for name in told], share=share)
    problems.note(
        "customers", [(reason, {"external_id": one.external_id})], source_id=source_id, now=now
    )


def _row(
    one: Subject, names: Collection[str], *, is_new: bool, now: dt.datetime, is_heard: bool = True
) -> dict[str, Any]:
    """What is new about a group; without a name it is called by its id until one is said."""
    zone = ZoneInfo(current_company().timezone)
    row: dict[str, Any] = {"external_id": one.external_id}
    if one.said:
        row["updated_at"] = one.updated_at(is_public_heard=is_heard)
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
