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
from metrics.part_names import segment_label, split_label
from metrics.periods import DAY, Period

if TYPE_CHECKING:
    from metrics.contributions.sweep import Swept

UNKNOWN = "none"
"""The segment of customers without a value."""

SEPARATOR = "\x1f"
"""Between the two names of a crossed segment. No fact's text holds it: control characters are
refused where facts come in."""


class Split(StrEnum):
    """What the total is split by."""

    NOTHING = "nothing"
    ATTRIBUTE = "attribute"
    PRODUCT = "product"
    PLAN = "plan"
    OWN = "own"
    """By what the metric's own facts say of themselves (a ticket's priority)."""
    CROSSED = "crossed"
    """By two others at once."""

    @property
    def is_by_subscription(self) -> bool:
        """Whether a segment's state is the MRR of its subscriptions, not the customer's."""
        return self in (Split.PRODUCT, Split.PLAN)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to split into segments; `attribute` is the customer attribute's key, or names what
    the metric's own facts are split by. `asked_as`: its name in a request, where that is another.

    A crossed one has two `sides`, neither crossed itself; its segments are `joined` of a name of
    each, in their order.
    """

    split: Split = Split.NOTHING
    attribute: str = ""
    asked_as: str = field(default="", compare=False)
    sides: tuple[Dimension, ...] = ()

    @property
    def each(self) -> tuple[Dimension, ...]:
        """The sides of a crossed dimension, else itself alone."""
        return self.sides or (self,)

    @property
    def names(self) -> list[str]:
        """What each side is called in a request."""
        return [side.asked_as or side.attribute or side.split.value for side in self.each]

    @property
    def labels(self) -> list[str]:
        """What pages call each side."""
        return [split_label(name) for name in self.names]

    @property
    def name(self) -> str:
        """As in a request: by=region, or by=region,plan."""
        return ",".join(self.names)

    @property
    def label(self) -> str:
        """As pages write it: region x plan."""
        return TIMES.join(self.labels)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The keys of the customer attributes among the sides."""
        return tuple(side.attribute for side in self.each if side.split is Split.ATTRIBUTE)

    @property
    def contract(self) -> Split:
        """By which of product and plan MRR is split by subscription; else NOTHING."""
        return next((s.split for s in self.each if s.split.is_by_subscription), Split.NOTHING)

    @property
    def own(self) -> tuple[str, ...]:
        """Which of the metric's own splits are among the sides."""
        return tuple(side.attribute for side in self.each if side.split is Split.OWN)

    @property
    def is_of_customers(self) -> bool:
        """Whether a customer is, on a day, in just one segment, with all that it has."""
        return all(side.split is Split.ATTRIBUTE for side in self.each)

    @property
    def is_by_subscription(self) -> bool:
        """Whether a segment's state is the MRR of its subscriptions, not the customer's."""
        return self.contract is not Split.NOTHING

    @property
    def unknown(self) -> str:
        """The segment, as far as attributes say it, of a customer that none is known of."""
        return joined([UNKNOWN] * max(len(self.attributes), len(self.own), 1))

    def without(self, split: Split) -> Dimension:
        """What is left without the sides that split so; WHOLE when nothing is."""
        left = [side for side in self.each if side.split is not split]
        return crossed(*left) if left else WHOLE


TIMES = " \u00d7 "
"""Between two names, for people."""


def crossed(*sides: Dimension) -> Dimension:
    """Both at once; of a single one, that."""
    return Dimension(Split.CROSSED, sides=sides) if len(sides) > 1 else sides[0]


def joined(names: Sequence[str]) -> str:
    """The segment with a name on each side of its dimension."""
    return SEPARATOR.join(names)


def names_of(segment: str) -> list[str]:
    """What a segment is called on each side of its dimension."""
    return segment.split(SEPARATOR)


def label_of(segment: str) -> str:
    """A segment's name for people: north, or north x Pro."""
    return TIMES.join(segment_label(name) for name in names_of(segment))


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
        `attribute`, `second_attribute`, `unknown` (of all attributes), `none` (of one side),
        `timezone`, `customers` (null: all) and, with rates, what the relation `rate` reads.
        """
        borders = self.borders
        first, second, *_ = (*self.dimension.attributes, "", "")
        frame: dict[str, Any] = {
            "borders": borders,
            "first": borders[0],
            "last": borders[-1],
            "opening": borders[0] - DAY,
            "as_of": self.as_of or borders[-1] - DAY,
            "attribute": first,
            "second_attribute": second,
            "unknown": self.dimension.unknown,
            "none": UNKNOWN,
            "timezone": self.timezone,
            "customers": None if self.customers is None else list(self.customers),
        }
        if self.rates is not None:
            frame |= self.rates.params(borders[0] - DAY, borders[-1])
        with connection.cursor() as cursor:
            cursor.execute(query, frame | params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
