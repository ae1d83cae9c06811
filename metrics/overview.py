"""The overview: what the head of a company looks at. The page, the API and reports take it from
here. Figures are stored values; what else there is was made ahead (metrics.stored.overview)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from customers.owners import ALL, Owned
from metrics import figures, words
from metrics.changed import Sentence, of_figures, with_goals
from metrics.contributions.flows import WithFlows
from metrics.contributions.frame import UNKNOWN, Dimension, Split
from metrics.contributions.health import BANDS
from metrics.contributions.standing import Standing
from metrics.definition import Direction
from metrics.dimensions import is_attribute
from metrics.estimates import Number
from metrics.figures import EVERYWHERE, Figure, Place
from metrics.health.coverage import LittleKnown
from metrics.models import Benchmark, ClosedMonth, Goal
from metrics.periods import DAY, Grain, Period
from metrics.pickers import Chosen, grain_of
from metrics.progress import Progress, progress_of
from metrics.registry import metric
from metrics.series import Closed, Series
from metrics.shared import Shared
from metrics.stored.overview import ALSO_COMPARED, FIGURES, kept_sentences, panel
from metrics.values import series
from metrics.warning_rules import Notice

OWNER = Dimension(Split.ATTRIBUTE, "owner")


@dataclass(frozen=True, slots=True)
class Shown:
    """A key figure as a page shows it, and nothing else, so that the same one is rendered once."""

    key: str
    label: str
    value: Number | None
    unit: str
    currency: str
    reason: str
    previous: Number | None
    compared: Period
    """When `previous` was. Of what stands at the close of a period so far, the day alone."""
    better: str
    low: Number | None
    high: Number | None
    n: int
    n_label: str
    is_small: bool
    is_significant: bool | None
    trend: tuple[Number | None, ...]
    closed: Closed | None
    goal: tuple[str, Decimal, str, Period, str, str] | None
    """Its sense, target, currency, period, verdict and tone."""
    benchmark: tuple[str, str, Decimal, Decimal | None] | None
    """Its label, source, value and upper end."""
    is_better: bool | None


@dataclass(frozen=True)
class KeyFigure:
    """A figure with the goal that is next due and the benchmark for such a period, if any.
    `is_better` than the benchmark; None where that cannot be said: no value, or of a period that
    is not over."""

    figure: Figure
    goal: Progress | None
    benchmark: Benchmark | None
    is_better: bool | None

    @property
    def shown(self) -> Shown:
        figure, goal, row = self.figure, self.goal, self.benchmark
        found, value, of = figure.series, figure.value, figure.series.metric
        return Shown(
            key=of.key,
            label=of.name,
            value=value.value,
            unit=found.unit.value,
            currency=found.currency or "",
            reason=value.why,
            previous=figure.before.value,
            compared=_compared(figure),
            better=of.direction.value,
            low=value.low,
            high=value.high,
            n=value.n,
            n_label=of.n_label(value.n),
            is_small=figure.is_small,
            is_significant=figure.is_significant,
            trend=tuple(figure.trend),
            closed=value.closed,
            goal=_goal(goal) if goal else None,
            benchmark=(row.label, f"{row.source} {row.year or ''}".strip(), row.value, row.upper)
            if row
            else None,
            is_better=self.is_better,
        )


def _compared(figure: Figure) -> Period:
    period = figure.before.period
    is_of_close = isinstance(figure.series.computation.measure, Standing | WithFlows)
    is_part = figure.value.period.is_partial and is_of_close
    return Period(period.end - DAY, period.end) if is_part else period


def _goal(found: Progress) -> tuple[str, Decimal, str, Period, str, str]:
    """As `Shown` has it."""
    goal, verdict = found.goal, found.verdict
    sense = goal.get_sense_display()
    return sense, goal.target, found.currency or "", found.due, verdict.words, verdict.tone


@dataclass(frozen=True, slots=True)
class HeatCell:
    period: Period
    customers: int
    share: float | None

    @property
    def heat(self) -> int:
        return 0 if self.share is None else min(round(self.share * 10), 11)


@dataclass(frozen=True)
class HeatRow:
    """A quarter's beginners, and how many of them pay at each close since."""

    period: Period
    size: int
    is_small: bool
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class Band:
    """`mrr` None: it cannot be added up. The shares are of all bands together."""

    band: str
    customers: int
    share: float | None
    mrr: Decimal | None
    mrr_share: float | None


@dataclass(frozen=True)
class Health:
    """How many customers, and how much MRR, by band; `reason`: why nobody is scored."""

    bands: tuple[Band, ...]
    little_known: LittleKnown
    score: float | None
    weighted: float | None
    currency: str
    reason: str


@dataclass(frozen=True)
class AheadMonth:
    month: dt.date
    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class ForecastPanel:
    """`months` ahead of the close of `base`; without any, `reason` says why. `change`: of the last
    of them to the base's MRR."""

    base: dt.date
    mrr: Decimal
    months: tuple[AheadMonth, ...]
    past: tuple[tuple[dt.date, Decimal], ...]
    currency: str
    reason: str

    @property
    def change(self) -> Decimal | None:
        return self.months[-1].value / self.mrr - 1 if self.months and self.mrr else None

    @property
    def change_size(self) -> Decimal | None:
        """The same without its sign."""
        return None if self.change is None else abs(self.change)


@dataclass(frozen=True)
class CompanyWide:
    """What is told of the company as a whole only."""

    sentences: tuple[Sentence, ...] = ()
    warnings: tuple[Notice, ...] = ()
    goals: Sequence[Progress] = ()
    cohorts: tuple[HeatRow, ...] = ()
    health: Health | None = None
    forecast: ForecastPanel | None = None


@dataclass(frozen=True)
class Overview:
    """`closed`: the month that the period is, if that is closed. `owner`: whose figures these are,
    as the customers name the owner; empty: everybody's. `is_unknown`: nobody has that owner.
    `company_wide` is empty with an owner."""

    chosen: Chosen
    as_of: dt.date
    figures: Sequence[KeyFigure]
    movements: Series
    closed: ClosedMonth | None
    owner: str = ""
    is_unknown: bool = False
    company_wide: CompanyWide = field(default_factory=CompanyWide)


def overview(chosen: Chosen, *, owned: Owned, shared: Shared) -> Overview:
    """The company's; or the key figures and movements of an owner's customers."""
    company, as_of = shared.company, shared.as_of
    months = figures.trend_months(chosen.period, shared.as_of)
    shared.look_up([metric(key) for key in (*FIGURES, *ALSO_COMPARED, "mrr_movements")], months)
    place = EVERYWHERE if owned.is_all else _place(owned, chosen, shared)
    wide = CompanyWide()
    goals: list[Progress] = []
    if owned.is_all:
        open_goals = Goal.objects.filter(due_on__gte=as_of)
        goals = progress_of(open_goals, company=company, as_of=as_of, shared=shared)
        wide = _company_wide(chosen, goals, shared)
    movements = series(
        metric("mrr_movements"),
        months,
        company=company,
        as_of=as_of,
        dimension=(place or EVERYWHERE).dimension,
        shared=shared,
    )
    return Overview(
        chosen=chosen,
        as_of=as_of,
        figures=[] if place is None else _figures(chosen, goals, place, shared),
        movements=movements,
        closed=shared.closed_months.get(chosen.period.start) if _is_month(chosen.period) else None,
        owner="" if owned.is_all or place is None else str(place.segment),
        is_unknown=place is None,
        company_wide=wide,
    )


def _is_month(period: Period) -> bool:
    return grain_of(period, week_start=0) is Grain.MONTH


def _place(owned: Owned, chosen: Chosen, shared: Shared) -> Place | None:
    """The segment of the owner's customers: of two that name the same user (by address and by
    name), the larger. None where nobody has that owner."""
    if not is_attribute(OWNER.attribute):
        return None
    found = series(
        metric("customers"),
        figures.trend_months(chosen.period, shared.as_of),
        company=shared.company,
        as_of=shared.as_of,
        dimension=OWNER,
        shared=shared,
    )
    wanted = owned.names or (UNKNOWN,)
    known = [name for name in found.segments if name.lower() in wanted]
    if not known:
        return None
    return Place(OWNER, max(known, key=lambda name: max(value.n for value in found.of(name))))


def _figures(
    chosen: Chosen, goals: Sequence[Progress], place: Place, shared: Shared
) -> list[KeyFigure]:
    grain = grain_of(chosen.period, week_start=shared.company.week_start)
    rows = Benchmark.objects.filter(
        metric__in=FIGURES, is_drawn=True, grain__in=["", _grain_of(chosen, grain)]
    )
    benchmarks: dict[str, Benchmark] = {}
    for row in rows:
        benchmarks.setdefault(row.metric, row)
    aims: dict[str, Progress] = {}
    for goal in goals:
        if not goal.goal.by:
            aims.setdefault(goal.goal.metric, goal)
    found = []
    for key in FIGURES:
        one = figures.figure(key, chosen, shared=shared, place=place)
        benchmark = benchmarks.get(key)
        found.append(KeyFigure(one, aims.get(key), benchmark, _is_better(one, benchmark)))
    return found


def _grain_of(chosen: Chosen, grain: Grain) -> str:
    """Benchmarks of how long a period suit; an unfinished one is on its way to be whole."""
    if chosen.period.is_partial and chosen.preset in ("month", "quarter", "year"):
        return chosen.preset
    return grain.value if grain is not Grain.RANGE else "-"


def _is_better(one: Figure, benchmark: Benchmark | None) -> bool | None:
    value = one.value.value
    if benchmark is None or value is None or one.value.period.is_partial or one.is_small:
        return None
    match one.series.metric.direction:
        case Direction.HIGHER:
            return float(value) >= float(benchmark.value)
        case Direction.LOWER:
            return float(value) <= float(benchmark.upper or benchmark.value)
    return None


def _company_wide(chosen: Chosen, goals: Sequence[Progress], shared: Shared) -> CompanyWide:
    company, period = shared.company, chosen.period
    said = kept_sentences(period, chosen.before, shared)
    if said is None:
        said = of_figures(period, chosen.before, shared=shared)
    return CompanyWide(
        sentences=tuple(with_goals(said, period, shared=shared)),
        warnings=tuple(Notice(**one) for one in panel("warnings", shared) if "data" in one),
        goals=goals,
        cohorts=tuple(_heat(row, company.minimum_n) for row in panel("cohorts", shared)),
        health=_health(panel("health", shared)),
        forecast=_forecast(panel("forecast", shared)),
    )


def _period(said: dict[str, Any]) -> Period:
    return Period(_day(said["start"]), _day(said["end"]), said["partial"])


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _heat(row: dict[str, Any], minimum: int) -> HeatRow:
    cells = (HeatCell(_period(cell), cell["customers"], cell["share"]) for cell in row["cells"])
    return HeatRow(_period(row), row["size"], row["size"] < minimum, tuple(cells))


def _health(said: dict[str, Any]) -> Health:
    people = sum(one["customers"] for one in said["bands"])
    amounts = [None if one["mrr"] is None else Decimal(one["mrr"]) for one in said["bands"]]
    money = sum((amount for amount in amounts if amount is not None), Decimal(0))
    bands = [
        Band(
            band=one["band"],
            customers=one["customers"],
            share=one["customers"] / people if people else None,
            mrr=amount,
            mrr_share=float(amount / money) if amount is not None and money else None,
        )
        for one, amount in zip(said["bands"], amounts, strict=True)
    ]
    currency, reason = said["currency"] or "", words.said(said["reason"])
    return Health(
        tuple(bands), _little_known(said), said["score"], said["weighted"], currency, reason
    )


def _little_known(said: dict[str, Any]) -> LittleKnown:
    """Among those with a score; of nobody where it was kept before that was told."""
    scored = [one for one in said["bands"] if one["band"] in BANDS]
    little = said.get("little_known", {"customers": 0, "mrr": None})
    return LittleKnown.among(
        sum(one["customers"] for one in scored),
        sum((Decimal(one["mrr"] or 0) for one in scored), Decimal(0)),
        customers=little["customers"],
        mrr=None if little["mrr"] is None else Decimal(little["mrr"]),
    )


def _forecast(said: dict[str, Any]) -> ForecastPanel:
    months = tuple(
        AheadMonth(
            _day(one["start"]), Decimal(one["value"]), Decimal(one["low"]), Decimal(one["high"])
        )
        for one in said["months"]
    )
    past = tuple((_day(one["start"]), Decimal(one["mrr"])) for one in said["past"])
    currency, mrr = said["currency"] or "", Decimal(said["mrr"])
    reason = words.said(said["reason"])
    return ForecastPanel(_day(said["base"]), mrr, months, past, currency, reason)


def owner_of(params: dict[str, str], owned: Owned) -> Owned:
    """The overview is the company's: without `?owner=` it is of everybody's customers."""
    return owned if params.get("owner") else Owned(choice=ALL, names=None)
