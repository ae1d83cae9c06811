"""A metric's values, as pages, API, exports and mails show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from metrics.choosing import Origin
from metrics.contributions.frame import Dimension
from metrics.contributions.rows import Sums
from metrics.definition import Computation, Metric
from metrics.estimates import Number
from metrics.exchange import Rates
from metrics.options import Option, Options
from metrics.periods import Period
from metrics.units import Unit
from metrics.words import said


@dataclass(frozen=True, slots=True)
class Closed:
    """A value as it was when its month was closed, at an instant and by somebody.

    `is_other`: it is another now. `unlike`: why the two cannot be compared, if so (closed with
    other options, say).
    """

    at: dt.datetime
    by: str
    value: Number | None
    low: Number | None
    high: Number | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    reason: str | None
    is_other: bool
    unlike: str = ""

    @property
    def why(self) -> str:
        """Why there was no value, in the reader's language."""
        return said(self.reason)

    @property
    def unlike_words(self) -> str:
        return said(self.unlike)


@dataclass(frozen=True, slots=True)
class Value:
    """A metric's value in a period and a segment (None: the total).

    `value`, `low` and `high` are in the metric's unit; `numerator`, `denominator` and `parts` in
    the computation's. `reason` says why there is no value, or no interval where one was due.
    `sums`: what it was made of.
    `is_small`: it rests on fewer than the company's minimum n. Totals never do.
    `closed`: what it was when its month was closed, if it was.
    """

    period: Period
    segment: str | None
    value: Number | None
    low: Number | None
    high: Number | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    parts: Mapping[str, Decimal]
    reason: str | None
    sums: Sums | None = None
    is_small: bool = False
    closed: Closed | None = None

    @property
    def why(self) -> str:
        """Its `reason` in the reader's language."""
        return said(self.reason)


@dataclass(frozen=True)
class Series:
    """A metric's values, the total's before the segments', each in the order of its periods.

    `currency` is None when contracts are in several and an exchange rate is not known. `origins`:
    who said each option, the request, the company's settings or the definition. `rates`: those
    that amounts were converted at, if they were.
    """

    metric: Metric
    options: Options
    computation: Computation
    dimension: Dimension
    currency: str | None
    as_of: dt.date
    computed_at: dt.datetime
    values: list[Value] = field(default_factory=list)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    rates: Rates | None = None

    @property
    def settings(self) -> list[tuple[Option, str, Origin]]:
        """Each option with its value and who said so."""
        return [
            (option, self.options[option.name], self.origins[option.name])
            for option in self.metric.options
        ]

    @property
    def unit(self) -> Unit:
        """What the values count in, with these options."""
        return self.computation.unit or self.metric.unit

    @property
    def totals(self) -> list[Value]:
        return [value for value in self.values if value.segment is None]

    @property
    def segments(self) -> list[str]:
        """Those there are, in alphabetical order."""
        names = {value.segment for value in self.values if value.segment is not None}
        return sorted(names)

    def of(self, segment: str | None) -> list[Value]:
        return [value for value in self.values if value.segment == segment]
