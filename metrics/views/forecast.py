"""MRR twelve months ahead, how it comes about, and who is behind one of its cohorts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from customers.models import Customer
from metrics.charts.legends import said_legend
from metrics.charts.outlook import LEGEND, spec_of
from metrics.currency import figures_currency
from metrics.forecast.calculation import Ahead, CohortAhead, base_of
from metrics.forecast.reading import Outlook, members, outlook
from metrics.forecast.wording import change_words, kept_words, new_words, sum_words
from metrics.freshness import freshness
from metrics.periods import Grain, Period, PeriodError, advance, floor
from metrics.pickers import read_day
from metrics.query import asked_as_of, unknown
from tenants.models import Company

PAGE = 100
COHORTS_SHOWN = 12
FILES = [
    (gettext_noop("Months as CSV"), "table", "csv", {}),
    (gettext_noop("Months as Excel"), "table", "xlsx", {}),
    (gettext_noop("Cohorts as CSV"), "table", "csv", {"table": "cohorts"}),
    (gettext_noop("Cohorts as Excel"), "table", "xlsx", {"table": "cohorts"}),
    (gettext_noop("Score as CSV"), "table", "csv", {"table": "score"}),
    (gettext_noop("Score as Excel"), "table", "xlsx", {"table": "score"}),
    (gettext_noop("Chart as PNG"), "chart", "png", {}),
    (gettext_noop("Chart as SVG"), "chart", "svg", {}),
]


@dataclass(frozen=True, slots=True)
class CohortRow:
    """`model`: the parameters of its own one; None: the pooled. `expected`: its MRR at the last
    close ahead; `kept`: the share that is there at each."""

    month: dt.date
    href: str
    size: int
    customers: int
    mrr: Decimal
    expected: Decimal
    model: tuple[float, float] | None
    kept: tuple[float, ...]


def _asked(request: HttpRequest, company: Company, *taken: str) -> tuple[dt.date, list[str]]:
    """The day asked for; one that cannot be is today, and is said."""
    params = request.GET.dict()
    problem = unknown(params, ("as_of", *taken))
    problems = [problem] if problem else []
    try:
        return asked_as_of(params, company.today()), problems
    except PeriodError as error:
        return company.today(), [*problems, str(error)]


@requires(Permission.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """The forecast, its score a year ago, and where it comes from."""
    company = company_of(request)
    as_of, problems = _asked(request, company, "cohorts")
    found = outlook(company, as_of=as_of)
    context = {
        "found": found,
        "said": found.forecast,
        "score": found.score,
        "currency": found.currency or "",
        "as_of": as_of,
        "today": company.today(),
        "problems": problems,
        "freshness": freshness(),
        "downloads": _downloads(found),
        "api_url": request.build_absolute_uri(reverse("api:forecast")),
        "minimum": company.minimum_n,
    }
    if not found.forecast.reason:
        context |= {"spec": spec_of(found), "legend": _legend(found), **_explained(found)}
        context |= _cohorts(found, is_whole=request.GET.get("cohorts") == "all")
    return render(request, "metrics/forecast.html", context, status=400 if problems else 200)


def _legend(found: Outlook) -> list[dict[str, str]]:
    return said_legend(LEGEND if found.score.months else LEGEND[:2])


def _downloads(found: Outlook) -> list[dict[str, str]]:
    as_of = {"as_of": str(found.forecast.as_of)}
    return [
        {
            "label": _(label),
            "href": f"{reverse(f'api:forecast_{what}', args=[kind])}?{urlencode(as_of | more)}",
        }
        for label, what, kind, more in FILES
        if not (found.forecast.reason and what == "chart")
    ]


def _explained(found: Outlook) -> dict[str, Any]:
    said = found.forecast
    last = said.months[-1]
    return {
        "last": last,
        "words": [
            sum_words(found),
            kept_words(found),
            new_words(found),
            change_words(found),
        ],
        "numbers": [one.number for one in said.months],
        "parts": _parts(last),
    }


def _cohorts(found: Outlook, *, is_whole: bool) -> dict[str, Any]:
    """The newest first; `more`: how many are not shown."""
    newest = found.forecast.cohorts[::-1]
    shown = newest if is_whole else newest[:COHORTS_SHOWN]
    path, as_of = reverse("metrics:forecast_cohort"), str(found.forecast.as_of)
    return {
        "cohorts": [_row(one, path, as_of) for one in shown],
        "more": len(newest) - len(shown),
    }


def _row(one: CohortAhead, path: str, as_of: str) -> CohortRow:
    cohort, model = one.cohort, one.retention.model
    return CohortRow(
        month=cohort.month,
        href=f"{path}?{urlencode({'cohort': cohort.month.isoformat(), 'as_of': as_of})}",
        size=cohort.size,
        customers=cohort.customers,
        mrr=cohort.mrr,
        expected=one.expected[-1],
        model=(model.a, model.b) if one.retention.is_own else None,
        kept=tuple(one.kept),
    )


def _parts(last: Ahead) -> list[tuple[str, float]]:
    """What makes the interval, as shares of the variance."""
    error = last.error
    whole = error.standard**2
    if not whole:
        return []
    return [
        (_("Who leaves"), error.leaves / whole),
        (_("How much new business comes"), error.begins / whole),
        (_("What customers who stay change"), error.changes / whole),
        (_("The model's parameters"), error.model / whole),
    ]


@requires(Permission.VIEW)
def who(request: HttpRequest) -> HttpResponse:
    """The customers of a cohort that are there at the close that the forecast looks from."""
    company = company_of(request)
    as_of, problems = _asked(request, company, "cohort", "after")
    month = read_day(request.GET.get("cohort", ""))
    if month is None or month != floor(month, Grain.MONTH) or problems:
        said = problems or [_("Say which cohort, as the first day of its month.")]
        page = "metrics/forecast_cohort.html"
        return render(request, page, {"problem": said[0]}, status=400)
    after = request.GET.get("after", "")
    first = int(after) if after.isdecimal() and len(after) < 19 else 0
    base, currency = base_of(as_of), figures_currency(company)
    found = []
    if currency.code is not None:
        found = members(month, base.end, currency, after=first, limit=PAGE + 1)
    customers = Customer.objects.in_bulk([one.customer_id for one in found[:PAGE]])
    query = request.GET.copy()
    if len(found) > PAGE:
        query["after"] = str(found[PAGE - 1].customer_id)
    context = {
        "cohort": Period(month, advance(month, Grain.MONTH)),
        "base": base,
        "rows": [(customers[one.customer_id], one) for one in found[:PAGE]],
        "currency": currency,
        "next_href": f"?{query.urlencode()}" if len(found) > PAGE else "",
        "as_of": as_of,
    }
    return render(request, "metrics/forecast_cohort.html", context)
