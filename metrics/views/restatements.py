"""The log of restatements: values of months gone by that changed, and which facts did it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from metrics import query, registry
from metrics.models import Recomputation, Restatement, StoredSplit
from metrics.periods import Grain, advance
from metrics.restated.log import ANY, Entry, Filters, all_causes, entries

PAGE = 25
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Group:
    """What one recomputation changed, as far as it is on this page."""

    recomputation: Recomputation
    entries: list[Entry]


@requires(Permission.VIEW)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Newest first; of totals, unless a split is asked for (`by=*`: of everything)."""
    company, params = company_of(request), query.flat(request.GET)
    filters, problems = _filters(params)
    before = _number(params.get("before", ""))
    rows = filters.rows()
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    listed, is_more = found[:PAGE], len(found) > PAGE
    splits = set(StoredSplit.objects.values_list("by", flat=True))
    context = {
        "groups": grouped(entries(listed, company=company)),
        "metrics": registry.metrics(),
        "splits": sorted(splits | {filters.by} if filters.by else splits),
        "params": params,
        "any": ANY,
        "problems": problems,
        "is_narrowed": any(params.get(name) for name in ("metric", "month", "by", "segment")),
        "next_href": _href(request, before=listed[-1].pk) if is_more else "",
        "csv_query": _csv_query(filters),
        "as_of": company.today(),
    }
    return render(request, "metrics/restatements.html", context, status=400 if problems else 200)


@requires(Permission.VIEW)
@require_safe
def of_recomputation(request: HttpRequest, recomputation_id: int) -> HttpResponse:
    """One recomputation: all facts that changed, and every value that came out differently."""
    recomputation = get_object_or_404(Recomputation, pk=recomputation_id)
    before = _number(request.GET.get("before", ""))
    rows = Restatement.objects.filter(recomputation=recomputation).order_by("-id")
    count = rows.count()
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("recomputation")[: PAGE + 1])
    company = company_of(request)
    context = {
        "recomputation": recomputation,
        "causes": all_causes(recomputation),
        "restated": entries(found[:PAGE], company=company),
        "count": count,
        "next_href": _href(request, before=found[PAGE - 1].pk) if len(found) > PAGE else "",
        "as_of": company.today(),
    }
    return render(request, "metrics/restatement.html", context)


def grouped(found: Iterable[Entry]) -> list[Group]:
    """By recomputation, in their order."""
    groups: list[Group] = []
    for entry in found:
        if not groups or groups[-1].recomputation.pk != entry.row.recomputation_id:
            groups.append(Group(entry.row.recomputation, []))
        groups[-1].entries.append(entry)
    return groups


def _filters(params: dict[str, str]) -> tuple[Filters, list[str]]:
    """What is asked for, as far as it can be, and what is wrong with the rest."""
    problems: list[str] = []
    metric, by = params.get("metric", ""), params.get("by", "")
    start, end = None, None
    if metric:
        try:
            registry.metric(metric)
        except registry.UnknownMetricError as error:
            problems.append(str(error))
            metric = ""
    if params.get("month"):
        try:
            start = dt.datetime.strptime(params["month"], "%Y-%m").date()  # noqa: DTZ007 - a day
            end = advance(start, Grain.MONTH)
        except (ValueError, OverflowError):
            start = end = None
            words = _("{name} must be a month as YYYY-MM; got {given}.")
            problems.append(words.format(name="month", given=params["month"][:40]))
    segment = params.get("segment") or None
    if segment is not None and by in ("", ANY):
        problems.append(_("segment needs by, which says what it is a segment of."))
        segment = None
    return Filters(metric, None if by == ANY else by, segment, start, end), problems


def _number(text: str) -> int:
    """An id out of the query; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID else 0


def _href(request: HttpRequest, **place: int) -> str:
    found = request.GET.copy()
    for name, value in place.items():
        found[name] = str(value)
    return f"{request.path}?{found.urlencode()}"


def _csv_query(filters: Filters) -> str:
    """The same rows from the API."""
    wanted: dict[str, Any] = {
        "metric": filters.metric,
        "segment": filters.segment,
        "start": filters.start,
        "end": filters.end,
    }
    found = {name: value for name, value in wanted.items() if value}
    if filters.by is not None:
        found["by"] = filters.by
    return urlencode(found)


def log_of(metric_key: str) -> str:
    """Where the log of one metric is."""
    return f"{reverse('metrics:restatements')}?{urlencode({'metric': metric_key})}"
