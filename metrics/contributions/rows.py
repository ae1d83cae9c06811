"""What measures hand out: sums per cell, and single rows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from typing import Protocol

from metrics.contributions.frame import Frame
from metrics.units import Unit

NOTHING = Decimal(0)
MOST_DIGITS = 120
TOTAL: str | None = None
"""The segment of the total."""

Cell = tuple[int, str | None]
"""Which period (from 0, in the order asked for) and which segment (None: the total)."""


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of a cell's rows, and the values at the ranks that bound it (None: too few)."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over a cell's rows of y (numerator), x (denominator) and their products.

    `n`: how many customers (or contacts) the denominator counts. `parts`: named pieces. `middle`:
    of measures whose value is a median. `empty_reason`: why there is no value, where these sums
    know that better than their measure.
    """

    n: int = 0
    y: Decimal = NOTHING
    x: Decimal = NOTHING
    yy: Decimal = NOTHING
    xy: Decimal = NOTHING
    xx: Decimal = NOTHING
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    middle: Middle | None = None
    empty_reason: str = ""


@dataclass(frozen=True, slots=True)
class FactName:
    """A fact that is a row of its own: its kind's key (as in /facts/<kind>/), id and a label."""

    kind: str
    id: int
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One customer's contribution to a cell. `contact_id`: whose answer it is, for surveys.

    `customer_id` is 0 where the row is a fact of no customer's; `fact` then names it.
    """

    customer_id: int
    numerator: Decimal
    denominator: Decimal | None
    parts: Mapping[str, Decimal | str] = field(default_factory=dict)
    contact_id: int | None = None
    fact: FactName | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a cell in their fixed order, and where the next ones start (None: the end)."""

    rows: list[Row]
    next_cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """After which row to go on: `group` (0 to 2) holds what says more first; `key` an id."""

    group: int = 0
    key: int = 0

    def __str__(self) -> str:
        return f"{self.group}-{self.key}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Raises ValueError when `text` is no cursor of ours."""
        group, _, key = text.partition("-")
        if group not in ("0", "1", "2") or not key.isdecimal() or len(key) > 18:
            raise ValueError("cursor must be one that an earlier answer gave.")
        return cls(int(group), int(key))


class Measure(Protocol):
    """How a metric is made of rows, with its options already chosen."""

    @property
    def is_money(self) -> bool:
        """Whether amounts are added up, which needs all of them in one currency.

        A class that heeds a frame's `rates` says so by `converts = True` (see `converting`), one
        whose sums add up over customers by `is_additive = True` (see `additive`), one that reads
        nothing but the ledger by `is_of_ledger = True` (see `of_ledger`).
        """

    @property
    def row_unit(self) -> Unit:
        """What the parts of a row are."""

    @property
    def formula(self) -> str:
        """In words: what is divided by what."""

    @property
    def empty_reason(self) -> str:
        """Why there is no value when the denominator is zero."""

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        """The sums of every cell with rows. The total's cells are always there."""

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        """Rows of a segment in the frame's only period."""


def converting(measure: Measure) -> bool:
    """Whether the measure's amounts can be had in another currency than the contracts'."""
    return measure.is_money and bool(getattr(measure, "converts", False))


def additive(measure: Measure) -> bool:
    """Whether the sums of some customers and of the rest add up to those of all, cell by cell and
    with all parts; a cell that is not there counts for nothing. Medians do not, nor rates among
    the parts, nor costs of no customer's.

    But parts that `steady_parts` names are the same for whichever customers.
    """
    return bool(getattr(measure, "is_additive", False))


def of_ledger(measure: Measure) -> bool:
    """Whether the measure is additive and reads only tables that are made with the ledger, beside
    customers' attributes: what a change of some customers makes of its sums is told by theirs
    before and after. A cell that is there has a sum, a part or an n that is not 0, or is a total.

    Its `part_names`, if it has any, are in every cell, in this order before any others.
    """
    return bool(getattr(measure, "is_of_ledger", False))


def part_names(measure: Measure) -> tuple[str, ...]:
    """The parts that every cell has."""
    found: tuple[str, ...] = getattr(measure, "part_names", ())
    return found


def steady_parts(measure: Measure) -> frozenset[str]:
    """The parts that say something of the cell, such as its days, and nothing of customers."""
    found: frozenset[str] = getattr(measure, "steady_parts", frozenset())
    return found


def exactly() -> AbstractContextManager[Context]:
    """Sums of amounts at a rate have more digits than Python's decimals keep by themselves."""
    return localcontext(prec=MOST_DIGITS)
