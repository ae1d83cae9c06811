"""The list of customers, and one customer."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from customers.fact_rows import held_kinds
from customers.imports.kinds.customer_attributes import WELL_KNOWN
from customers.keyset import Page, page_of
from customers.models import Customer, CustomerAttribute, Term
from customers.models.customer import CustomerQuerySet, attribute_label
from customers.registry import panels
from customers.timeline import timeline
from tenants.context import current_company

PAGE_SIZE = 50
ATTRIBUTES_IN_LIST = 3
SHOWN_PARTS = 20
STATES = {"": "All", "paying": "Paying", "not_paying": "Not paying"}


@requires(Permission.VIEW)
@require_safe
def customer_list(request: HttpRequest) -> HttpResponse:
    """Customers by name, searched by name, id or a contact's address."""
    company = current_company()
    today = company.today()
    words = " ".join(request.GET.get("q", "").replace("\0", "").split())[:200]
    state = request.GET.get("state", "")
    found = _in_state(Customer.objects.search(words), state, today)
    count = found.count()
    page = page_of(
        found.annotate(lower_name=Lower("name")).with_mrr(today),
        by="lower_name",
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    keys = _first_attribute_keys()
    values = _values_on(today, [row.pk for row in page.rows], keys)
    context = {
        "rows": [(row, [values.get((row.pk, key), "") for key in keys]) for row in page.rows],
        "page": page,
        "count": count,
        "words": words,
        "state": state,
        "states": [
            {
                "label": label,
                "is_current": key == state,
                "href": _href(request, state=key, cursor=""),
            }
            for key, label in STATES.items()
        ],
        "attribute_labels": [attribute_label(key) for key in keys],
        **_links(request, page, count),
        "is_empty": not count and not words and not state,
        "currency": company.currency,
        "today": today,
    }
    template = (
        "customers/_list.html"
        if request.headers.get("HX-Target") == "list"
        else ("customers/list.html")
    )
    return render(request, template, context)


def _href(request: HttpRequest, **changed: str) -> str:
    """This page with other values in its query; empty ones leave it."""
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = value
        if not value:
            del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _links(request: HttpRequest, page: Page[Customer], count: int) -> dict[str, str]:
    return {
        "previous_href": _href(request, cursor=page.previous) if page.previous else "",
        "next_href": _href(request, cursor=page.next) if page.next else "",
        "summary": f"{len(page.rows):,} of {count:,}" if page.previous or page.next else "",
    }


def _in_state(customers: CustomerQuerySet, state: str, day: dt.date) -> CustomerQuerySet:
    if state == "paying":
        return customers.paying_on(day)
    if state == "not_paying":
        return customers.not_paying_on(day)
    return customers


def _first_attribute_keys() -> list[str]:
    keys = CustomerAttribute.objects.filter(superseded_at=None).values_list("key", flat=True)
    return sorted(keys.distinct())[:ATTRIBUTES_IN_LIST]


def _values_on(day: dt.date, customers: list[int], keys: list[str]) -> dict[tuple[int, str], str]:
    """The attribute values of a day. The first one known holds for all time before."""
    rows = CustomerAttribute.objects.filter(
        customer__in=customers, key__in=keys, superseded_at=None
    ).order_by("valid_from")
    ordered = sorted(rows, key=lambda row: row.valid_from or dt.date.min)
    values: dict[tuple[int, str], str] = {}
    for row in ordered:
        place = (row.customer_id, row.key)
        if place not in values or row.valid_from is None or row.valid_from <= day:
            values[place] = row.value
    return values


@requires(Permission.VIEW)
@require_safe
def customer_detail(request: HttpRequest, customer_id: int) -> HttpResponse:
    """One customer: what they pay, since when, who they are, and what happened."""
    company = current_company()
    today = company.today()
    customer = get_object_or_404(
        Customer.objects.select_related("source", "parent").with_mrr(today), pk=customer_id
    )
    terms = list(
        Term.objects.current()
        .filter(subscription__customer=customer)
        .select_related("subscription", "plan__product", "source")
        .order_by("starts_on", "id")
    )
    on_day = [term for term in terms if _counts_on(term, today)]
    attributes = _attributes(customer)
    context = {
        "customer": customer,
        "company": company,
        "breadcrumbs": [
            {"label": "Customers", "href": reverse("customers:list")},
            {"label": customer.name},
        ],
        "today": today,
        "subscriptions": _by_subscription(terms),
        "open_subscriptions": len({term.subscription_id for term in on_day}),
        "first_paid_on": min((t.starts_on for t in terms if t.mrr), default=None),
        "attributes": [item for item in attributes if item["key"] not in WELL_KNOWN],
        "well_known": [_on_day(item, today) for item in attributes if item["key"] in WELL_KNOWN],
        "parts": customer.children.order_by(Lower("name"), "pk")[: SHOWN_PARTS + 1],
        "shown_parts": SHOWN_PARTS,
        "aliases": customer.aliases.order_by("external_id"),
        "contacts": customer.contacts.filter(removed_at=None).order_by("name", "email"),
        "timeline": timeline(customer, terms),
        "panels": _rendered_panels(request, customer, today),
        "held_kinds": held_kinds(customer),
    }
    return render(request, "customers/detail.html", context)


def _counts_on(term: Term, day: dt.date) -> bool:
    return term.starts_on <= day and (term.ends_on is None or day < term.ends_on)


def _by_subscription(terms: list[Term]) -> list[dict[str, Any]]:
    """Subscriptions, the newest first, each with its terms, the newest first."""
    ordered = sorted(terms, key=lambda term: (term.subscription_id, term.starts_on), reverse=True)
    grouped = [
        {"subscription": rows[0].subscription, "terms": rows, "latest": rows[0]}
        for _, group in groupby(ordered, key=attrgetter("subscription_id"))
        if (rows := list(group))
    ]
    return sorted(grouped, key=lambda item: item["latest"].starts_on, reverse=True)


def _attributes(customer: Customer) -> list[dict[str, Any]]:
    """Each attribute with its versions, the one that holds last first."""
    rows = customer.attributes.filter(superseded_at=None).order_by("key")
    return [
        {
            "key": key,
            "label": attribute_label(key),
            "versions": sorted(group, key=lambda row: row.valid_from or dt.date.min, reverse=True),
        }
        for key, group in groupby(rows, key=attrgetter("key"))
    ]


def _on_day(attribute: dict[str, Any], day: dt.date) -> dict[str, Any]:
    """The attribute's version that holds on a day; the first one known holds before, too."""
    versions: list[CustomerAttribute] = attribute["versions"]
    begun = [row for row in versions if row.valid_from is None or row.valid_from <= day]
    return {"label": attribute["label"], "version": begun[0] if begun else versions[-1]}


def _rendered_panels(
    request: HttpRequest, customer: Customer, today: dt.date
) -> list[dict[str, str]]:
    rendered = []
    for panel in panels:
        context = panel.context(customer, today)
        if context is not None:
            body = render_to_string(panel.template, context, request=request)
            rendered.append({"key": panel.key, "title": panel.title, "body": body})
    return rendered
