"""What imports and use put on a customer's timeline."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formatting import format_number
from customers.looking import Look, TimelineEntry
from customers.models import Customer
from tenants.context import current_company

QUIET_DAYS = 30
"""Who comes back after so many days without use is said to be back."""

# What a customer's facts are called, and where their source stands.
_TOLD = (
    ("ticket", "customers_ticket"),
    ("renewal", "customers_renewal"),
    ("pause", "customers_pause"),
    ("invoice", "customers_invoice"),
    ("milestone", "customers_milestone"),
    ("objective", "customers_objective"),
    ("touchpoint", "customers_touchpoint"),
    ("note", "customers_note"),
    ("referral", "customers_referral"),
    ("review", "customers_review"),
    ("feature request", "customers_featurerequest"),
    ("attribute", "customers_customerattribute"),
)
_FACTS = " UNION ALL ".join(
    f"SELECT source_id, '{noun}' AS noun, count(*) AS facts FROM {table}"  # noqa: S608 - constants
    " WHERE customer_id = %(customer)s GROUP BY 1"
    for noun, table in _TOLD
)
_IMPORTS = f"""
    SELECT import.id, (import.finished_at AT TIME ZONE %(zone)s)::date, import.file_name,
           import.state, array_agg(told.noun), array_agg(told.facts)
      FROM (
        {_FACTS}
        UNION ALL
        SELECT term.source_id, 'term', count(*) FROM customers_term term
          JOIN customers_subscription subscription ON subscription.id = term.subscription_id
         WHERE subscription.customer_id = %(customer)s GROUP BY 1
        UNION ALL
        SELECT source_id, 'contact', count(*) FROM customers_contact
         WHERE customer_id = %(customer)s GROUP BY 1
        UNION ALL
        SELECT source_id, '', 1 FROM customers_customer WHERE id = %(customer)s
      ) AS told
      JOIN customers_import import ON import.source_id = told.source_id
     WHERE import.finished_at IS NOT NULL
     GROUP BY import.id
"""  # noqa: S608 - constants
_USE = """
    SELECT day, before FROM (
        SELECT day, lag(day) OVER (ORDER BY day) AS before
          FROM (SELECT DISTINCT day FROM customers_usageday WHERE customer_id = %(customer)s) used
    ) AS days
    WHERE before IS NULL OR day - before > %(quiet)s
"""


def import_entries(customer: Customer, look: Look) -> list[TimelineEntry]:
    """The imports that brought in something of it, also what was corrected since; several of a
    day are one entry. One query."""
    params: dict[str, Any] = {"customer": customer.pk, "zone": current_company().timezone}
    with connection.cursor() as cursor:
        cursor.execute(_IMPORTS, params)
        rows = cursor.fetchall()
    by_day: dict[dt.date, list[Brought]] = defaultdict(list)
    for import_id, day, file_name, state, nouns, counts in rows:
        facts = Counter(dict(zip(nouns, counts, strict=True)))
        by_day[day].append(Brought(import_id, file_name, state == "undone", facts))
    return look.cut(_entry(day, brought) for day, brought in by_day.items())


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import brought in of a customer, by noun; '' is the customer itself."""

    import_id: int
    file_name: str
    is_undone: bool
    facts: Counter[str]


def _entry(day: dt.date, brought: Sequence[Brought]) -> TimelineEntry:
    latest = max(brought, key=lambda one: one.import_id)
    facts = sum((one.facts for one in brought), Counter())
    if len(brought) > 1:
        said = ngettext("{count} import", "{count} imports", len(brought))
        title = said.format(count=format_number(len(brought)))
        address = reverse("customers:import_list")
    else:
        said = _("Import {file}, undone") if latest.is_undone else _("Import {file}")
        title = said.format(file=latest.file_name)
        address = reverse("customers:import_detail", args=[latest.import_id])
    return TimelineEntry(
        day,
        title,
        _counted(facts),
        "imports",
        address,
        kind="data",
        slot="imports",
        number=latest.import_id,
    )


_COUNTED: dict[str, Callable[[int], str]] = {
    "ticket": lambda n: ngettext("{count} ticket", "{count} tickets", n),
    "renewal": lambda n: ngettext("{count} renewal", "{count} renewals", n),
    "pause": lambda n: ngettext("{count} pause", "{count} pauses", n),
    "invoice": lambda n: ngettext("{count} invoice", "{count} invoices", n),
    "milestone": lambda n: ngettext("{count} milestone", "{count} milestones", n),
    "objective": lambda n: ngettext("{count} objective", "{count} objectives", n),
    "touchpoint": lambda n: ngettext("{count} touchpoint", "{count} touchpoints", n),
    "note": lambda n: ngettext("{count} note", "{count} notes", n),
    "referral": lambda n: ngettext("{count} referral", "{count} referrals", n),
    "review": lambda n: ngettext("{count} review", "{count} reviews", n),
    "feature request": lambda n: ngettext("{count} feature request", "{count} feature requests", n),
    "attribute": lambda n: ngettext("{count} attribute", "{count} attributes", n),
    "term": lambda n: ngettext("{count} term", "{count} terms", n),
    "contact": lambda n: ngettext("{count} contact", "{count} contacts", n),
}


def _counted(facts: Counter[str]) -> str:
    """ "12 tickets, 1 note"; the customer itself has no noun."""
    return ", ".join(
        _COUNTED[noun](count).format(count=format_number(count))
        for noun, count in sorted(facts.items(), key=lambda each: (-each[1], each[0]))
        if noun
    )


def use_entries(customer: Customer, look: Look) -> list[TimelineEntry]:
    """Its first use, and its returns after a silence. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_USE, {"customer": customer.pk, "quiet": QUIET_DAYS})
        rows: list[tuple[dt.date, dt.date | None]] = cursor.fetchall()
    return look.cut(
        TimelineEntry(
            day,
            _("First use") if before is None else _("Used again"),
            ""
            if before is None
            else _("after {days} days without").format(days=(day - before).days - 1),
            "overview",
            kind="use",
            slot="use",
            number=day.toordinal(),
        )
        for day, before in rows
    )
