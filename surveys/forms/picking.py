"""Contacts picked one by one, as the page holds them until it is saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.http import QueryDict

from customers.models import Contact
from customers.models.customer import ContactQuerySet
from surveys.audience import PICKED, Choice, former_among

FOUND_SHOWN = 20
PICKED_SHOWN = 50
ADDED_AT_ONCE = 1000
"""So many of those found are counted, and added by one button."""
SHORTEST = 2
LONGEST = 100
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class PickerRow:
    """One contact. `is_former`: the customer has left."""

    contact: Contact
    is_picked: bool
    is_former: bool


class Picker:
    """The contacts picked (`ids`, the last one last), and those that `words` find: in their name
    or address, or in the name or id of their customer."""

    def __init__(self, ids: Iterable[int], words: str = "") -> None:
        wanted = list(dict.fromkeys(ids))
        there = set(_contacts(wanted).values_list("pk", flat=True)) if wanted else set()
        self.ids = [pk for pk in wanted if pk in there]
        self.words = words

    @classmethod
    def of(cls, choice: Choice) -> Picker:
        return cls(choice.contacts)

    @classmethod
    def read(cls, data: QueryDict) -> Picker:
        """As posted: `contacts` so far, those ticked (`add`) and all that the words in `all` find,
        without the one in `remove`; nobody with `clear`."""
        removed = _numbers(data.get("remove", ""))
        posted = _numbers(" ".join([data.get("contacts", ""), *data.getlist("add")]))
        kept = [] if "clear" in data else [pk for pk in posted if pk not in removed]
        kept += cls([], _words(data.get("all", "")))._counted
        return cls(kept, _words(data.get("find", "")))

    @staticmethod
    def is_asked(data: QueryDict) -> bool:
        """Whether a button of the picker posted the page, or Enter while something is sought."""
        do = data.get("then")
        is_seeking = data.get("who") == PICKED and bool(data.get("find", "").strip())
        is_pressed = not data.keys().isdisjoint(("remove", "clear", "all"))
        return is_pressed or do in ("find", "add") or (do == "enter" and is_seeking)

    def add(self, ids: Iterable[int]) -> None:
        self.ids = list(dict.fromkeys([*self.ids, *ids]))

    @property
    def as_field(self) -> str:
        return " ".join(map(str, self.ids))

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def is_too_short(self) -> bool:
        return 0 < len(self.words) < SHORTEST

    @property
    def found_count(self) -> int:
        """Up to ADDED_AT_ONCE; `is_cut`: there are more."""
        return len(self._counted)

    @property
    def is_cut(self) -> bool:
        return len(self._found) > ADDED_AT_ONCE

    @property
    def new_count(self) -> int:
        """Of those counted, how many are not picked yet."""
        return len(set(self._counted).difference(self.ids))

    @cached_property
    def former_count(self) -> int:
        """Of those counted, how many are at customers who have left. Costs a query."""
        former = former_among(set(self._counted.values()))
        return sum(customer in former for customer in self._counted.values())

    @cached_property
    def _counted(self) -> dict[int, int]:
        """{contact: customer}"""
        return dict(self._found[:ADDED_AT_ONCE])

    @cached_property
    def _found(self) -> list[tuple[int, int]]:
        """(contact, customer), up to one more than can be added at once."""
        if len(self.words) < SHORTEST:
            return []
        found = Contact.objects.present().search(self.words, with_customers=True)
        ordered = found.order_by(Lower("name"), "email", "pk")
        return list(ordered.values_list("pk", "customer_id")[: ADDED_AT_ONCE + 1])

    @cached_property
    def found(self) -> list[PickerRow]:
        """The first of them. Costs up to three queries."""
        return self._rows(list(self._counted)[:FOUND_SHOWN])

    @cached_property
    def picked(self) -> list[PickerRow]:
        """The last of those picked, the very last first. Costs up to two queries."""
        return self._rows(self.ids[: -PICKED_SHOWN - 1 : -1])

    def _rows(self, shown: Sequence[int]) -> list[PickerRow]:
        if not shown:
            return []
        held = _contacts(shown).select_related("customer").in_bulk()
        contacts = [held[pk] for pk in shown if pk in held]
        former = former_among({contact.customer_id for contact in contacts})
        picked = set(self.ids)
        return [
            PickerRow(contact, contact.pk in picked, contact.customer_id in former)
            for contact in contacts
        ]


def _contacts(ids: Sequence[int]) -> ContactQuerySet:
    """As one parameter, however many they are."""
    array = RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
    return Contact.objects.present().filter(pk__in=array)


def _words(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST]


def _numbers(text: str) -> list[int]:
    """The ids in it; what is none is passed over."""
    numbers = (int(word) for word in text.split() if re.fullmatch(r"[0-9]{1,19}", word))
    return [number for number in numbers if number <= _LARGEST]
