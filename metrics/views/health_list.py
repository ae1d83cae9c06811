"""Customers by health: who stands where, who dropped, and what is at risk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.formatting import format_number
from accounts.models import User
from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, page_number, user_of
from customers.models import Customer, CustomerAttribute
from customers.one import opened_from
from customers.registry import Beside, CustomerList
from metrics.dimensions import attribute_keys
from metrics.freshness import freshness
from metrics.health import keeping
from metrics.health.filters import FILTERS, FilterError, Filters, filters_of
from metrics.health.listing import DESCENDING, ORDERS, UNKNOWN, Listing
from metrics.models import HealthModel, HealthScore, ListPage
from metrics.neighbours import customers_beside
from metrics.query import unknown
from metrics.views import listed_views
from tenants.context import current_company

PAGE = 50
MOST_VALUES = 200
COLUMNS = (
    ("name", gettext_noop("Customer"), False),
    ("score", gettext_noop("Score"), True),
    ("drop", gettext_noop("30 days"), True),
    ("mrr", gettext_noop("MRR"), True),
    ("at_risk", gettext_noop("MRR at risk"), True),
    ("renewal", gettext_noop("Renewal"), True),
)
KEPT = (*FILTERS, "sort", "reverse")
"""What a saved view holds."""


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Filtered, sorted by `?sort=`, a page at a time."""
    company = company_of(request)
    params = request.GET.dict()
    filters, order, is_reverse, problems = _asked(params)
    listing = Listing(company, company.today(), filters)
    totals = keeping.totals(listing)
    last = max((totals.customers - 1) // PAGE, 0)
    number = min(page_number(request, digits=7), last)
    rows = listing.page(order=order, reverse=is_reverse, at=number * PAGE, size=PAGE)
    kept = _kept(request.GET)
    models = list(HealthModel.objects.filter(retired_at=None))
    context = {
        "rows": rows,
        "totals": totals,
        "currency": listing.currency.code or "",
        "no_money": listing.currency.why,
        "columns": _columns(kept, order, is_reverse=is_reverse),
        "params": params,
        "filters": filters,
        "is_narrowed": filters.is_any,
        "bands": HealthScore.Band.choices,
        "models": models,
        "has_models": len(models) > 1,
        "attributes": attribute_keys(),
        "values": _values(filters.by or params.get("by", "")),
        "problems": problems,
        "as_of": listing.today,
        "freshness": freshness(),
        "has_scores": bool(totals.customers) or HealthScore.objects.exists(),
        "may_administer": has_permission(request.user, Permission.ADMINISTER),
        **_paging(request, number, last, totals.customers),
        **_views(request, kept),
    }
    return render(request, "metrics/health.html", context, status=400 if problems else 200)


def _asked(params: dict[str, str]) -> tuple[Filters, str, bool, list[str]]:
    """(filters, one of ORDERS, whether that is turned round, what could not be)."""
    filters, problems = _filters(params)
    order = params.get("sort") or "score"
    if order not in ORDERS:
        problems.append(
            _("sort must be one of {orders}; got {order}.").format(
                orders=", ".join(ORDERS), order=order[:40]
            )
        )
        order = "score"
    return filters, order, params.get("reverse") == "1", problems


def _beside(customer: Customer, query: str, user: User) -> Beside:
    filters, order, is_reverse, problems = _asked(QueryDict(query).dict())
    if problems:
        return Beside()
    company = current_company()
    listing = Listing(company, company.today(), filters)
    return customers_beside(
        lambda is_new: listing.beside(customer.pk, order=order, reverse=is_reverse, is_new=is_new)
    )


HEALTH_LIST = CustomerList("health", gettext_noop("Health"), "metrics:health", _beside)


def _filters(params: dict[str, str]) -> tuple[Filters, list[str]]:
    problem = unknown(params, (*KEPT, "page"))
    problems = [problem] if problem else []
    try:
        return filters_of(params), problems
    except FilterError as error:
        return Filters(), [*problems, _("{error} Shown without filters.").format(error=error)]


def _kept(params: QueryDict) -> dict[str, str]:
    given = params.dict()
    return {name: str(given[name]) for name in KEPT if given.get(name)}


def _columns(kept: dict[str, str], order: str, *, is_reverse: bool) -> list[dict[str, Any]]:
    """The heads of the table, each with the address that orders by it, or the other way."""
    found = []
    for name, label, is_number in COLUMNS:
        is_current = name == order
        query = {**kept, "sort": name}
        query.pop("reverse", None)
        if is_current and not is_reverse:
            query["reverse"] = "1"
        is_down = (name in DESCENDING) != is_reverse
        way = ("descending" if is_down else "ascending") if is_current else ""
        found.append(
            {
                "label": label,
                "is_number": is_number,
                "way": way,
                "href": f"?{urlencode(query)}",
            }
        )
    return found


def _values(by: str) -> list[str]:
    """What an attribute's value can be, some of them."""
    if not by or "\0" in by:
        return []
    held = CustomerAttribute.objects.filter(superseded_at=None, key=by).exclude(value="")
    values = held.order_by("value").values_list("value", flat=True).distinct()
    return [*values[:MOST_VALUES], UNKNOWN]


def _paging(request: HttpRequest, number: int, last: int, count: int) -> dict[str, Any]:
    def href(to: int) -> str:
        params = request.GET.copy()
        params["page"] = str(to + 1)
        return f"?{params.urlencode()}"

    first = number * PAGE + 1
    return {
        "previous_href": href(number - 1) if number else "",
        "next_href": href(number + 1) if number < last else "",
        "summary": _("{first} to {last} of {count}").format(
            first=format_number(first),
            last=format_number(min(first + PAGE - 1, count)),
            count=format_number(count),
        )
        if count
        else "",
    }


def _views(request: HttpRequest, kept: dict[str, str]) -> dict[str, Any]:
    query = urlencode(kept)
    return {
        "query": query,
        "listed": opened_from("health", query),
        "views": listed_views.offered(user_of(request), ListPage.HEALTH, query),
        "downloads": [
            {
                "label": label,
                "href": f"{reverse('api:health_scores_table', args=[kind])}?{query}",
            }
            for label, kind in (("CSV", "csv"), ("XLSX", "xlsx"))
        ],
    }


@requires(Permission.VIEW)
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters and order of the list under a name."""
    query = urlencode(_kept(QueryDict(request.POST.get("query", ""))))
    return listed_views.save(request, ListPage.HEALTH, query=query, shown=query)


@requires(Permission.VIEW)
@require_POST
def remove_view(request: HttpRequest, view_id: int) -> HttpResponse:
    return listed_views.remove(request, ListPage.HEALTH, view_id)
