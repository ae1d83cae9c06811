"""A customer's next renewal, for the headline of its page (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.sql import SQL

from accounts.formatting import format_day, format_day_of_month
from customers.models import Customer
from customers.registry import Concern, Figure
from metrics.contributions.due import WHICH, Days
from metrics.periods import DAY
from metrics.renewals.listing import Listing
from metrics.renewals.rows import Row, rows_of
from tenants.context import current_company

SOON_DAYS = 90
AHEAD_DAYS = 550
"""A year's contract that was renewed yesterday comes due within it."""

LONGER_DAYS = SQL(
    "SELECT EXISTS (SELECT FROM metrics_contractday WHERE customer_id = %s AND {longer})"
).format(longer=WHICH[Days.LONGER])


def next_due(customer: Customer, today: dt.date) -> Row | None:
    """What comes due next, with what is on record of it. Nine queries of one customer; one where
    it pays by the month and no date is on record."""
    if not _has_longer_days(customer):
        return None
    listing = Listing(current_company(), today, today + DAY, today + AHEAD_DAYS * DAY)
    found = listing.of([customer.pk]).page(size=1)
    rows = rows_of(listing, found)
    return rows[0] if rows else None


def _has_longer_days(customer: Customer) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(LONGER_DAYS, [customer.pk])
        return bool(cursor.fetchone()[0])


def renewal_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """None where nothing but months comes due."""
    row = next_due(customer, today)
    if row is None:
        return None
    return {
        "customer": customer,
        "row": row,
        "days": (row.due.day - today).days,
        "currency": Listing(current_company(), today, today, today).currency.code or "",
        "today": today,
    }


def renewal_concerns(context: dict[str, Any]) -> Iterator[Concern]:
    row, days, today = context["row"], context["days"], context["today"]
    href = f"{reverse('metrics:renewals')}?owner=all&start={row.due.day}&end={row.due.day}"
    when = ngettext("on {day}, in {count} day", "on {day}, in {count} days", days).format(
        day=format_day(row.due.day), count=days
    )
    if row.due.outcome == "cancelled":
        words = (
            _("Cancelled; it ends {when}: {why}") if row.reason else _("Cancelled; it ends {when}")
        )
        yield Concern(90, words.format(when=when, why=row.reason), href)
    elif row.due.outcome == "open" and days <= SOON_DAYS:
        notice = row.notice_by if row.notice_by and row.notice_by >= today else None
        words = (
            _("Renews {when}, and nothing is decided; notice until {notice}")
            if notice
            else _("Renews {when}, and nothing is decided")
        )
        said = words.format(when=when, notice=format_day_of_month(notice))
        yield Concern(70 - days / 5, said, href)


def renewal_plain(context: dict[str, Any]) -> dict[str, Any]:
    row: Row = context["row"]
    return {
        "on": row.due.day,
        "days": context["days"],
        "outcome": row.due.outcome,
        "mrr": str(row.due.mrr),
        "notice_by": row.notice_by,
        "reason": row.reason or None,
    }


FIGURE = Figure(
    key="renewal",
    template="metrics/_renewal_stat.html",
    context=renewal_context,
    concerns=renewal_concerns,
    plain=renewal_plain,
    position=30,
)
