"""What a list of facts can be narrowed by on its page: the filters of the API, as a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.api.errors import Problem
from customers.api.filters import filters_of, wanted
from customers.api.kinds import can_equal, fields_out, has_order
from customers.api.reading import Where
from customers.imports.fields import Currency, Field, Kind, Word, YesNo
from customers.wording import word_of

_NOT_ASKED = {"customer", "updated_at"}


@dataclass(frozen=True)
class Asked:
    """One box of the form. `form`: text, date or select, with its `options` (value, label).
    `is_kept`: it stands open; the others are a click away."""

    name: str
    label: str
    form: str
    value: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    is_kept: bool = False


@dataclass(frozen=True)
class Narrowed:
    """What was asked of a list, and the conditions that makes. `problem`: why it makes none."""

    boxes: list[Asked]
    where: Where
    problem: str = ""

    @property
    def kept(self) -> list[Asked]:
        return [box for box in self.boxes if box.is_kept]

    @property
    def further(self) -> list[Asked]:
        return [box for box in self.boxes if not box.is_kept]

    @property
    def is_any(self) -> bool:
        return any(box.value for box in self.boxes)

    @property
    def is_any_further(self) -> bool:
        return any(box.value for box in self.further)


def narrowed(kind: Kind, query: Mapping[str, Any], zone: str) -> Narrowed:
    """The form of a kind's list as `query` fills it in; days are of `zone`."""
    known = filters_of(kind, zone)
    said = {
        name: str(query[name]).strip().replace("\0", "")[:200] for name in known if name in query
    }
    said = {name: value for name, value in said.items() if value and name != "customer"}
    boxes = _boxes(kind, said)
    asked = QueryDict(mutable=True)
    asked.update(said)
    try:
        return Narrowed(boxes, wanted(kind, asked, zone))
    except Problem as problem:
        return Narrowed(boxes, Where(), _in_words(boxes, problem))


def _in_words(boxes: list[Asked], problem: Problem) -> str:
    """The API's sentence under the name that the page has for the filter."""
    name = str(problem.extra.get("filter", ""))
    label = next((box.label for box in boxes if box.name == name), name)
    return str(problem.detail).replace(f"{name}:", f"{label}:", 1)


def _boxes(kind: Kind, said: dict[str, str]) -> list[Asked]:
    """A range for the first day or instant of the kind, then a box for each field that has few
    values, then for the other texts."""
    fields = [one for one in fields_out(kind) if one.name not in _NOT_ASKED]
    boxes: list[Asked] = []
    for one in [one for one in fields if has_order(one)][:1]:
        ends = (("from", _("{label}, since")), ("to", _("{label}, before")))
        boxes += [
            _box(f"{one.name}_{end}", word.format(label=one.shown_label), said)
            for end, word in ends
        ]
    few = [one for one in fields if isinstance(one.type, Word | YesNo) and can_equal(one)]
    boxes += [_choice(one, said, is_kept=number == 0) for number, one in enumerate(few)]
    boxes += [
        Asked(one.name, one.shown_label, "text", said.get(one.name, ""))
        for one in fields
        if can_equal(one) and one not in few and not isinstance(one.type, Currency)
    ]
    return boxes


def _box(name: str, label: str, said: dict[str, str]) -> Asked:
    return Asked(name, label, "date", said.get(name, ""), is_kept=True)


def _choice(one: Field, said: dict[str, str], *, is_kept: bool) -> Asked:
    keys = one.type.keys if isinstance(one.type, Word) else ("yes", "no")
    options = [(key, word_of(key).replace("_", " ")) for key in keys]
    return Asked(one.name, one.shown_label, "select", said.get(one.name, ""), options, is_kept)
