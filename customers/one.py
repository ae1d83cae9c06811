"""What all pages of one customer show at their head: who it is, whose, and the way to the others.

Higher apps' pages of a customer (its health, its use) use it, too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.views.requests import user_of
from customers.attributes import latest_first
from customers.imports.kinds.customer_attributes import WELL_KNOWN
from customers.models import Customer
from customers.models.customer import attribute_label
from customers.registry import Beside, customer_lists
from customers.wording import named
from tenants.once import once

# (key, label, route): the pages of one customer, in order.
PAGES = (
    ("overview", gettext_noop("Overview"), "customers:detail"),
    ("timeline", gettext_noop("Timeline"), "customers:timeline"),
    ("contacts", gettext_noop("Contacts"), "customers:contacts"),
    ("subscriptions", gettext_noop("Subscriptions"), "customers:subscriptions"),
    ("usage", "Use", "metrics:customer_usage"),
    ("health", gettext_noop("Health"), "metrics:customer_health"),
)
LIST = "list"
"""The parameter that says which list a customer was opened from (`opened_from`)."""
LONGEST = 2000
_VERSIONS = f"""
    SELECT a.key, a.value, a.valid_from
      FROM customers_customerattribute a
     WHERE a.customer_id = %(customer)s AND a.superseded_at IS NULL
     ORDER BY a.key, {latest_first("%(today)s::date")}
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class WellKnown:
    """An attribute with a field of its own, and its value today ("": none)."""

    key: str
    label: str
    value: str
    since: dt.date | None


@dataclass(frozen=True, slots=True)
class AttributeVersion:
    """A value of an attribute and the day it holds from (None: ever since)."""

    value: str
    valid_from: dt.date | None


@once
def attributes_of(customer: Customer, today: dt.date) -> dict[str, list[AttributeVersion]]:
    """By key, in its order, each with its versions: the one that holds today first. A query."""
    found: dict[str, list[AttributeVersion]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"customer": customer.pk, "today": today})
        for key, value, valid_from in cursor.fetchall():
            found.setdefault(key, []).append(AttributeVersion(value, valid_from))
    return found


def well_known(customer: Customer, today: dt.date) -> list[WellKnown]:
    """The owner and the stage. A query."""
    held = attributes_of(customer, today)
    none = [AttributeVersion("", None)]
    return [
        WellKnown(key, attribute_label(key), first.value, first.valid_from)
        for key in WELL_KNOWN
        for first in held.get(key, none)[:1]
    ]


def opened_from(key: str, query: str) -> str:
    """What addresses of customers' pages are told of the list that leads there: the key of a
    CustomerList and the query string of its page."""
    return urlencode({LIST: f"{key}?{query}" if query else key})


def in_list(request: HttpRequest) -> dict[str, str]:
    """What addresses of the customer's pages carry on; nothing where it was opened elsewhere."""
    told = request.GET.get(LIST, "")[:LONGEST]
    return {LIST: told} if told.partition("?")[0] in customer_lists else {}


def within(path: str, kept: dict[str, str]) -> str:
    """The path with the parameters, if there are any."""
    return f"{path}?{urlencode(kept)}" if kept else path


def head_of(
    customer: Customer, *, current: str, today: dt.date, request: HttpRequest
) -> dict[str, Any]:
    """The context of templates/customers/one/base.html; `current` is a key of PAGES. Costs a
    query, and those of CustomerList.beside where it was opened from a list."""
    kept = in_list(request)
    beside = Beside()
    home = {"label": _("Customers"), "href": reverse("customers:list")}
    if kept:
        key, mark, query = kept[LIST].partition("?")
        listed = customer_lists[key]
        beside = listed.beside(customer, query, user_of(request))
        home = {"label": named(listed.label), "href": f"{reverse(listed.route)}{mark}{query}"}
    here = next(route for key, _label, route in PAGES if key == current)
    crumbs = [home]
    if current == "overview":
        crumbs.append({"label": customer.name})
    else:
        overview = within(customer.get_absolute_url(), kept)
        crumbs.append({"label": customer.name, "href": overview})
        crumbs.append(
            {"label": named(next(label for key, label, _route in PAGES if key == current))}
        )
    return {
        "customer": customer,
        "today": today,
        "whose": well_known(customer, today),
        "breadcrumbs": crumbs,
        "kept": kept,
        "beside": [
            {
                "name": other.name,
                "rel": rel,
                "href": within(reverse(here, args=[other.pk]), kept),
            }
            for rel, other in (("prev", beside.previous), ("next", beside.next))
            if other is not None
        ],
        "pages": [
            {
                "label": named(label),
                "href": within(reverse(route, args=[customer.pk]), kept),
                "is_current": key == current,
            }
            for key, label, route in PAGES
        ],
    }
