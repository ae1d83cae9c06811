"""The facts of a kind, newest first, and one fact with its versions and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api.errors import Problem
from accounts.permissions import Permission, requires
from customers import fact_filters, fact_rows
from customers.api.kinds import is_versioned
from customers.api.reading import Where
from customers.fact_rows import FactRow
from customers.imports.fields import Kind
from customers.models import Customer
from tenants.context import current_company

PAGE_SIZE = 50
_LARGEST_ID = 2**63 - 1


def _kind(key: str) -> Kind:
    for kind in fact_rows.listed_kinds():
        if kind.key == key:
            return kind
    raise Http404


@requires(Permission.VIEW)
@require_safe
def fact_index(request: HttpRequest) -> HttpResponse:
    """The kinds of facts."""
    context = {
        "kinds": fact_rows.listed_kinds(),
    }
    return render(request, "customers/facts/index.html", context)


def _breadcrumbs(*labels: str) -> list[dict[str, str]]:
    """The data, then the kinds of facts, then what the page is."""
    return [
        {"label": _("Data"), "href": reverse("metrics:data")},
        {"label": _("Facts"), "href": reverse("customers:fact_index")},
        *({"label": label} for label in labels),
    ]


@requires(Permission.VIEW)
@require_safe
def fact_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The current facts of a kind, of one customer (`?customer=` its id) or of all, narrowed by
    the filters that the API has."""
    found = _kind(kind)
    wanted = request.GET.get("customer", "").strip().replace("\0", "")[:200]
    customer = Customer.objects.known_as(wanted) if wanted else None
    narrowed = fact_filters.narrowed(found, request.GET, current_company().timezone)
    page = Page([], "", "", narrowed.problem)
    if not page.problem and (customer is not None or not wanted):
        page = _page(request, found, customer, narrowed.where)
    fields = fact_rows.shown_fields(found)
    context: dict[str, Any] = {
        "kind": found,
        "rows": [(row, [row.cell(field) for field in fields]) for row in page.rows],
        "fields": [(field, fact_rows.form_of(field)) for field in fields],
        "has_customer": fact_rows.has_customer(found),
        "is_of_one": customer is not None or not fact_rows.has_customer(found),
        "customer": customer,
        "wanted": wanted,
        "narrowed": narrowed,
        "problem": page.problem,
        "is_unknown": bool(wanted) and customer is None,
        "is_narrowed": bool(wanted) or narrowed.is_any,
        "previous_href": page.previous_href,
        "next_href": page.next_href,
        "breadcrumbs": _breadcrumbs(found.shown_label),
    }
    return render(request, "customers/facts/list.html", context)


@dataclass(frozen=True)
class Page:
    """`problem`: why there are no rows."""

    rows: list[FactRow]
    previous_href: str
    next_href: str
    problem: str = ""


def _page(request: HttpRequest, kind: Kind, customer: Customer | None, where: Where) -> Page:
    before, after = (_number(request.GET.get(name, "")) for name in ("before", "after"))
    try:
        rows = fact_rows.newest(
            kind, customer=customer, wanted=where, before=before, after=after, size=PAGE_SIZE + 1
        )
    except Problem as problem:
        return Page([], "", "", str(problem.detail))
    is_more = len(rows) > PAGE_SIZE
    rows = rows[-PAGE_SIZE:] if after else rows[:PAGE_SIZE]
    has_previous = is_more if after else bool(before)
    has_next = True if after else is_more
    return Page(
        rows,
        _href(request, after=rows[0].id) if rows and has_previous else "",
        _href(request, before=rows[-1].id) if rows and has_next else "",
    )


def _number(text: str) -> int:
    """An id out of the query; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID else 0


def _href(request: HttpRequest, **place: int) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, value in place.items():
        query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"


@requires(Permission.VIEW)
@require_safe
def fact_detail(request: HttpRequest, kind: str, fact_id: int) -> HttpResponse:
    """One fact: what is held now, where it came from, and every version before."""
    found = _kind(kind)
    versions = fact_rows.versions(found, fact_id) if fact_id <= _LARGEST_ID else []
    if not versions:
        raise Http404
    current = versions[0]
    context = {
        "kind": found,
        "fact": current,
        "versions": versions,
        "is_versioned": is_versioned(found),
        "is_removed": current.superseded_at is not None,
        "breadcrumbs": [
            *_breadcrumbs(),
            {"label": found.shown_label, "href": reverse("customers:fact_list", args=[found.key])},
            {"label": current.title[:60]},
        ],
    }
    return render(request, "customers/facts/detail.html", context)
