"""What a filter is: what it is called, which values it takes, and its SQL. Those of a choice are
checked, and become a condition.

Those of facts that surveys may know are in `surveys.audience.own_filters`; a higher app adds its
own (csm_portal.registries).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from surveys.audience.choice import ALL, ATTRIBUTE, PICKED, AudienceError, Choice, Filter

MOST_VALUES = 200
_LARGEST = Decimal(10) ** 12


class Shape(StrEnum):
    """What values look like."""

    CHOICES = "choices"  # some of the options
    DAY = "day"  # one day, 2026-12-31
    WHOLE = "whole"  # one whole number from 0
    AMOUNT = "amount"  # one number from 0
    WORDS = "words"  # texts, any of which it holds


class Group(StrEnum):
    """Where on the page it stands."""

    CUSTOMERS = "customers"
    CONTACTS = "contacts"


@dataclass(frozen=True)
class Option:
    """One value of a filter; `label` is in the reader's language where it is the portal's text."""

    value: str
    label: str


class Values:
    """The values of a query, each named once. `today` is the company's day."""

    def __init__(self, today: dt.date) -> None:
        self.held: dict[str, Any] = {}
        self.today = self.add(today)

    def add(self, value: Any) -> str:
        """The SQL that stands for the value."""
        name = f"v{len(self.held)}"
        self.held[name] = list(value) if isinstance(value, tuple) else value
        return f"%({name})s"


# Options by key (which attribute, say); kinds without keys have the one key "".
Options = dict[str, list[Option]]


@dataclass(frozen=True)
class FilterKind:
    """`condition` gets a filter and the query's values, and returns SQL that is true of those
    rows `c` of customers_contact it lets through. `options` costs what it queries; those of more
    than MOST_VALUES are left out of forms, but may be named by a program (`is_open`). `label`,
    `suffix` and `help` are translated where they are shown.
    """

    name: str
    label: str
    condition: Callable[[Filter, Values], str]
    group: Group = Group.CUSTOMERS
    shape: Shape = Shape.CHOICES
    options: Callable[[], Options] = field(default=dict)
    is_open: bool = False
    suffix: str = ""
    help: str = ""


_kinds: dict[str, FilterKind] = {}


def add_filter(kind: FilterKind) -> None:
    """Offer one more. Raises ValueError when there is one of the name."""
    if kind.name in _kinds:
        raise ValueError(f"There is a filter {kind.name} already")
    _kinds[kind.name] = kind


def kinds() -> Sequence[FilterKind]:
    """In the order in which they were added."""
    return list(_kinds.values())


def of_customers(customers: str) -> str:
    """The condition for contacts of the customers whose ids the SQL gives."""
    return f"c.customer_id IN ({customers})"


def conditions(choice: Choice, values: Values) -> str:
    """The whole choice as a condition on rows `c` of customers_contact."""
    parts = ["true"]
    if choice.who == PICKED:
        parts.append(f"c.id = ANY({values.add(tuple(choice.contacts))}::bigint[])")
    elif choice.who not in (ALL, ATTRIBUTE):
        parts.append("false")
    for one in choice.all_filters():
        kind = _kinds.get(one.name)
        # One that there is no more lets nobody through, rather than everybody.
        parts.append(f"({kind.condition(one, values)})" if kind else "false")
    return " AND ".join(parts)


def checked(choice: Choice) -> Choice:
    """The choice, its values written as they are compared. Raises AudienceError."""
    if choice.who not in (ALL, ATTRIBUTE, PICKED):
        raise AudienceError(f"“{choice.who}” is no choice; take {ALL} or {PICKED}.", field="who")
    seen: set[tuple[str, str]] = set()
    filters = []
    for one in choice.filters:
        if (one.name, one.key) in seen:
            raise AudienceError(_("Name each filter once, with all its values."), field=one.name)
        seen.add((one.name, one.key))
        filters.append(_checked(one))
    return replace(choice, filters=tuple(filters))


def _checked(one: Filter) -> Filter:
    kind = _kinds.get(one.name)
    if kind is None:
        raise AudienceError(
            f"There is no filter “{one.name}”; there are {', '.join(_kinds)}.", field="filters"
        )
    if kind.shape is Shape.WORDS:
        texts = (" ".join(value.split()) for value in one.values)
        one = replace(one, values=tuple(dict.fromkeys(text for text in texts if text)))
    if not one.values:
        raise AudienceError(
            _("{filter}: give a value, or leave it out.").format(filter=_(kind.label)),
            field=one.name,
        )
    if kind.shape is Shape.WORDS:
        return one
    if kind.shape is not Shape.CHOICES:
        if len(one.values) > 1:
            raise AudienceError(
                _("{filter}: give one value.").format(filter=_(kind.label)), field=one.name
            )
        return replace(one, values=(_written(kind, one.values[0]),))
    options = kind.options()
    if one.key not in options and not kind.is_open:
        known = ", ".join(filter(None, options)) or "no key"
        raise AudienceError(f"{kind.label} has no “{one.key}”; take {known}.", field=one.name)
    known_values = {option.value for option in options.get(one.key, [])}
    unknown = [value for value in one.values if value not in known_values]
    if unknown and not kind.is_open:
        raise AudienceError(
            _("{filter}: there is no “{value}”.").format(filter=_(kind.label), value=unknown[0]),
            field=one.name,
        )
    return replace(one, values=tuple(dict.fromkeys(one.values)))


def _written(kind: FilterKind, value: str) -> str:
    value = value.strip()
    if kind.shape is Shape.DAY:
        try:
            return dt.date.fromisoformat(value).isoformat()
        except ValueError:
            raise AudienceError(
                _("{filter}: give a day as 2026-12-31.").format(filter=_(kind.label)),
                field=kind.name,
            ) from None
    if kind.shape is Shape.WHOLE and re.fullmatch(r"[0-9]{1,5}", value):
        return str(int(value))
    if kind.shape is Shape.AMOUNT:
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal(-1)
        if amount.is_finite() and 0 <= amount <= _LARGEST:
            return f"{amount:f}"
    if kind.shape is Shape.WHOLE:
        words = _("{filter}: give a whole number from 0.")
    else:
        words = _("{filter}: give a number from 0.")
    raise AudienceError(words.format(filter=_(kind.label)), field=kind.name)
