"""What a forecast said, beside what then happened. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_noop

from metrics.forecast.calculation import Ahead, Forecast
from metrics.periods import Period
from metrics.words import wording


@dataclass(frozen=True, slots=True)
class Scored:
    """One month: `error` is (forecast - actual) / actual, None where there was no MRR then;
    `unchanged_error` that of having said that MRR stays as it was."""

    ahead: Ahead
    actual: Decimal
    error: float | None
    unchanged_error: float | None

    @property
    def is_held(self) -> bool:
        """Whether the interval held what happened."""
        return self.ahead.low <= self.actual <= self.ahead.high


@dataclass(frozen=True)
class Score:
    """`then`: the forecast of before, from what is now known of the time before it. Without
    `months` there is nothing to score, and `reason` says why."""

    then: Forecast
    reason: str = ""
    months: list[Scored] = field(default_factory=list)

    @property
    def mean_error(self) -> float | None:
        """The mean of the errors' sizes (MAPE), over the months with MRR."""
        return _mean([one.error for one in self.months])

    @property
    def unchanged_mean_error(self) -> float | None:
        """The same of "MRR stays as it was": what a forecast must be better than."""
        return _mean([one.unchanged_error for one in self.months])

    @property
    def held(self) -> int:
        """How many months' intervals held what happened."""
        return sum(one.is_held for one in self.months)

    @property
    def is_better(self) -> bool | None:
        """Whether it was nearer than saying that MRR stays as it was."""
        mine, other = self.mean_error, self.unchanged_mean_error
        return None if mine is None or other is None else mine < other


NO_FORECAST = wording(gettext_noop("there was no forecast then: {reason}"))
NOT_OVER = gettext_noop("none of its months is over")


def score(then: Forecast, actual: Mapping[Period, Decimal]) -> Score:
    """`actual`: MRR at the close of each month that is over."""
    if then.reason:
        return Score(then, NO_FORECAST.format(reason=then.reason))
    months = [
        Scored(one, mrr, _error(one.value, mrr), _error(then.mrr, mrr))
        for one in then.months
        if (mrr := actual.get(one.period)) is not None
    ]
    return Score(then, "" if months else NOT_OVER, months)


def _error(said: Decimal, was: Decimal) -> float | None:
    return float((said - was) / was) if was else None


def _mean(errors: list[float | None]) -> float | None:
    known = [abs(error) for error in errors if error is not None]
    return sum(known) / len(known) if known else None
