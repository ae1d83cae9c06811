"""What all pages of one customer show at their head: who it is, whose, and the way to the others.

Higher apps' pages of a customer (its health, its use) use it, too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.attributes import latest_first
from customers.imports.kinds.customer_attributes import WELL_KNOWN
from customers.models import Customer
from customers.models.customer import attribute_label
from customers.wording import named

# (key, label, route): the pages of one customer, in order.
PAGES = (
    ("overview", gettext_noop("Overview"), "customers:detail"),
    ("timeline", gettext_noop("Timeline"), "customers:timeline"),
    ("contacts", gettext_noop("Contacts"), "customers:contacts"),
    ("subscriptions", gettext_noop("Subscriptions"), "customers:subscriptions"),
    ("usage", "Use", "metrics:customer_usage"),
    ("health", gettext_noop("Health"), "metrics:customer_health"),
)
_VALUES = f"""
    SELECT DISTINCT ON (a.key) a.key, a.value, a.valid_from
      FROM customers_customerattribute a
     WHERE a.customer_id = %(customer)s AND a.superseded_at IS NULL AND a.key = ANY(%(keys)s)
     ORDER BY a.key, {latest_first("%(today)s::date")}
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class WellKnown:
    """An attribute with a field of its own, and its value today ("": none)."""

    key: str
    label: str
    value: str
    since: dt.date | None


def well_known(customer: Customer, today: dt.date) -> list[WellKnown]:
    """The owner and the stage. A query."""
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, {"customer": customer.pk, "keys": list(WELL_KNOWN), "today": today})
        held = {key: (value, since) for key, value, since in cursor.fetchall()}
    return [WellKnown(key, attribute_label(key), *held.get(key, ("", None))) for key in WELL_KNOWN]


def head_of(customer: Customer, *, current: str, today: dt.date) -> dict[str, Any]:
    """The context of templates/customers/one/base.html; `current` is a key of PAGES."""
    crumbs: list[dict[str, str]] = [{"label": _("Customers"), "href": reverse("customers:list")}]
    if current == "overview":
        crumbs.append({"label": customer.name})
    else:
        crumbs.append({"label": customer.name, "href": customer.get_absolute_url()})
        crumbs.append(
            {"label": named(next(label for key, label, _route in PAGES if key == current))}
        )
    return {
        "customer": customer,
        "today": today,
        "whose": well_known(customer, today),
        "breadcrumbs": crumbs,
        "pages": [
            {
                "label": named(label),
                "href": reverse(route, args=[customer.pk]),
                "is_current": key == current,
            }
            for key, label, route in PAGES
        ],
    }
