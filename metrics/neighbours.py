"""Who stands before and after a customer in a list, whichever list that is.

A list is read around the customer and kept for a while, so that going on from there costs nothing
until that part of it ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.cache import caches
from psycopg.sql import SQL, Composed

from customers.models import Customer
from customers.registry import Beside

WINDOW = 25
"""So many customers before and after one are looked up at once."""
WIDE_WINDOW = 250
"""The same where a look works out the whole list, however few are wanted."""
WINDOW_SECONDS = 300
# An index of the order can start at the value.
BEYOND = SQL("({text} {sign}= %(value)s AND ({text} {sign} %(value)s OR {other}))")

Neighbours = tuple[int | None, int | None]
"""The ids of the customers before and after one; None at an end."""
Around = tuple[list[int], list[int]]
"""As many customers before and after one as a window has, the nearest first; fewer where the list
ends."""


@dataclass(frozen=True)
class Order:
    """By `text`, who has no value last, then by `id`, the customer's, from the lowest on.
    `is_known`: nobody is without a value."""

    text: SQL
    id: SQL
    is_down: bool
    is_known: bool = False

    @property
    def by(self) -> Composed:
        return SQL("{}, {}").format(self._way(self.is_down, "LAST"), self.id)

    def around(
        self, value: Any, nearest: Callable[[Composed, Composed, dict[str, Any]], list[int]]
    ) -> Around:
        """`value`: what the customer is ordered by itself. `nearest` gets a condition, an order
        that begins with the nearest, and parameters beside `customer`."""
        params = {"value": value, "limit": WINDOW}
        return nearest(*self._previous(value), params), nearest(*self._following(value), params)

    def _following(self, value: Any) -> tuple[Composed, Composed]:
        later = SQL("{} > %(customer)s").format(self.id)
        if value is None:
            return SQL("{} IS NULL AND {}").format(self.text, later), self.by
        condition = self._beyond("<" if self.is_down else ">", later)
        if not self.is_known:
            condition = SQL("({} OR {} IS NULL)").format(condition, self.text)
        return condition, self.by

    def _previous(self, value: Any) -> tuple[Composed, Composed]:
        earlier = SQL("{} < %(customer)s").format(self.id)
        by = SQL("{}, {} DESC").format(self._way(not self.is_down, "FIRST"), self.id)
        if value is None:
            return SQL("({} IS NOT NULL OR {})").format(self.text, earlier), by
        return self._beyond(">" if self.is_down else "<", earlier), by

    def _beyond(self, sign: Literal["<", ">"], other: Composed) -> Composed:
        return BEYOND.format(text=self.text, sign=SQL(sign), other=other)

    def _way(self, is_down: bool, nulls: Literal["FIRST", "LAST"]) -> Composed:
        # What is never missing is read from an index, where it stands in this order.
        way = SQL("DESC") if is_down else SQL("ASC")
        ends = SQL("") if self.is_known else SQL(" NULLS {}").format(SQL(nulls))
        return SQL("{} {}{}").format(self.text, way, ends)


@dataclass(frozen=True, init=False)
class Window:
    """The part of a list that was looked at last. `said`: all that the list depends on, each told
    by its repr. `width`: so many customers before and after one are looked up; None: WINDOW."""

    key: str
    width: int

    def __init__(self, *said: object, width: int | None = None) -> None:
        name = hashlib.sha256(repr(said).encode()).hexdigest()
        object.__setattr__(self, "key", f"customer-window-{name}")
        object.__setattr__(self, "width", WINDOW if width is None else width)

    def keep(self, found: Sequence[int], *, is_start: bool, is_end: bool) -> list[int | None]:
        """Customers as they follow each other; whether the list begins and ends with them."""
        window = [*([None] if is_start else []), *found, *([None] if is_end else [])]
        caches["company"].set(self.key, window, WINDOW_SECONDS)
        return window

    def beside(self, customer: int, around: Callable[[], Around], *, is_new: bool) -> Neighbours:
        """As looked at last; else, or if it `is_new`, as `around` finds, which is kept."""
        window: list[int | None] = [] if is_new else caches["company"].get(self.key, [])
        if customer not in window[1:-1]:
            previous, following = around()
            window = self.keep(
                [*previous[::-1], customer, *following],
                is_start=len(previous) < self.width,
                is_end=len(following) < self.width,
            )
        at = window.index(customer)
        return window[at - 1], window[at + 1]


def customers_beside(look: Callable[[bool], Neighbours]) -> Beside:
    """The customers that `look` names; it is asked whether to look anew, where one of them was
    removed since the list was looked at."""
    for is_new in (False, True):
        found = look(is_new)
        wanted = [pk for pk in found if pk is not None]
        held = Customer.objects.in_bulk(wanted)
        if len(held) == len(wanted):
            break
    previous, following = (held.get(pk) if pk is not None else None for pk in found)
    return Beside(previous, following)
