"""What a forecast stands on: customers and MRR by the month they began in, month by month. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from metrics.periods import Grain, advance
from metrics.sbg import Lives

NOTHING = Decimal(0)


def months_between(first: dt.date, last: dt.date) -> int:
    """From one first day of a month to another."""
    return 12 * (last.year - first.year) + last.month - first.month


@dataclass(frozen=True, slots=True)
class Cell:
    """What one month did to those who began in one month, both by their first day.

    Who comes back after churn begins anew (`is_return`). `net`: the change of their MRR;
    `churned` of it went with the `lost`; `squares`: the change of the sum of each one's squared
    MRR.
    """

    cohort: dt.date
    month: dt.date
    is_return: bool
    begun: int
    lost: int
    net: Decimal
    churned: Decimal
    squares: Decimal


@dataclass
class Cohort:
    """Who began in `month`, at the close of the last month known.

    `size`: who was there at the first close, that of the month itself. `lost[k]`: of them, not
    there any more at the k-th close after it. `customers` are left (who pauses is), with `mrr`;
    `squares`: the sum of each one's squared MRR. `first_mrr`: at the first close, of which
    `returned_mrr` was of those who had been there before.
    """

    month: dt.date
    lived: int
    size: int = 0
    lost: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    mrr: Decimal = NOTHING
    squares: Decimal = NOTHING
    first_mrr: Decimal = NOTHING
    first_squares: Decimal = NOTHING
    returned_mrr: Decimal = NOTHING

    @property
    def customers(self) -> int:
        return self.size - sum(self.lost.values())

    @property
    def lives(self) -> Lives:
        return Lives(self.lost, {self.lived: self.customers})

    def alive(self, closes: int) -> int:
        """How many were there at the k-th close after the first."""
        return self.size - sum(count for at, count in self.lost.items() if at <= closes)


@dataclass(frozen=True)
class History:
    """The cohorts up to the close of the month before `border`, oldest first.

    `changes`: of the MRR of those who were there at a month's opening and were not lost in it,
    by month; `openings`: what all had at its opening.
    """

    border: dt.date
    cohorts: Sequence[Cohort]
    changes: dict[dt.date, Decimal]
    openings: dict[dt.date, Decimal]

    @property
    def months(self) -> int:
        """Since the first beginning."""
        return months_between(self.cohorts[0].month, self.border) if self.cohorts else 0

    @property
    def customers(self) -> int:
        return sum(cohort.customers for cohort in self.cohorts)

    @property
    def mrr(self) -> Decimal:
        return sum((cohort.mrr for cohort in self.cohorts), NOTHING)

    def last_months(self, count: int) -> list[dt.date]:
        """The first days of the last full months, in order."""
        return [advance(self.border, Grain.MONTH, -back) for back in range(count, 0, -1)]

    def of(self, month: dt.date) -> Cohort:
        """Those who began in `month`: nobody, where there is no such cohort."""
        found = next((one for one in self.cohorts if one.month == month), None)
        return found or Cohort(month, months_between(month, self.border) - 1)


def history(cells: Iterable[Cell], border: dt.date) -> History:
    """What is known at the close of the day before `border`, the first day of a month."""
    cohorts: dict[dt.date, Cohort] = {}
    changes: dict[dt.date, Decimal] = defaultdict(Decimal)
    nets: dict[dt.date, Decimal] = defaultdict(Decimal)
    for cell in cells:
        if cell.month >= border:
            continue
        cohort = cohorts.setdefault(
            cell.cohort, Cohort(cell.cohort, months_between(cell.cohort, border) - 1)
        )
        age = months_between(cell.cohort, cell.month)
        nets[cell.month] += cell.net
        cohort.mrr += cell.net
        cohort.squares += cell.squares
        if age == 0:
            cohort.size += cell.begun - cell.lost
            cohort.first_mrr += cell.net
            cohort.first_squares += cell.squares
            cohort.returned_mrr += cell.net if cell.is_return else NOTHING
        else:
            if cell.lost:
                cohort.lost[age] += cell.lost
            changes[cell.month] += cell.net + cell.churned
    openings: dict[dt.date, Decimal] = {}
    total = NOTHING
    if cohorts:
        month = min(cohorts)
        while month < border:
            openings[month] = total
            total += nets[month]
            month = advance(month, Grain.MONTH)
    ordered = [cohorts[month] for month in sorted(cohorts)]
    return History(border, ordered, dict(changes), openings)
