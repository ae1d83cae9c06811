"""How far goals are, and whether the trend gets there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile, groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.formatting import format_metric
from metrics import dimensions, estimates, trend
from metrics.contributions.flows import Flows
from metrics.definition import Metric
from metrics.dimensions import UnknownSegmentError
from metrics.estimates import Number
from metrics.limits import TooManyError
from metrics.models import Goal
from metrics.periods import Grain, Period, advance, floor, periods
from metrics.registry import UnknownMetricError, metric
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.trend import Outlook, outlook
from metrics.units import Unit
from metrics.values import series
from metrics.words import said
from tenants.models import Company


class Verdict(StrEnum):
    """How it stands with a goal. The first two are final: the period of its date is over."""

    REACHED = gettext_noop("reached")
    MISSED = gettext_noop("missed")
    ON_COURSE = gettext_noop("on course")
    UNSURE = gettext_noop("unsure")
    OFF_COURSE = gettext_noop("off course")
    UNKNOWN = gettext_noop("cannot be said")

    @property
    def words(self) -> str:
        """In the reader's language."""
        return said(self.value)

    @property
    def tone(self) -> str:
        return {
            Verdict.REACHED: "good",
            Verdict.ON_COURSE: "good",
            Verdict.UNSURE: "warning",
            Verdict.MISSED: "bad",
            Verdict.OFF_COURSE: "bad",
        }.get(self, "neutral")


@dataclass(frozen=True)
class Progress:
    """A goal with the value it began from, the last full period's, and what the trend says.

    `done`: the part of the way from `baseline` to the target that is behind, 1 when reached; None
    where one of them has no value or the way has no length. `decided`: the value in the period
    of the goal's date, when that is over. `problem`: why nothing can be computed.
    """

    goal: Goal
    metric: Metric | None
    due: Period
    series: Series | None = None
    baseline: Value | None = None
    current: Value | None = None
    decided: Value | None = None
    outlook: Outlook | None = None
    done: float | None = None
    verdict: Verdict = Verdict.UNKNOWN
    problem: str = ""

    @property
    def unit(self) -> Unit:
        return self.series.unit if self.series else Unit.COUNT

    @property
    def currency(self) -> str | None:
        return self.series.currency if self.series else None

    @property
    def words(self) -> str:
        """The verdict's reason, in a sentence."""
        if self.metric is None or self.series is None:
            return self.problem
        target = f"{self.goal.get_sense_display()} {self._figure(self.goal.target)}"
        if self.decided is not None:
            value = self.decided.value
            if value is None:
                words = _("The period of its date has no value; the goal was {target}.")
                return words.format(target=target)
            words = _("The period of its date was {value}; the goal was {target}.")
            return words.format(value=self._figure(value), target=target)
        if self.outlook is None:
            words = _("A trend takes values in {fewest} of the last {periods} full periods.")
            return words.format(fewest=trend.FEWEST, periods=trend.PERIODS)
        found = self.outlook
        words = _("The trend gives {value} ({low} to {high}); the goal is {target}.")
        return words.format(
            value=self._figure(found.value),
            low=self._figure(found.low),
            high=self._figure(found.high),
            target=target,
        )

    def _figure(self, value: Number) -> str:
        return format_metric(value, self.unit, self.currency or "")


def progress_of(
    goals: Iterable[Goal], *, company: Company, as_of: dt.date, shared: Shared | None = None
) -> list[Progress]:
    """In the goals' order. One `series` for each metric, split and grain among them."""
    shared = shared or Shared(company, as_of)
    listed = list(goals)
    by_ask = sorted(listed, key=_ask)
    found: dict[int, Progress] = {}
    for _asked, alike in groupby(by_ask, key=_ask):
        for one in _progress(list(alike), shared=shared):
            found[one.goal.pk] = one
    return [found[goal.pk] for goal in listed]


def _ask(goal: Goal) -> tuple[str, str, str]:
    return goal.metric, goal.by, goal.grain


def _progress(goals: Sequence[Goal], *, shared: Shared) -> list[Progress]:
    company, as_of = shared.company, shared.as_of
    grain = Grain(goals[0].grain)
    this = floor(as_of, grain)
    due = {goal.pk: _due(goal, grain) for goal in goals}
    try:
        of = metric(goals[0].metric)
        split = dimensions.dimension(goals[0].by, of)
        first = min(
            advance(this, grain, -trend.PERIODS),
            *(advance(floor(goal.begins_on, grain), grain, -1) for goal in goals),
        )
        full = periods(first, this, grain, as_of=as_of)
        found = series(of, full, company=company, as_of=as_of, dimension=split, shared=shared)
    except (UnknownMetricError, UnknownSegmentError, TooManyError) as error:
        return [Progress(goal, None, due[goal.pk], problem=str(error)) for goal in goals]
    return [_one(goal, found, due[goal.pk], grain, this) for goal in goals]


def _due(goal: Goal, grain: Grain) -> Period:
    start = floor(goal.due_on, grain)
    return Period(start, advance(start, grain))


def _one(goal: Goal, found: Series, due: Period, grain: Grain, this: dt.date) -> Progress:
    values = {value.period.start: value for value in found.of(goal.segment or None)}
    last = advance(this, grain, -1)
    baseline = values.get(advance(floor(goal.begins_on, grain), grain, -1))
    current = values.get(last)
    decided = values.get(due.start) if due.end <= this else None
    shown = outlook_of(found, goal.segment or None, ahead=_between(last, due.start, grain))
    if decided is not None or due.end <= this:
        shown = None
    return Progress(
        goal=goal,
        metric=found.metric,
        due=due,
        series=found,
        baseline=baseline,
        current=current,
        decided=decided,
        outlook=shown,
        done=_done(goal, baseline, decided or current),
        verdict=_verdict(goal, decided, shown, is_over=due.end <= this),
    )


def _between(start: dt.date, end: dt.date, grain: Grain) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months // grain.months


def outlook_of(found: Series, segment: str | None, *, ahead: int) -> Outlook | None:
    """The trend of a series of full periods, `ahead` periods after its last. Totals count from
    their first that is not 0."""
    values = found.of(segment)
    if not found.computation.is_divided:  # a total of nothing before there was anything
        values = list(dropwhile(lambda value: not value.value, values))
    values = values[-trend.PERIODS :]
    lowest, highest = limits(found)
    return outlook(
        [None if value.value is None else float(value.value) for value in values],
        ahead,
        lowest=lowest,
        highest=highest,
    )


def limits(found: Series) -> tuple[float | None, float | None]:
    """Between what the values of a metric always are, as far as its kind says."""
    measure, unit = found.computation.measure, found.unit
    if isinstance(measure, Flows):
        return None, None
    if found.computation.estimate in estimates.SHARES:
        return 0.0, 1.0
    if unit is Unit.SCORE:
        return -100.0, 100.0
    if unit is Unit.SHARE:
        return None, None
    return 0.0, None


def meets(goal: Goal, value: Number) -> bool:
    if goal.sense == Goal.Sense.AT_LEAST:
        return float(value) >= float(goal.target)
    return float(value) <= float(goal.target)


def _done(goal: Goal, baseline: Value | None, now: Value | None) -> float | None:
    if now is None or now.value is None:
        return None
    if meets(goal, now.value):
        return 1.0
    if baseline is None or baseline.value is None or meets(goal, baseline.value):
        return None
    way = float(goal.target) - float(baseline.value)
    return (float(now.value) - float(baseline.value)) / way


def _verdict(goal: Goal, decided: Value | None, shown: Outlook | None, *, is_over: bool) -> Verdict:
    if is_over:
        if decided is None or decided.value is None:
            return Verdict.UNKNOWN
        return Verdict.REACHED if meets(goal, decided.value) else Verdict.MISSED
    if shown is None:
        return Verdict.UNKNOWN
    ends = {meets(goal, shown.low), meets(goal, shown.high)}
    if ends == {True}:
        return Verdict.ON_COURSE
    return Verdict.OFF_COURSE if ends == {False} else Verdict.UNSURE
