"""For which periods and segments rows are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg.sql import SQL, Composed

from metrics.exchange import Rates
from metrics.periods import DAY, Period

if TYPE_CHECKING:
    from metrics.contributions.sweep import Swept

UNKNOWN = "none"
"""The segment of customers without a value."""


class Split(StrEnum):
    """What the total is split by."""

    NOTHING = "nothing"
    ATTRIBUTE = "attribute"
    PRODUCT = "product"
    PLAN = "plan"
    OWN = "own"
    """By what the metric's own facts say of themselves (a ticket's priority)."""

    @property
    def is_by_subscription(self) -> bool:
        """Whether a segment's state is the MRR of its subscriptions, not the customer's."""
        return self in (Split.PRODUCT, Split.PLAN)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to split into segments; `attribute` is the customer attribute's key, or names what
    the metric's own facts are split by. `asked_as`: its name in a request, where that is another.
    """

    split: Split = Split.NOTHING
    attribute: str = ""
    asked_as: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return self.asked_as or self.attribute or self.split.value


WHOLE = Dimension()


@dataclass(frozen=True)
class Frame:
    """Adjoining periods, in order, and the dimension to split by.

    `timezone`: the company's (IANA name), for facts that have an instant. `as_of`: the day that
    "by now" means, for what is followed beyond its period; None: the last period's last day.
    `customers`: only these, by id, without what is no customer's. Whatever adds up does so over
    customers (see `rows.additive`), so that the sums of some of them can be made alone. `rates`:
    amounts are in the company's currency at these; None: in the one currency of all contracts.
    `swept`: sums of the ledger that are at hand already.
    """

    periods: Sequence[Period]
    dimension: Dimension = WHOLE
    timezone: str = "UTC"
    as_of: date | None = None
    customers: Sequence[int] | None = None
    rates: Rates | None = None
    swept: Mapping[Dimension, Swept] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.periods:
            raise ValueError("A frame needs a period.")
        if any(one.end != other.start for one, other in pairwise(self.periods)):
            raise ValueError("The periods of a frame must adjoin.")

    def whole(self) -> Frame:
        """The same periods, not split."""
        return replace(self, dimension=WHOLE)

    def daily(self) -> Frame:
        """Every day of the periods as a period of its own."""
        first, last = self.periods[0].start, self.periods[-1].end
        days = [first + DAY * number for number in range((last - first).days)]
        return replace(self, periods=[Period(day, day + DAY) for day in days])

    @property
    def at_hand(self) -> Swept | None:
        """The sums of these periods and this dimension, if somebody made them already."""
        found = self.swept.get(self.dimension)
        is_plain = self.customers is None and self.rates is None
        return found if found and is_plain and found.covers(self.periods) else None

    def only(self, period: Period) -> Frame:
        return replace(self, periods=[period])

    @property
    def borders(self) -> list[date]:
        return [*(period.start for period in self.periods), self.periods[-1].end]

    def fetch(self, query: Composed | SQL, **params: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, which may use the frame's parameters: `borders` (of periods),
        `first` and `last` (the ends of them all), `opening` (the day before the first), `as_of`,
        `attribute`, `unknown`, `timezone`, `customers` (null: all) and, with rates, what the
        relation `rate` reads.
        """
        borders = self.borders
        frame: dict[str, Any] = {
            "borders": borders,
            "first": borders[0],
            "last": borders[-1],
            "opening": borders[0] - DAY,
            "as_of": self.as_of or borders[-1] - DAY,
            "attribute": self.dimension.attribute,
            "unknown": UNKNOWN,
            "timezone": self.timezone,
            "customers": None if self.customers is None else list(self.customers),
        }
        if self.rates is not None:
            spans = self.rates.within(borders[0] - DAY, borders[-1])
            frame |= {
                "currencies": [span.currency for span in spans],
                "rate_days": [span.day for span in spans],
                "rate_lengths": [span.days for span in spans],
                "rates": [span.rate for span in spans],
            }
        with connection.cursor() as cursor:
            cursor.execute(query, frame | params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
