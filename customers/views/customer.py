"""One customer: its headline and what is open, and pages of everything else known of it."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission, requires
from accounts.views.requests import page_number, user_of
from customers import owners, registry
from customers.actions.customers import change_customer
from customers.actions.locking import KindBusyError
from customers.fact_rows import held_kinds
from customers.headline import headline
from customers.imports.kinds.customer_attributes import WELL_KNOWN
from customers.looking import KINDS, Look, read_mark
from customers.models import Contact, Customer, CustomerAttribute, Term
from customers.models.customer import attribute_label
from customers.notes_panel import people
from customers.one import attributes_of, head_of, in_list, within
from customers.relatives import SHOWN_PARTS, relatives_of
from customers.timeline import page_of, timeline
from customers.wording import named
from tenants.context import current_company
from tenants.once import looking_once

SHOWN_CONTACTS = 5
CONTACTS = 50
MOST_TERMS = 500
LATEST = 8
MOST_STAGES = 50
_CONTACTS = """
    SELECT * FROM customers_contact WHERE customer_id = %s AND removed_at IS NULL
     ORDER BY name, email, id LIMIT %s OFFSET %s
"""


def _customer(customer_id: int) -> Customer:
    return get_object_or_404(Customer.objects.select_related("source"), pk=customer_id)


@requires(Permission.VIEW)
@require_safe
def customer_detail(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What matters now: the headline, what is open, and whose it is."""
    today = current_company().today()
    customer = _customer(customer_id)
    with looking_once():
        context = _overview(request, customer, today)
    return render(request, "customers/detail.html", context)


def _overview(request: HttpRequest, customer: Customer, today: dt.date) -> dict[str, Any]:
    head = headline(customer, today)
    held = held_kinds(customer)
    attributes = _attributes(customer, today)
    contacts = _contacts(customer, size=SHOWN_CONTACTS + 1)
    return {
        **head_of(customer, current="overview", today=today, request=request),
        "company": current_company(),
        "figures": [
            render_to_string(figure.template, context, request=request)
            for figure, context in head.figures
        ],
        "concerns": head.concerns,
        "attributes": [item for item in attributes if item["key"] not in WELL_KNOWN],
        "relatives": relatives_of(customer),
        "shown_parts": SHOWN_PARTS,
        "contacts": contacts[:SHOWN_CONTACTS],
        "has_more_contacts": len(contacts) > SHOWN_CONTACTS,
        "panels": _rendered_panels(request, customer, today, {kind.key for kind in held}),
        "held_kinds": held,
    }


@requires(Permission.WORK)
@require_safe
def customer_choices(request: HttpRequest) -> HttpResponse:
    """What owner and stage may be set to, which their fields ask for when one comes to them."""
    users = [user.email for user in people()]
    known = [value for value, _label in owners.choices(owners.EVERYBODY)[3:]]
    stages = CustomerAttribute.objects.filter(key="stage", superseded_at=None).exclude(value="")
    context = {
        "owners": sorted({*users, *known}, key=str.lower),
        "stages": stages.order_by("value").values_list("value", flat=True).distinct()[:MOST_STAGES],
    }
    return render(request, "customers/one/_choices.html", context)


def _contacts(customer: Customer, *, at: int = 0, size: int) -> list[Contact]:
    return list(Contact.objects.raw(_CONTACTS, [customer.pk, size, at]))


def _attributes(customer: Customer, today: dt.date) -> list[dict[str, Any]]:
    """Each attribute with its versions, the one that holds last first."""
    return [
        {
            "key": key,
            "label": attribute_label(key),
            "versions": sorted(held, key=lambda one: one.valid_from or dt.date.min, reverse=True),
        }
        for key, held in attributes_of(customer, today).items()
    ]


def _rendered_panels(
    request: HttpRequest, customer: Customer, today: dt.date, held: set[str]
) -> list[dict[str, str]]:
    rendered = []
    for panel in registry.panels:
        if panel.kinds and panel.kinds.isdisjoint(held):
            continue
        context = panel.context(customer, today)
        if context is not None:
            body = render_to_string(panel.template, context, request=request)
            rendered.append({"key": panel.key, "title": _(panel.title), "body": body})
    return rendered


@requires(Permission.VIEW)
@require_safe
def customer_timeline(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything that happened, newest first, `?kind=` by kind; `?after=` the older ones. The
    overview asks for the `latest`, without what is of the data alone, as a fragment."""
    today = current_company().today()
    customer = _customer(customer_id)
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else ""
    is_latest = request.headers.get("HX-Target") == "latest"
    if is_latest:
        page = timeline(customer, Look(limit=LATEST, kinds=frozenset(KINDS) - {"data"}))
    else:
        page = page_of(customer, kind=kind, after=read_mark(request.GET.get("after", "")))
    path, kept = reverse("customers:timeline", args=[customer.pk]), in_list(request)
    of_kind = {**kept, "kind": kind} if kind else kept
    context = {
        "happened": page.entries,
        "older_href": within(path, {**of_kind, "after": page.older}) if page.older else "",
        "all_href": within(path, kept),
        "today": today,
        "is_latest": is_latest,
    }
    if is_latest:
        return render(request, "customers/one/_latest.html", context)
    if request.headers.get("HX-Target", "").startswith("older"):
        return render(request, "customers/one/_entries.html", context)
    context |= head_of(customer, current="timeline", today=today, request=request)
    context |= {
        "kinds": [
            {
                "label": named(label),
                "href": within(path, {**kept, "kind": key} if key else kept),
                "is_current": key == kind,
            }
            for key, label in [("", gettext_noop("Everything")), *KINDS.items()]
        ],
        "kind_label": _(KINDS.get(kind, "")),
        "is_continued": "after" in request.GET,
        "here": within(path, of_kind),
    }
    return render(request, "customers/one/timeline.html", context)


@requires(Permission.VIEW)
@require_safe
def customer_contacts(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Its people: what they are there, what they answered last, and whether they are asked."""
    today = current_company().today()
    customer = _customer(customer_id)
    number = page_number(request, digits=5)
    rows = _contacts(customer, at=number * CONTACTS, size=CONTACTS + 1)
    shown = rows[:CONTACTS]
    kept, more = in_list(request), len(rows) > CONTACTS
    said: dict[int, list[registry.ContactWord]] = {contact.pk: [] for contact in shown}
    for words in registry.contact_words:
        for contact_id, found in words(shown).items():
            said[contact_id] += found
    context = {
        **head_of(customer, current="contacts", today=today, request=request),
        "rows": [(contact, said[contact.pk]) for contact in shown],
        "previous_href": within("", {**kept, "page": f"{number}"}) if number else "",
        "next_href": within("", {**kept, "page": f"{number + 2}"}) if more else "",
    }
    return render(request, "customers/one/contacts.html", context)


@requires(Permission.VIEW)
@require_safe
def customer_subscriptions(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What it pays for, and paid for."""
    today = current_company().today()
    customer = _customer(customer_id)
    terms = list(
        Term.objects.current()
        .filter(subscription__customer=customer)
        .select_related("subscription", "plan__product", "source")
        .order_by("-starts_on", "-id")[: MOST_TERMS + 1]
    )
    context = {
        **head_of(customer, current="subscriptions", today=today, request=request),
        "subscriptions": _by_subscription(terms[:MOST_TERMS]),
        "is_cut": len(terms) > MOST_TERMS,
        "most": MOST_TERMS,
    }
    return render(request, "customers/one/subscriptions.html", context)


def _by_subscription(terms: list[Term]) -> list[dict[str, Any]]:
    """Subscriptions, the newest first, each with its terms, the newest first."""
    ordered = sorted(terms, key=lambda term: (term.subscription_id, term.starts_on), reverse=True)
    grouped = [
        {"subscription": rows[0].subscription, "terms": rows, "latest": rows[0]}
        for _subscription, group in groupby(ordered, key=attrgetter("subscription_id"))
        if (rows := list(group))
    ]
    return sorted(grouped, key=lambda item: item["latest"].starts_on, reverse=True)


@requires(Permission.WORK)
@require_POST
def customer_change(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Set the owner and the stage, from today on."""
    customer = _customer(customer_id)
    values = {
        name: request.POST[name].replace("\0", "").strip()
        for name in WELL_KNOWN
        if name in request.POST
    }
    try:
        problems = change_customer(customer=customer, values=values, by=user_of(request))
    except KindBusyError as error:
        messages.error(
            request, _("{problem} Nothing was changed; try again.").format(problem=error)
        )
    else:
        for problem in problems:
            messages.error(request, f"{attribute_label(problem.field)}: {problem.message}")
        if not problems:
            messages.success(request, _("Saved. It holds from today on."))
    return redirect(f"{within(customer.get_absolute_url(), in_list(request))}#whose")
