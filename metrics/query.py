"""What a request asks of a metric, read from its query parameters. Pages and API share it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from metrics.contributions.frame import Dimension, joined, names_of
from metrics.definition import Metric
from metrics.dimensions import UnknownSegmentError, dimension
from metrics.options import OptionError
from metrics.periods import Grain, Period, PeriodError, advance, floor, periods, trailing
from tenants.models import Company

RESERVED = frozenset({"start", "end", "grain", "by", "trailing", "segment", "cursor", "limit"})
OF_ROWS = ("segment", "cursor", "limit")
"""What only the rows behind one value take."""

USUAL_PERIODS = 12
EARLIEST = dt.date(1970, 1, 1)


def flat(params: QueryDict) -> dict[str, str]:
    """The parameters by name. Of one given several times the last one holds; but `by` given twice
    is crossed, and `segment` given twice names a crossed segment.
    """
    found: dict[str, str] = {name: str(value) for name, value in params.dict().items()}
    if "by" in params:
        found["by"] = ",".join(name for name in params.getlist("by") if name)
    if "segment" in params:
        found["segment"] = joined(params.getlist("segment"))
    return found


@dataclass(frozen=True)
class Query:
    """Periods, the split, and the options as given; the company's own stand for the others."""

    start: dt.date
    end: dt.date
    grain: Grain
    periods: list[Period]
    dimension: Dimension
    options: dict[str, str]


def parse(params: Mapping[str, str], metric: Metric, *, company: Company, as_of: dt.date) -> Query:
    """Read `start`, `end`, `grain`, `by`, `trailing` and the metric's options.

    Without dates: the twelve periods up to the one `as_of` is in. Raises PeriodError,
    UnknownSegmentError or OptionError, whose text says what is allowed.
    """
    options = _options(params, metric)  # a problem is told before anything else is read
    for name in OF_ROWS:
        if params.get(name):
            words = _("{name} is for the rows behind one value, at explain/ and rows.csv.")
            raise OptionError(words.format(name=name))
    split = dimension(params.get("by", ""), metric)
    if params.get("trailing"):
        _grain(params.get("grain") or Grain.RANGE)  # trailing days are one period, whatever it says
        start, end, grain = *_trailing(params, as_of), Grain.RANGE
    else:
        grain = _grain(params.get("grain") or Grain.MONTH)
        start, end = _dates(params, grain, company=company, as_of=as_of)
    cut = periods(start, end, grain, as_of=as_of, week_start=company.week_start)
    return Query(start, end, grain, cut, split, options)


@dataclass(frozen=True)
class ValueQuery:
    """One value: of a period, in a segment of `dimension` (None: the total), with the options
    given; the company's own stand for the others."""

    period: Period
    dimension: Dimension
    segment: str | None
    options: dict[str, str]


def parse_value(params: Mapping[str, str], metric: Metric, *, as_of: dt.date) -> ValueQuery:
    """Read what an explanation is about: a period, `by`, `segment` and the metric's options.

    Raises what `parse` raises.
    """
    options = _options(params, metric)
    _grain(params.get("grain") or Grain.RANGE)  # the two dates are one period, whatever it says
    period = parse_period(params, as_of=as_of)
    split = dimension(params.get("by", ""), metric)
    segment = params.get("segment") or None
    if segment is not None and not params.get("by"):
        raise UnknownSegmentError(_("segment needs by, which says what it is a segment of."))
    if segment is not None and len(names_of(segment)) != len(split.each):
        words = (
            _("segment must be given once, with by={by}; got {count}.")
            if len(split.each) == 1
            else _("segment must be given twice: one of each, with by={by}; got {count}.")
        )
        raise UnknownSegmentError(words.format(by=split.name, count=len(names_of(segment))))
    return ValueQuery(period, split, segment, options)


def _options(params: Mapping[str, str], metric: Metric) -> dict[str, str]:
    """What is not reserved. Raises OptionError where the metric has no such option or value."""
    options = {name: text for name, text in params.items() if name not in RESERVED}
    metric.choose(options)
    return options


def parse_period(params: Mapping[str, str], *, as_of: dt.date) -> Period:
    """The one period `[start, end)` that an explanation is about."""
    if params.get("trailing"):
        start, end = _trailing(params, as_of)
    elif params.get("start") and params.get("end"):
        start, end = day(params, "start"), day(params, "end")
    else:
        raise PeriodError(
            _("start and end must be given, as YYYY-MM-DD; end is the first day after.")
        )
    return periods(start, end, Grain.RANGE, as_of=as_of)[0]


def _trailing(params: Mapping[str, str], as_of: dt.date) -> tuple[dt.date, dt.date]:
    text = params["trailing"]
    if params.get("start") or params.get("end"):
        raise PeriodError(_("Either trailing or start and end can be given."))
    period = trailing(text, as_of=as_of)
    return period.start, period.end


def _grain(text: str) -> Grain:
    try:
        return Grain(text)
    except ValueError:
        words = _("{name} must be one of {allowed}; got {given}.")
        allowed = ", ".join(Grain)
        raise PeriodError(words.format(name="grain", allowed=allowed, given=text)) from None


def _dates(
    params: Mapping[str, str], grain: Grain, *, company: Company, as_of: dt.date
) -> tuple[dt.date, dt.date]:
    if params.get("start") and params.get("end"):
        return day(params, "start"), day(params, "end")
    if params.get("start") or params.get("end"):
        raise PeriodError(_("start and end must be given together."))
    if grain is Grain.RANGE:
        raise PeriodError(_("grain=range takes start and end."))
    current = floor(as_of, grain, week_start=company.week_start)
    return advance(current, grain, 1 - USUAL_PERIODS), advance(current, grain)


def day(params: Mapping[str, str], name: str) -> dt.date:
    """A date parameter, as YYYY-MM-DD."""
    try:
        return dt.datetime.strptime(params[name], "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        words = _("{name} must be a day as YYYY-MM-DD; got {given}.")
        raise PeriodError(words.format(name=name, given=params[name])) from None


def whole_end(period: Period, grain: Grain) -> dt.date:
    """The border that a period of `grain` ends at when it is over."""
    return advance(period.start, grain) if grain is not Grain.RANGE else period.end


def asked_as_of(params: Mapping[str, str], today: dt.date) -> dt.date:
    """The day `as_of`, today where none is given. Raises PeriodError."""
    if not params.get("as_of"):
        return today
    found = day(params, "as_of")
    if not EARLIEST <= found <= today:
        words = _("as_of must be a day from {first} to {last}; got {given}.")
        raise PeriodError(words.format(first=EARLIEST, last=today, given=found))
    return found


def unknown(params: Mapping[str, str], taken: Sequence[str]) -> str:
    """What is wrong with a parameter that is none of `taken`; "" where all are."""
    found = sorted(set(params) - set(taken))
    if not found:
        return ""
    words = _("Only {names} can be given; got {given}.")
    return words.format(names=", ".join(taken), given=found[0][:100])
