"""Doing something to the ticked customers, or to all that match; and the list as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from customers import owners
from customers.actions import bulk as bulk_actions
from customers.actions.bulk_tasks import make_for_each
from customers.actions.tasks import workers
from customers.models import Customer
from metrics.api.downloads import file_of
from metrics.customer_list.asking import Asked, asked_of
from metrics.customer_list.files import table_of
from metrics.customer_list.listing import Listing
from metrics.dimensions import attribute_keys
from metrics.downloads.tables import CONTENT_TYPES

DOINGS = {
    "owner": gettext_noop("Set the owner"),
    "attribute": gettext_noop("Set an attribute"),
    "tasks": gettext_noop("Make a task for each"),
    "csv": gettext_noop("Export as CSV"),
    "xlsx": gettext_noop("Export as XLSX"),
}
TICKED, MATCHING = "ticked", "all"
MOST_TICKED = 200
SHOWN = 10
DIGITS = 20
"""More has no id."""


@dataclass(frozen=True)
class Wanted:
    """To whom what is to be done. `customers`: their ids."""

    doing: str
    whom: str
    customers: list[int]
    asked: Asked

    @property
    def query(self) -> str:
        return self.asked.query


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Says to how many what will be done, and asks for what it takes; a POST does it."""
    data = request.POST if request.method == "POST" else request.GET
    wanted = _wanted(request, data)
    if wanted.whom == MATCHING and wanted.asked.problems:
        return _refused(request, wanted.asked)
    if not wanted.customers:
        messages.error(request, _("Tick the customers first, or choose all that match."))
        return redirect(f"{reverse('customers:list')}?{wanted.query}")
    if request.method != "POST":
        return _confirmation(request, wanted)
    if request.POST.get("count") != str(len(wanted.customers)):
        return _confirmation(request, wanted, _("How many match has changed since. Look again."))
    try:
        return _do(request, wanted)
    except Refused as refusal:
        return _confirmation(request, wanted, refusal.message)


def _refused(request: HttpRequest, asked: Asked) -> HttpResponse:
    """A filter that cannot be read lets everybody through: nothing is done to them."""
    for problem in asked.problems:
        messages.error(request, problem)
    messages.error(request, _("Nothing was done: choose the filters again."))
    return redirect("customers:list")


def _wanted(request: HttpRequest, data: QueryDict) -> Wanted:
    doing, whom = data.get("do", ""), data.get("whom", TICKED)
    if doing not in DOINGS or whom not in (TICKED, MATCHING):
        raise Http404
    params: dict[str, Any] = (QueryDict(data.get("query")) if "query" in data else data).dict()
    asked = asked_of(params, user_of(request), others=("do", "whom", "pick", "page"))
    if whom == MATCHING:
        company = company_of(request)
        customers = Listing(company, company.today(), asked.filters).ids()
    else:
        given = [one for one in data.getlist("pick") if one.isascii() and one.isdigit()]
        picked = [int(one) for one in given if len(one) < DIGITS]
        some = [one for one in picked if one < 2**63][:MOST_TICKED]
        customers = list(
            Customer.objects.filter(pk__in=some).order_by("pk").values_list("pk", flat=True)
        )
    return Wanted(doing, whom, customers, asked)


def _confirmation(request: HttpRequest, wanted: Wanted, problem: str = "") -> HttpResponse:
    some = Customer.objects.filter(pk__in=wanted.customers[:SHOWN]).order_by("pk")
    context = {
        "wanted": wanted,
        "label": _(DOINGS[wanted.doing]),
        "count": len(wanted.customers),
        "some": some,
        "more": max(len(wanted.customers) - SHOWN, 0),
        "problem": problem,
        "given": request.POST.dict(),
        "people": _people() if wanted.doing == "owner" else [],
        "workers": workers() if wanted.doing == "tasks" else [],
        "attributes": [key for key in attribute_keys() if key != "owner"],
        "is_job": len(wanted.customers) > bulk_actions.AT_ONCE,
        "back_href": f"{reverse('customers:list')}?{wanted.query}",
        "nav_current": "customers",
        "breadcrumbs": [
            {"label": _("Customers"), "href": reverse("customers:list")},
            {"label": _(DOINGS[wanted.doing])},
        ],
    }
    status = 409 if problem else 200
    return render(request, "metrics/customers/bulk.html", context, status=status)


def _people() -> list[str]:
    """Who can be an owner: those who sign in, and those who own customers already."""
    users = User.objects.filter(is_active=True).values_list("email", flat=True)
    fixed = (owners.ME, owners.ALL, owners.NONE)
    held = [value for value, _words in owners.choices(owners.EVERYBODY) if value not in fixed]
    return sorted({*users, *held}, key=str.lower)


def _do(request: HttpRequest, wanted: Wanted) -> HttpResponseBase:
    post, user = request.POST, user_of(request)
    if wanted.doing in CONTENT_TYPES:
        return _file(request, wanted, wanted.customers if wanted.whom == TICKED else None)
    if wanted.doing == "tasks":
        return _tasks(request, wanted)
    key = "owner" if wanted.doing == "owner" else post.get("key", "") or post.get("new_key", "")
    value = "" if "nothing" in post else post.get("value", "").strip()
    if not value and "nothing" not in post:
        raise Refused(_("Say which value, or tick that there is none."), code="no_value")
    import_ = bulk_actions.set_attribute(customers=wanted.customers, key=key, value=value, by=user)
    if len(wanted.customers) > bulk_actions.AT_ONCE:
        messages.info(
            request, _("On its way. This page shows how far it is; there it can be undone.")
        )
        return redirect(import_)
    bulk_actions.finish(import_id=import_.pk, by=user)
    import_.refresh_from_db()
    changed = import_.created_rows + import_.updated_rows
    words = ngettext(
        'Changed {count} customer. <a href="{href}">Look at it, or undo it</a>.',
        'Changed {count} customers. <a href="{href}">Look at it, or undo it</a>.',
        changed,
    )
    href = import_.get_absolute_url()
    messages.success(request, format_html(words, count=format_number(changed), href=href))
    return redirect(f"{reverse('customers:list')}?{wanted.query}")


def _tasks(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    post = request.POST
    due_on, assignee = post.get("due_on", ""), post.get("assignee", "")
    try:
        day = dt.date.fromisoformat(due_on) if due_on else None
    except ValueError:
        raise Refused(_("The day it is due must be like 2026-01-31."), code="bad_day") from None
    worker = next((one for one in workers() if str(one.pk) == assignee), None)
    if assignee not in ("", "owner") and worker is None:
        raise Refused(_("There is no such user to give them to."), code="unknown_assignee")
    made = make_for_each(
        customers=wanted.customers,
        title=post.get("title", ""),
        due_on=day,
        assignee=worker,
        is_for_owner=assignee == "owner",
        by=user_of(request),
    )
    messages.success(
        request,
        ngettext("{count} task made.", "{count} tasks made.", made).format(
            count=format_number(made)
        ),
    )
    return redirect(f"{reverse('customers:list')}?{wanted.query}")


@requires(Permission.WORK)
@require_POST
def table(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as it is shown (`query`), all of it, as a file."""
    if kind not in CONTENT_TYPES:
        raise Http404
    asked = asked_of(QueryDict(request.POST.get("query", "")).dict(), user_of(request))
    if asked.problems:
        return _refused(request, asked)
    return _file(request, Wanted(kind, MATCHING, [], asked), None)


def _file(
    request: HttpRequest, wanted: Wanted, customers: Sequence[int] | None
) -> HttpResponseBase:
    company, asked = company_of(request), wanted.asked
    listing = Listing(company, company.today(), asked.filters)
    audit.record(
        by=user_of(request),
        action="customers.exported",
        subject="customers",
        detail={
            "form": wanted.doing,
            "customers": listing.totals().customers if customers is None else len(customers),
            "columns": [column.key for column in asked.columns],
            "is_searched": bool(asked.filters.words),
        },
    )
    return file_of(table_of(listing, asked, customers), wanted.doing)
