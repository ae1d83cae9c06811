"""One metric, and how one number of it came about."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of
from metrics import dimensions, figures, query, trend
from metrics.charts.choosing import chart_of, is_net
from metrics.charts.marks import marks_of
from metrics.charts.notes import annotations_of
from metrics.choosing import Origin, own_options
from metrics.contributions.frame import WHOLE, Dimension, label_of, names_of
from metrics.contributions.rows import Cursor
from metrics.definition import Metric, Question
from metrics.dimensions import UnknownSegmentError
from metrics.explanation import Explanation, explain, explain_kept
from metrics.freshness import freshness
from metrics.limits import TooManyError
from metrics.models import Benchmark, Goal
from metrics.options import OptionError, Options
from metrics.part_names import segment_label
from metrics.periods import Grain, PeriodError
from metrics.pickers import GRAINS, SPANS, Course, course, said_pairs
from metrics.progress import progress_of
from metrics.restated.log import Filters, entries
from metrics.scheduled import scheduled
from metrics.series import Series, Value
from metrics.values import series
from metrics.views.benchmarks import with_metrics
from metrics.views.finding import of_metric
from metrics.views.restatements import log_of
from metrics.wording import filled
from metrics.words import said
from tenants.models import Company
from tenants.once import looking_once

FIRST_ROWS = 10
MOST_RESTATED = 5
PICKED = frozenset({"preset", "start", "end", "shown", "grain", "by", "at"})
"""Parameters of a metric's page that are no options."""

PAGE = 50
DOWNLOADS = (
    (gettext_noop("Table as CSV"), "api:metric_table", "csv"),
    (gettext_noop("Table as XLSX"), "api:metric_table", "xlsx"),
    (gettext_noop("Chart as PNG"), "api:metric_chart", "png"),
    (gettext_noop("Chart as SVG"), "api:metric_chart", "svg"),
)


@requires(Permission.VIEW)
@of_metric
@looking_once()
def detail(request: HttpRequest, metric: Metric) -> HttpResponse:
    """A metric's course, segments, ways to compute it, and how its number came about."""
    company = company_of(request)
    as_of, params = company.today(), query.flat(request.GET)
    options, problems = _options(metric, params)
    over = course(params, company=company, as_of=as_of)
    split, problem = _dimension(metric, params)
    problems += [text for text in (over.problem, problem) if text]
    try:
        found = series(
            metric,
            over.periods,
            company=company,
            as_of=as_of,
            dimension=split,
            options=options,
        )
    except TooManyError as error:
        problems.append(_("{problem} Shown without a split.").format(problem=error))
        found = series(metric, over.periods, company=company, as_of=as_of, options=options)
    position = _position(found, params)
    value = found.totals[position]
    goals = list(Goal.objects.filter(metric=metric.key))
    noted = list(annotations_of(metric.key, found.totals[0].period.start, over.periods[-1].end))
    benchmarks = list(Benchmark.objects.filter(metric=metric.key))
    segments = _segments(found, position)
    marks = marks_of(found, over.grain, benchmarks=benchmarks, goals=goals)
    context = {
        "metric": metric,
        "company": company,
        "series": found,
        "course": over,
        "spans": said_pairs(SPANS),
        "grains": said_pairs(GRAINS),
        "problems": problems,
        "value": value,
        "before": found.totals[position - 1] if position and not is_net(found) else None,
        "is_small": value.is_small,
        "is_significant": figures.compared(value, found.totals[position - 1]) if position else None,
        "rows": list(reversed(found.totals)),
        "part_names": part_names(found),
        "by_names": dimensions.names(metric),
        "segments": segments,
        "has_intervals": any(row["value"].low is not None for row in segments),
        **_restated(found, over, company=company),
        "as_of": as_of,
        "freshness": freshness(),
        **chart_of(found, over.grain, marks, noted),
        "annotations": noted,
        "note_href": f"{reverse('metrics:annotation_new')}?{urlencode({'metric': metric.key})}",
        "has_cohorts": metric.question in (Question.STAYING, Question.REVENUE),
        "scheduled": scheduled(
            found, query.whole_end(over.periods[-1], over.grain), company=company
        ),
        "goals": progress_of(goals, company=company, as_of=as_of),
        "benchmarks": with_metrics(benchmarks),
        "may_edit": has_permission(request.user, Permission.WORK),
        "trend_method": said(trend.METHOD),
        **_explained(metric, found, value, company=company, as_of=as_of),
        **_methods(metric, value, found.options, company=company, as_of=as_of),
        **_links(request, metric, found, over, value),
    }
    # What was asked for wrongly is told, and the page shows what it can all the same.
    return render(request, "metrics/detail.html", context, status=400 if problems else 200)


def _options(metric: Metric, params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The options asked for, as far as they are not the company's own, and what is wrong with
    those that cannot be: the page shows the company's own then."""
    own = metric.choose(own_options(metric))
    given: dict[str, str] = {}
    known = {option.name for option in metric.options}
    allowed = ", ".join(option.name for option in metric.options) or _("none")
    words = _("There is no option {name}; this metric's options: {allowed}.")
    problems = [
        words.format(name=name[:100], allowed=allowed)
        for name in params
        if name not in known | PICKED
    ]
    for option in metric.options:
        text = params.get(option.name)
        if not text:
            continue
        try:
            value = option.read(text)
        except OptionError as error:
            problems.append(str(error))
            continue
        if value != own[option.name]:
            given[option.name] = value
    return given, problems


def _dimension(metric: Metric, params: dict[str, str]) -> tuple[Dimension, str]:
    try:
        return dimensions.dimension(params.get("by", ""), metric), ""
    except UnknownSegmentError as error:
        return WHOLE, _("{problem} Shown without a split.").format(problem=error)


def _restated(found: Series, over: Course, *, company: Company) -> dict[str, Any]:
    """What was restated of the total in the months shown, with the company's own options."""
    filters = Filters(found.metric.key, by="", start=over.start, end=over.periods[-1].end)
    all_rows, is_by_month = filters.rows(), over.grain is Grain.MONTH
    starts = all_rows.order_by().values_list("start", flat=True).distinct() if is_by_month else []
    return {
        "restated": entries(all_rows[:MOST_RESTATED], company=company),
        "restated_starts": set(starts),
        "restated_href": log_of(found.metric.key),
    }


def _position(found: Series, params: dict[str, str]) -> int:
    """Which period is looked at: the one that starts `at`, else the last."""
    starts = [str(value.period.start) for value in found.totals]
    at = params.get("at", "")
    return starts.index(at) if at in starts else len(starts) - 1


def part_names(found: Series) -> list[str]:
    """The parts that any of the periods has, in their order."""
    return list(dict.fromkeys(name for value in found.totals for name in value.parts))


def _segments(found: Series, position: int) -> list[dict[str, Any]]:
    """Each segment's value in the period looked at, with its course; the largest first."""
    rows: list[dict[str, Any]] = []
    for name in found.segments:
        values = found.of(name)
        value = values[position]
        rows.append(
            {
                "label": label_of(name),
                "names": [segment_label(one) for one in names_of(name)],
                "query": urlencode([("segment", one) for one in names_of(name)]),
                "value": value,
                "trend": [one.value for one in values],
                "is_small": value.is_small,
            }
        )
    return sorted(rows, key=lambda row: (-row["value"].n, row["label"]))


def _explained(
    metric: Metric, found: Series, value: Value, *, company: Company, as_of: dt.date
) -> dict[str, Any]:
    """The formula with its numbers and the first rows."""
    if value.numerator is None:
        return {"words": filled(found, value), "explanation": None}
    explanation = explain_kept(found, value, company=company, limit=FIRST_ROWS) or explain(
        metric,
        value.period,
        company=company,
        as_of=as_of,
        options=found.options,
        limit=FIRST_ROWS,
    )
    return {"words": explanation.words, "explanation": explanation}


def _methods(
    metric: Metric, value: Value, options: Options, *, company: Company, as_of: dt.date
) -> dict[str, Any]:
    """The same period by every method the metric has, side by side."""
    option = next((option for option in metric.options if option.name == "method"), None)
    if option is None or not value.period.is_begun:
        return {"methods": []}
    rows: list[dict[str, Any]] = []
    for choice in option.choices:
        found = series(
            metric,
            [value.period],
            company=company,
            as_of=as_of,
            options={**options, "method": choice.value},
        )
        rows.append(
            {
                "choice": choice,
                "series": found,
                "value": found.totals[0],
                "is_chosen": choice.value == options["method"],
            }
        )
    return {"methods": rows}


def _links(
    request: HttpRequest, metric: Metric, found: Series, over: Course, value: Value
) -> dict[str, Any]:
    """Where to go from here: the API's URL of this page, and all rows of this number."""
    chosen = {
        name: value
        for name, value in found.options.items()
        if found.origins[name] is Origin.REQUEST
    }
    by = {} if found.dimension == WHOLE else {"by": found.dimension.name}
    # A partial period ends early; asked for by its own grain it is named whole.
    whole_end = query.whole_end(over.periods[-1], over.grain)
    call = {"start": over.start, "end": whole_end, "grain": over.grain.value, **by, **chosen}
    explain_url = reverse("metrics:explain", args=[metric.key])
    span = {"start": value.period.start, "end": value.period.end}
    path = f"{reverse('api:metric', args=[metric.key])}?{urlencode(call)}"
    return {
        "api_url": request.build_absolute_uri(path),
        "downloads": [
            {
                "label": _(label),
                "href": f"{reverse(name, args=[metric.key, kind])}?{urlencode(call)}",
            }
            for label, name, kind in DOWNLOADS
        ],
        "explain_href": f"{explain_url}?{urlencode({**span, **chosen})}",
        "segment_query": urlencode({**span, **by, **chosen}),
        "explain_url": explain_url,
        "kept": [*over.shown, *by.items(), *chosen.items()],
    }


@requires(Permission.VIEW)
@of_metric
def explanation(request: HttpRequest, metric: Metric) -> HttpResponse:
    """All rows behind one number, in pages."""
    company = company_of(request)
    as_of, params = company.today(), query.flat(request.GET)
    context: dict[str, Any] = {"metric": metric, "as_of": as_of, "freshness": freshness()}
    try:
        found = _explanation(metric, params, company=company, as_of=as_of)
    except (PeriodError, OptionError, UnknownSegmentError, ValueError) as error:
        return render(request, "metrics/explain.html", {**context, "problem": error}, status=400)
    segment = found.value.segment
    context |= {"explanation": found, "series": found.series, "value": found.value}
    context["segment_names"] = (
        [segment_label(one) for one in names_of(segment)] if segment is not None else []
    )
    context["next_query"] = _next(request.GET, found.next_cursor)
    context["rows_query"] = _without_cursor(request.GET)
    return render(request, "metrics/explain.html", context)


def _explanation(
    metric: Metric, params: dict[str, str], *, company: Company, as_of: dt.date
) -> Explanation:
    wanted = query.parse_value(params, metric, as_of=as_of)
    return explain(
        metric,
        wanted.period,
        company=company,
        as_of=as_of,
        dimension=wanted.dimension,
        segment=wanted.segment,
        options=wanted.options,
        after=Cursor.parse(params["cursor"]) if params.get("cursor") else None,
        limit=PAGE,
    )


def _without_cursor(params: QueryDict) -> str:
    kept = params.copy()
    kept.pop("cursor", None)
    return kept.urlencode()


def _next(params: QueryDict, cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    following = params.copy()
    following["cursor"] = str(cursor)
    return following.urlencode()
