"""What a share link shows. No session, no cookie: the token in the address is the proof.

The pages tell search engines to stay away and the next site nothing of where a visitor came from.
A link that is over says so, and not what it was about.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.permissions import open_to_all
from accounts.views.requests import company_of
from metrics import figures
from metrics.charts.choosing import chart_of
from metrics.dimensions import UnknownSegmentError, dimension
from metrics.limits import TooManyError
from metrics.models import ShareLink
from metrics.periods import Grain, latest
from metrics.pickers import one_period
from metrics.registry import UnknownMetricError, metric
from metrics.reports import sharing
from metrics.reports.months import twelve_months
from metrics.reports.sharing import Selection
from metrics.shared import Shared
from metrics.values import series
from metrics.views.pages import part_names
from tenants.context import current_company
from tenants.limits import HOUR, Limit, network_of

LINK_IS_PROOF = "the token in the link is the proof; no session is needed"
PER_NETWORK = Limit("share-network", 300, HOUR)
PER_LINK = Limit("share-link", 2000, HOUR)
KEYS = (
    "mrr",
    "customers",
    "customer_churn_rate",
    "net_revenue_retention",
    "nps",
    "health_score",
)
UNKNOWN = (
    gettext_noop("This link does not work"),
    gettext_noop("It may have been cut short. Ask who sent it to you."),
)
OVER = (gettext_noop("This link has ended"), gettext_noop("Ask who sent it to you for a new one."))
TOO_OFTEN = (gettext_noop("Too many requests"), gettext_noop("Try again in an hour."))
GONE = (
    gettext_noop("There is nothing to show here any more"),
    gettext_noop("Ask who sent it to you for a new link."),
)
HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}

Parameters = ParamSpec("Parameters")
Linked = Callable[[HttpRequest, ShareLink], HttpResponse]


def by_token(view: Linked) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponse]:
    """The view of a link that is open; else what is wrong with it. Only a GET counts as a use."""

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        company = current_company()
        if not PER_NETWORK.allows(f"{company.pk}:{network_of(request)}"):
            return _private(_told(request, TOO_OFTEN, 429))
        link = sharing.find(token)
        if link is None:
            return _private(_told(request, UNKNOWN, 404))
        if not link.is_open():
            return _private(_told(request, OVER, 410))
        if not PER_LINK.allows(f"{company.pk}:{link.pk}"):
            return _private(_told(request, TOO_OFTEN, 429))
        answer = view(request, link)
        if request.method == "GET" and answer.status_code == 200:
            sharing.note_use(link)
        return _private(answer)

    return found  # type: ignore[return-value]  # takes just the token


def _private(answer: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        answer[name] = value
    return answer


def _told(request: HttpRequest, words: tuple[str, str], status: int) -> HttpResponse:
    title, text = words
    return render(request, "shared/told.html", {"title": _(title), "text": _(text)}, status=status)


@open_to_all(LINK_IS_PROOF)
@never_cache
@require_safe
@by_token
def shared(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """The overview, a metric, or the page from which a board report is had."""
    if link.what == ShareLink.What.OVERVIEW:
        return render(request, "shared/overview.html", _overview(request, link))
    if link.what == ShareLink.What.REPORT:
        context = {**_common(request, link), "report": link.report}
        return render(request, "shared/report.html", context)
    try:
        context = _metric(request, link)
    except (UnknownMetricError, UnknownSegmentError, TooManyError):
        return _told(request, GONE, 410)
    return render(request, "shared/metric.html", context)


@open_to_all(LINK_IS_PROOF)
@never_cache
@require_safe
@by_token
def shared_file(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """The board report of a link."""
    report = link.report
    if report is None or report.file is None:
        return _told(request, GONE, 404)
    answer = HttpResponse(bytes(report.file), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{report.file_name}"'
    return answer


def _common(request: HttpRequest, link: ShareLink) -> dict[str, Any]:
    company = company_of(request)
    return {"company": company, "link": link, "as_of": company.today()}


def _overview(request: HttpRequest, link: ShareLink) -> dict[str, Any]:
    """This month so far beside as much of the last, and twelve months of movements. No customer
    is named, so what changed is not told."""
    company = company_of(request)
    as_of = company.today()
    chosen = one_period({}, company=company, as_of=as_of)
    common = Shared(company, as_of)
    months = twelve_months(chosen.period, as_of=as_of)
    found = series(metric("mrr_movements"), months, company=company, as_of=as_of, shared=common)
    return {
        **_common(request, link),
        "chosen": chosen,
        "figures": [figures.figure(key, chosen, shared=common) for key in KEYS],
        "series": found,
        "rows": list(reversed(found.totals)),
        "part_names": part_names(found),
        **chart_of(found, Grain.MONTH),
    }


def _metric(request: HttpRequest, link: ShareLink) -> dict[str, Any]:
    """The metric's last periods. Raises what says that there is no such metric or split now."""
    company, said = company_of(request), Selection(**link.selection)
    as_of, grain, one = company.today(), Grain(said.grain), metric(said.metric)
    found = series(
        one,
        latest(grain, said.span, as_of=as_of, week_start=company.week_start),
        company=company,
        as_of=as_of,
        dimension=dimension(said.by, one),
    )
    return {
        **_common(request, link),
        "metric": one,
        "series": found,
        "value": found.totals[-1],
        "before": found.totals[-2],
        "rows": list(reversed(found.totals)),
        "part_names": part_names(found),
        "segments": [(name, list(reversed(found.of(name)))) for name in found.segments],
        **chart_of(found, grain),
    }
