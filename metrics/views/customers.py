"""The list of customers: found, filtered, in an order, with the columns one wants."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.formatting import format_number
from accounts.models import User
from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, page_number, user_of
from customers import owners
from customers.models import Customer, CustomerAttribute
from customers.models.customer import attribute_label
from customers.one import opened_from
from customers.registry import Beside, CustomerList
from metrics.actions import saved_views
from metrics.customer_list.asking import Asked, asked_of
from metrics.customer_list.columns import MOST, NAME, UnknownColumnError, chosen, known
from metrics.customer_list.filters import ATTRIBUTE, STATES, UNKNOWN
from metrics.customer_list.listing import Choices, Listing, Totals
from metrics.freshness import freshness
from metrics.models import HealthScore, ListPage
from metrics.neighbours import customers_beside
from metrics.views import listed_views
from metrics.views.customers_bulk import DOINGS
from tenants.context import current_company

PAGE = 50
MOST_VALUES = 200
MORE = ("product", "plan", "mrr_from", "mrr_to", "renews_within", "signed_from", "signed_to")
"""Filters that stand behind "More filters"."""


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Answers /customers/ (csm_portal.registries)."""
    company, user = company_of(request), user_of(request)
    asked = asked_of(request.GET.dict(), user, others=("page",))
    listing = Listing(company, company.today(), asked.filters)
    totals = listing.totals()
    last = max((totals.customers - 1) // PAGE, 0)
    number = min(page_number(request, digits=7), last)
    rows = listing.page(
        asked.columns, order=asked.order, reverse=asked.is_reverse, at=number * PAGE, size=PAGE
    )
    context = {
        "rows": rows,
        "heads": _heads(asked),
        "columns": [(one, one in asked.columns) for one in asked.there.values()],
        "doings": DOINGS.items(),
        "asked": asked,
        "totals": totals,
        "today": listing.today,
        "currency": listing.currency.code or "",
        "no_money": listing.currency.why,
        "is_narrowed": asked.filters.is_any,
        "is_empty": not totals.customers and not Customer.objects.exists(),
        "freshness": freshness(),
        "may_administer": has_permission(user, Permission.ADMINISTER),
        **_form(request, asked, listing.choices()),
        **_paging(asked, number, last, totals),
        "query": asked.query,
        "listed": opened_from("customers", asked.query),
        "views": listed_views.offered(user, ListPage.CUSTOMERS, asked.query),
    }
    status = 400 if asked.problems else 200
    is_part = request.headers.get("HX-Target") == "customer-list"
    template = "metrics/customers/_list.html" if is_part else "metrics/customers/list.html"
    return render(request, template, context, status=status)


def _beside(customer: Customer, query: str, user: User) -> Beside:
    asked = asked_of(QueryDict(query).dict(), user, others=("page",))
    if asked.problems:
        return Beside()
    company = current_company()
    listing = Listing(company, company.today(), asked.filters)
    return customers_beside(
        lambda is_new: listing.beside(
            customer.pk, order=asked.order, reverse=asked.is_reverse, is_new=is_new
        )
    )


CUSTOMERS = CustomerList("customers", gettext_noop("Customers"), "customers:list", _beside)


def _heads(asked: Asked) -> list[dict[str, Any]]:
    """The heads of the table, each with the address that orders by it, or the other way."""
    found = []
    for column in (NAME, *asked.columns):
        is_current = column == asked.order
        query = {**asked.kept, "sort": column.key}
        query.pop("reverse", None)
        if is_current and not asked.is_reverse:
            query["reverse"] = "1"
        is_down = column.is_down != asked.is_reverse
        found.append(
            {
                "column": column,
                "way": ("descending" if is_down else "ascending") if is_current else "",
                "href": f"?{urlencode(query)}" if column.order is not None else "",
            }
        )
    return found


def _form(request: HttpRequest, asked: Asked, there: Choices) -> dict[str, Any]:
    """What the filters can be, and those that are set, each with the address without it."""
    by = request.GET.get("by", "")
    attributes = [column.attribute for column in asked.there.values() if column.attribute]
    labels = {"product": dict(there.products), "plan": dict(there.plans)}
    return {
        "params": asked.kept,
        "owner_choices": owners.choices(asked.filters.owned, there.owners),
        "states": STATES.items(),
        "bands": HealthScore.Band.choices,
        "products": there.products,
        "plans": there.plans,
        "attributes": [(key, attribute_label(key)) for key in attributes],
        "by": by,
        "values": _values(by) if by in attributes else [],
        "hidden": [
            (name, value)
            for name, value in asked.kept.items()
            if name in ("sort", "reverse", "columns") or name.startswith(ATTRIBUTE)
        ],
        "is_more_open": any(name in asked.kept for name in MORE) or bool(by),
        "chips": [
            {"label": _chip(name, value, labels), "href": _without(asked, name)}
            for name, value in asked.kept.items()
            if name in MORE or name.startswith(ATTRIBUTE)
        ],
    }


def _chip(name: str, value: str, labels: dict[str, dict[int, str]]) -> str:
    if name.startswith(ATTRIBUTE):
        label = attribute_label(name.removeprefix(ATTRIBUTE))
        return f"{label}: {_('none') if value == UNKNOWN else value}"
    if name in labels and value.isdecimal():
        value = labels[name].get(int(value), value)
    words = {
        "product": _("Product"),
        "plan": _("Plan"),
        "mrr_from": _("MRR from"),
        "mrr_to": _("MRR to"),
        "renews_within": _("Renews within days:"),
        "signed_from": _("Signed up from"),
        "signed_to": _("Signed up to"),
    }
    return f"{words[name]} {value}"


def _without(asked: Asked, name: str) -> str:
    query = {key: value for key, value in asked.kept.items() if key != name}
    return f"?{urlencode(query)}"


def _values(key: str) -> list[str]:
    """What an attribute's value can be, some of them."""
    held = CustomerAttribute.objects.filter(superseded_at=None, key=key).exclude(value="")
    found = held.order_by("value").values_list("value", flat=True).distinct()
    return [*found[:MOST_VALUES], UNKNOWN]


def _paging(asked: Asked, number: int, last: int, totals: Totals) -> dict[str, Any]:
    def href(to: int) -> str:
        return f"?{urlencode({**asked.kept, 'page': str(to + 1)})}"

    first, count = number * PAGE + 1, totals.customers
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


@requires(Permission.VIEW)
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters, order and columns of the list under a name."""
    user = user_of(request)
    asked = asked_of(QueryDict(request.POST.get("query", "")).dict(), user)
    kept = {
        **asked.kept,
        "owner": asked.filters.owned.choice,
        "columns": ",".join(column.key for column in asked.columns),
    }
    return listed_views.save(request, ListPage.CUSTOMERS, query=urlencode(kept), shown=asked.query)


@requires(Permission.VIEW)
@require_POST
def remove_view(request: HttpRequest, view_id: int) -> HttpResponse:
    return listed_views.remove(request, ListPage.CUSTOMERS, view_id)


@requires(Permission.VIEW)
@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """What the user's list shows from now on; `usual`: what it shows by itself."""
    user = user_of(request)
    kept = QueryDict(request.POST.get("query", "")).dict()
    kept.pop("columns", None)
    wanted = [] if "usual" in request.POST else request.POST.getlist("column")
    try:
        if wanted or "usual" in request.POST:
            keys = [column.key for column in chosen(wanted, known())]
            saved_views.choose_columns(by=user, page=ListPage.CUSTOMERS, columns=keys)
        else:
            messages.error(
                request, _("Choose at least one column, and at most {most}.").format(most=MOST)
            )
    except UnknownColumnError as error:
        messages.error(request, str(error))
    return listed_views.to_list(ListPage.CUSTOMERS, urlencode(asked_of(kept, user).kept))
