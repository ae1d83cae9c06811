"""Renewals: what comes due when, what is decided, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.formatting import format_day, format_number
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, page_number, user_of
from customers import owners
from customers.actions.locking import KindBusyError
from customers.actions.renewals import Decision, decide
from customers.models import Customer, Subscription
from customers.models.journey import ChurnKind
from customers.one import opened_from
from customers.registry import Beside, CustomerList
from metrics.contributions.due import Days
from metrics.dimensions import attribute_keys
from metrics.freshness import freshness
from metrics.models import ContractDay, HealthScore
from metrics.neighbours import customers_beside
from metrics.periods import DAY
from metrics.pickers import read_day
from metrics.renewals.asking import DECIDED, PRESETS, Asked, asked_of
from metrics.renewals.keeping import kept
from metrics.renewals.listing import (
    DESCENDING,
    NO_BAND,
    Cells,
    Listing,
    Month,
    added,
    certain,
    lost,
    total,
    undecided,
)
from metrics.renewals.outlook import outlook_of
from metrics.renewals.rows import rows_of
from tenants.context import current_company
from tenants.models import Company

PAGE = 50
COLUMNS = (
    ("day", gettext_noop("Due"), False),
    ("name", gettext_noop("Customer"), False),
    ("mrr", gettext_noop("MRR"), True),
)
BANDS = [*HealthScore.Band.choices, (NO_BAND, gettext_noop("Not scored"))]
DUE = [
    ("longer", gettext_noop("Quarters, years and dates on record")),
    ("all", gettext_noop("Also the ends of months")),
    ("recorded", gettext_noop("Dates on record alone")),
]


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What comes due in a span of days, this quarter's at first; a manager's own."""
    company, user = company_of(request), user_of(request)
    today = company.today()
    params = request.GET.dict()
    asked = asked_of(params, today=today, user=user)
    listing = asked.listing(company, today)
    number = page_number(request, digits=6)
    months, found = listing.months_and_page(
        order=asked.order, reverse=asked.is_reverse, at=number * PAGE, size=PAGE
    )
    cells = added([month.cells for month in months])
    rows = rows_of(listing, found)
    held = kept()
    context = {
        "asked": asked,
        "problems": asked.problems,
        "rows": rows,
        "month_rows": [_month_row(month) for month in months],
        "totals": _totals(cells),
        "outlook": outlook_of(cells, held, minimum=company.minimum_n),
        "has_any": bool(rows)
        or any(month.cells for month in months)
        or ContractDay.objects.exists(),
        "currency": listing.currency.code or "",
        "no_money": listing.currency.why,
        "columns": _columns(request, asked),
        "presets": PRESETS,
        "shown": [("shown", f"{asked.start}/{asked.last_day}")],
        "bands": BANDS,
        "decided": DECIDED,
        "dues": DUE,
        "kinds": ChurnKind.choices,
        "attributes": attribute_keys(),
        "owned": asked.filters.owned,
        "owner_choices": owners.choices(asked.filters.owned),
        "params": params,
        "today": today,
        "freshness": freshness(),
        "here": request.get_full_path(),
        "listed": opened_from("renewals", _kept(request.GET)),
        "metric_href": f"{reverse('metrics:detail', args=['renewal_rate'])}?due={asked.which}",
        "api_url": request.build_absolute_uri(reverse("api:renewals_due")),
        "downloads": [
            {
                "label": label,
                "href": f"{reverse('api:renewals_due_table', args=[kind])}?{asked.query}",
            }
            for label, kind in (("CSV", "csv"), ("XLSX", "xlsx"))
        ],
        "tabs": tabs("due"),
        **_paging(request, number, total(cells).customers),
    }
    return render(request, "metrics/renewals.html", context, status=400 if asked.problems else 200)


def _beside(customer: Customer, query: str, user: User) -> Beside:
    company = current_company()
    today = company.today()
    asked = asked_of(QueryDict(query).dict(), today=today, user=user)
    if asked.problems:
        return Beside()
    listing = asked.listing(company, today)
    return customers_beside(
        lambda is_new: listing.beside(
            customer.pk, order=asked.order, reverse=asked.is_reverse, is_new=is_new
        )
    )


RENEWALS = CustomerList("renewals", gettext_noop("Renewals"), "metrics:renewals", _beside)


def tabs(current: str) -> list[dict[str, Any]]:
    pages = (
        ("due", _("What comes due"), "renewals"),
        ("outlook", _("Outlook"), "renewal_outlook"),
    )
    return [
        {"label": label, "href": reverse(f"metrics:{route}"), "is_current": key == current}
        for key, label, route in pages
    ]


def _totals(cells: Cells) -> dict[str, Any]:
    """By what became of it, in words for the page."""
    return {
        "all": total(cells),
        "certain": certain(cells),
        "lost": lost(cells),
        "open": undecided(cells),
    }


def _month_row(month: Month) -> dict[str, Any]:
    """A month in words and as a bar; `shares` of MRR, None where nothing is due."""
    sums = _totals(month.cells)
    whole = float(sums["all"].mrr)
    shares = bar = None
    if whole:
        shares = {name: float(sums[name].mrr) / whole for name in ("certain", "lost", "open")}
        ends = {name: f"{100 * share:.2f}" for name, share in shares.items()}
        bar = {**ends, "lost_from": ends["certain"]}
    return {"month": month, "shares": shares, "bar": bar, **sums}


def _kept(params: QueryDict) -> str:
    """What the list is of, wherever in it one is."""
    kept = {name: value for name, value in params.items() if value and name != "page"}
    return urlencode(kept)


def _columns(request: HttpRequest, asked: Asked) -> list[dict[str, Any]]:
    """The heads that sort, each with the address that orders by it, or the other way."""
    found = []
    for name, label, is_number in COLUMNS:
        query = request.GET.copy()
        for one in ("reverse", "page"):
            query.pop(one, None)
        query["sort"] = name
        is_current = name == asked.order
        if is_current and not asked.is_reverse:
            query["reverse"] = "1"
        is_down = (name in DESCENDING) != asked.is_reverse
        way = ("descending" if is_down else "ascending") if is_current else ""
        found.append(
            {"label": label, "is_number": is_number, "way": way, "href": f"?{query.urlencode()}"}
        )
    return found


def _paging(request: HttpRequest, number: int, count: int) -> dict[str, str]:
    def href(to: int) -> str:
        query = request.GET.copy()
        query["page"] = str(to + 1)
        return f"?{query.urlencode()}"

    first = number * PAGE + 1
    last = min(first + PAGE - 1, count)
    return {
        "previous_href": href(number - 1) if number else "",
        "next_href": href(number + 1) if last < count else "",
        "summary": _("{first} to {last} of {count}").format(
            first=format_number(first), last=format_number(last), count=format_number(count)
        )
        if count > PAGE
        else "",
    }


@requires(Permission.WORK)
@require_POST
def decision(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Put on record what becomes of what a customer has due on a day."""
    customer = get_object_or_404(Customer, pk=customer_id)
    company = company_of(request)
    home = _home(request)
    day = read_day(request.POST.get("day", ""))
    said = request.POST.get("decision", "")
    if day is None or said not in list(Decision):
        messages.error(request, _("Say which day and what was decided."))
        return home
    due = contracts_due(company_of(request), customer, day)
    if not due:
        messages.error(
            request,
            _("Nothing of {customer} comes due on {day}. Look again.").format(
                customer=customer, day=format_day(day)
            ),
        )
        return home
    try:
        problems = decide(
            customer=customer,
            renews_on=day,
            subscriptions=due,
            decision=Decision(said),
            by=user_of(request),
            today=company.today(),
            reason=request.POST.get("reason", "").replace("\0", "").strip(),
            kind=request.POST.get("kind", ""),
        )
    except KindBusyError as error:
        messages.error(request, _("{error} Nothing was changed; try again.").format(error=error))
        return home
    for problem in problems:
        messages.error(request, problem.message)
    if not problems:
        words = _("{customer}, {day}: {decided}.")
        decided = _(SAID[Decision(said)])
        said_so = words.format(customer=customer, day=format_day(day), decided=decided)
        messages.success(request, said_so)
    return home


SAID = {
    Decision.AGREED: gettext_noop("renewing"),
    Decision.CANCELLED: gettext_noop("cancelled"),
    Decision.OPEN: gettext_noop("not decided, as before"),
}


def contracts_due(company: Company, customer: Customer, day: dt.date) -> list[Subscription]:
    """Of a customer on a day. Two queries."""
    listing = Listing(company, company.today(), day, day + DAY, Days.ALL).of([customer.pk])
    found = listing.contracts().get((customer.pk, day), [])
    return list(Subscription.objects.filter(pk__in=found).order_by("pk"))


def _home(request: HttpRequest) -> HttpResponseRedirect:
    """Back to where one came from, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(reverse("metrics:renewals"))
