"""Tallies: of how many rows of a cell what had become after how many days.

A measure whose value is a curve has no sums that make it, but its tallies add up over customers:
how many got there, left first, or are on the way still, by the time they took. A tally is rows of
`Followed`, each time once and in order, without those of which all counts are 0. What some
customers have less than they had is a tally with counts below 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol, TypeGuard

from metrics.contributions.frame import Frame
from metrics.contributions.rows import Cell, Measure, Sums
from metrics.survival import Followed, merged

Tally = Sequence[Followed]
PREFIX = "times"
WIDTH = 4
"""Numbers that a row of a tally is kept as."""


class Tallied(Measure, Protocol):
    """A measure that is made of tallies, and says so by `is_tallied = True`."""

    def tallies(self, frame: Frame) -> dict[Cell, Tally]:
        """Of every cell with rows."""

    def of_tallies(self, tallies: Mapping[Cell, Tally], frame: Frame) -> dict[Cell, Sums]:
        """`sums`, from these. The total's cells are always there."""

    def kinds(self) -> frozenset[str]:
        """The kinds of facts beside contracts that its tallies are made from. Costs a query."""


def tallied(measure: Measure) -> TypeGuard[Tallied]:
    return bool(getattr(measure, "is_tallied", False))


def flat(tally: Tally) -> tuple[Decimal, ...]:
    """As it is kept: time, there, left, on the way, one row after the other."""
    return tuple(
        Decimal(number)
        for row in tally
        for number in (row.time, row.arrived, row.left, row.censored)
    )


def rows(amounts: Sequence[Decimal]) -> Tally:
    """What `flat` made flat."""
    numbers = iter([int(amount) for amount in amounts])
    return [Followed(*row) for row in zip(*[numbers] * WIDTH, strict=True)]


def added(one: Sequence[Decimal], other: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Two tallies as they are kept."""
    both = merged([*rows(one), *rows(other)])
    return flat([row for row in both if row.arrived or row.left or row.censored])


def less(one: Sequence[Decimal], other: Sequence[Decimal]) -> tuple[Decimal, ...]:
    taken = [Followed(row.time, -row.arrived, -row.left, -row.censored) for row in rows(other)]
    return added(one, flat(taken))
