"""Which entries of a customer's timeline are wanted: of which kinds, how many, and after which.

A timeline is in order of day, the newest first; entries of one day in order of their slot (what
made them), those of one slot by their number, the highest first. So a page begins wherever the
one before it ended, however long the timeline is.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, cast
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_noop

from tenants.context import current_company

KINDS: Mapping[str, str] = {
    "contracts": gettext_noop("Contracts"),
    "invoices": gettext_noop("Invoices"),
    "tickets": gettext_noop("Tickets"),
    "talks": gettext_noop("Talks and notes"),
    "journey": gettext_noop("Onboarding and goals"),
    "feedback": gettext_noop("Feedback"),
    "health": gettext_noop("Health"),
    "use": "Use",
    "tasks": gettext_noop("Tasks"),
    "data": gettext_noop("Data"),
}
"""What a timeline can be narrowed to, with its name."""
LARGEST_NUMBER = 2**63 - 1

Row = TypeVar("Row", bound=models.Model)


class Mark(NamedTuple):
    """The place of an entry."""

    on: dt.date
    slot: str
    number: int


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened, in words. `icon` is a name of portal/icons.svg; `kind` one of
    KINDS. `slot` and `number` tell it from all others of its day (see the module)."""

    on: dt.date
    title: str
    text: str = ""
    icon: str = "dot"
    href: str = ""
    kind: str = "data"
    slot: str = ""
    number: int = 0

    @property
    def mark(self) -> Mark:
        return Mark(self.on, self.slot, self.number)


def order_of(entry: TimelineEntry) -> tuple[int, str, int]:
    """What a timeline is sorted by, ascending."""
    return (-entry.on.toordinal(), entry.slot, -entry.number)


@dataclass(frozen=True, kw_only=True)
class Look:
    """Up to `limit` entries that come after `mark` (None: from the newest on), of `kinds` (None:
    of all)."""

    limit: int
    mark: Mark | None = None
    kinds: frozenset[str] | None = None

    def wants(self, kind: str) -> bool:
        return self.kinds is None or kind in self.kinds

    def cut(self, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
        """Those wanted, in order. For sources that have all their entries at hand."""
        found = [entry for entry in entries if self.wants(entry.kind)]
        if self.mark is not None:
            last = order_of(
                TimelineEntry(self.mark.on, "", slot=self.mark.slot, number=self.mark.number)
            )
            found = [entry for entry in found if order_of(entry) > last]
        return sorted(found, key=order_of)[: self.limit]

    def rows(self, found: models.QuerySet[Row], *, slot: str, at: str) -> models.QuerySet[Row]:
        """The rows of a slot that are wanted, in order; each has `timeline_on`, the company's day
        of its instant `at`. Its number is its id."""
        zone = ZoneInfo(current_company().timezone)
        dated = found.annotate(timeline_on=TruncDate(at, tzinfo=zone))
        if self.mark is not None:
            day, number = self.bounds(slot)
            dated = dated.filter(Q(timeline_on__lt=day) | Q(timeline_on=day, pk__lt=number))
        return cast("models.QuerySet[Row]", dated.order_by("-timeline_on", "-pk")[: self.limit])

    def bounds(self, slot: str) -> tuple[dt.date, int]:
        """(day, number): a slot's entries that come after the mark are before the day, or on it
        with a lower number. `cut` does the same in Python."""
        if self.mark is None:
            return dt.date.max, LARGEST_NUMBER
        if slot == self.mark.slot:
            return self.mark.on, self.mark.number
        return self.mark.on, LARGEST_NUMBER if slot > self.mark.slot else -LARGEST_NUMBER


def written(mark: Mark) -> str:
    """A mark for an address."""
    text = json.dumps([mark.on.isoformat(), mark.slot, mark.number])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_mark(text: str) -> Mark | None:
    """The mark out of an address; None where it is none of ours."""
    try:
        content: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        day, slot, number = content
        mark = Mark(dt.date.fromisoformat(day), slot, number)
    except (ValueError, TypeError, binascii.Error):
        return None
    is_ours = isinstance(slot, str) and len(slot) < 100 and "\0" not in slot
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return mark if is_ours and is_number and abs(number) <= LARGEST_NUMBER else None
