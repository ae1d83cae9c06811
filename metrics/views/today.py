"""Today: who needs somebody and why, and what a user was named in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from customers import mentions, owners
from customers.actions import tasks
from customers.actions.tasks import About
from customers.models import Customer, Task
from customers.models.task import TITLE_LENGTH
from customers.views.tasks import acted, back_to
from metrics.freshness import freshness
from metrics.health import keeping
from metrics.health.listing import BandTotal, Listing
from metrics.models import HealthScore
from metrics.today import reading
from metrics.today.knowing import unknown_kinds
from metrics.today.reading import Asked, Item, Today
from metrics.today.rules import LABELS, PER_FURTHER, RULES
from metrics.today.words import Reason
from tenants.context import current_company
from tenants.models import Company

FEW_REASONS = 6


@requires(Permission.VIEW)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """`?kind=` narrows to one kind of reason, `?owner=` to whose customers."""
    company, user = company_of(request), user_of(request)
    owned = owners.owned_of(request.GET, user)
    kind = request.GET.get("kind", "")
    kind = kind if kind in LABELS else ""
    found = reading.read(Asked(owned=owned, kind=kind), company=company)
    context = {
        "today": found,
        "rows": _rows(found),
        "few_reasons": FEW_REASONS,
        "tabs": _tabs(found, kind, request),
        "kind": kind,
        "owned": owned,
        "owner_choices": owners.choices(owned),
        "hidden": [("kind", kind)] if kind else [],
        "rules": RULES,
        "per_further": PER_FURTHER,
        "mentions": mentions.unread(user),
        "here": request.get_full_path(),
        "may_work": user.may_work,
        "act_href": reverse("metrics:today_act"),
        "later_href": reverse("metrics:today_later"),
        "currency": found.currency.code or "",
        "freshness": freshness(),
    }
    if owned.is_all and not kind and not found.items:
        context["unknown"] = [one.shown_within for one in unknown_kinds()]
        context["red"] = _red(company, found)
    return render(request, "metrics/today.html", context)


def _red(company: Company, found: Today) -> BandTotal:
    """Who is red, though nobody is on the list."""
    bands = keeping.totals(Listing(company, found.day)).bands
    return next(one for one in bands if one.band == HealthScore.Band.RED)


def _rows(found: Today) -> list[dict[str, Any]]:
    """Each item with the value of its buttons but for the reason: its customer, and the one after
    it, which stands in its place when it is done with."""
    items: list[Item] = list(found.items)
    return [
        {"item": item, "value": f"{item.customer_id}/{after.customer_id if after else 0}"}
        for item, after in zip_longest(items, items[1:])
    ]


def _tabs(found: Today, kind: str, request: HttpRequest) -> list[dict[str, Any]]:
    """A tab for each kind with how many reasons there are; without any it is left out."""

    def href(of_kind: str) -> str:
        params = {name: value for name, value in request.GET.items() if name != "kind"}
        query = urlencode({**params, **({"kind": of_kind} if of_kind else {})})
        return f"{request.path}?{query}" if query else request.path

    every = sum(one.reasons for one in found.counts)
    tabs = [{"label": _("All"), "href": href(""), "is_current": not kind, "count": every}]
    tabs += [
        {
            "label": _(one.label),
            "href": href(one.kind),
            "is_current": one.kind == kind,
            "count": one.reasons,
        }
        for one in found.counts
        if one.reasons or one.kind == kind
    ]
    return tabs


@dataclass(frozen=True)
class _Row:
    """What a button of the list names: a customer, the one after it, and a reason."""

    customer: int
    after: int
    about: str

    @classmethod
    def of(cls, text: str) -> _Row | None:
        found = _ROW.fullmatch(text)
        return cls(int(found[1]), int(found[2]), found[3]) if found else None


_ROW = re.compile(r"([0-9]{1,18})/([0-9]{1,18})/([a-z]+:[^\0]{1,200})")


def _reason(row: _Row | None) -> Reason:
    """As it is now. Raises Refused."""
    if row is not None:
        found = reading.read(Asked(customer=row.customer), company=current_company())
        for item in found.items:
            for reason in item.reasons:
                if reason.about == row.about:
                    return reason
    raise Refused(_("This is not on the list any more. Load the page again."), code="gone")


def _task(row: _Row | None, user: User) -> Task:
    """The task about a reason; where there is none yet it is made, so that the list knows."""
    reason = _reason(row)
    if reason.task_id is not None:
        return Task.objects.get(pk=reason.task_id)
    return tasks.make(
        customer=Customer.objects.get(pk=reason.customer_id),
        title=reason.words[:TITLE_LENGTH],
        by=user,
        assignee=user,
        about=About(kind=reason.kind, key=reason.key),
    )


@requires(Permission.WORK)
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Mark a row (`row`) done; or with `do` snooze it or hand it over. Then back to the list, to
    what stands in the row's place."""
    row = _Row.of(request.POST.get("row", ""))
    back = back_to(request, reverse("metrics:today")).partition("#")[0]
    place = f"customer-{row.after}" if row and row.after else "list"
    said = {"do": "finish", **request.POST.dict()}
    user = user_of(request)
    return acted(request, lambda: _task(row, user), said, f"{back}#{place}")


@requires(Permission.WORK)
@require_safe
def later(request: HttpRequest) -> HttpResponse:
    """The forms that snooze a row or hand it over: a page, with htmx only they."""
    row = _Row.of(request.GET.get("row", ""))
    try:
        reason = _reason(row)
    except Refused as refusal:
        raise Http404 from refusal
    back = back_to(request, reverse("metrics:today"))
    context = {
        "reason": reason,
        "customer": Customer.objects.get(pk=reason.customer_id),
        "workers": tasks.workers(),
        "hidden": [("row", request.GET["row"]), ("next", back)],
        "back": back,
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "metrics/_today_later.html" if is_part else "metrics/today_later.html"
    return render(request, template, context)
