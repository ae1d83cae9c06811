"""What facts put on a customer's timeline: one query over every kind, the newest of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.urls import reverse

from customers.models import Customer
from customers.registry import TimelineEntry
from tenants.context import current_company

_TEXT_LENGTH = 160


@dataclass(frozen=True)
class _Happening:
    """Something that a fact says happened: SQL over the fact's table `f`. `on` is a day or an
    instant; where it is null nothing happened. `title` goes before the `name`, if there is one."""

    kind: str
    table: str
    on: str
    title: str
    icon: str
    name: str = "''"
    text: str = "''"
    is_instant: bool = False


_RATING = """coalesce(trim_scale(f.rating) || ' of ' || trim_scale(f.best_rating), '')"""
_TOUCHPOINT = """CASE f.kind WHEN 'call' THEN 'Call' WHEN 'meeting' THEN 'Meeting'
    WHEN 'review' THEN 'Business review' WHEN 'email' THEN 'E-mail' ELSE 'Touchpoint' END"""
_REFERRED = """coalesce((SELECT x.name FROM customers_customer x WHERE x.id = f.referred_id),
    nullif(f.referred_name, ''), 'somebody')"""
_HAPPENINGS = (
    _Happening(
        "tickets",
        "ticket",
        "f.opened_at",
        "Ticket opened",
        "inbox",
        "f.subject",
        "f.priority",
        is_instant=True,
    ),
    _Happening(
        "tickets",
        "ticket",
        "f.resolved_at",
        "Ticket resolved",
        "check",
        "f.subject",
        is_instant=True,
    ),
    _Happening("renewals", "renewal", "f.renews_on", "Renewal due", "calendar"),
    _Happening(
        "renewals", "renewal", "f.cancelled_on", "Notice given", "alert", text="f.churn_reason"
    ),
    _Happening("pauses", "pause", "f.starts_on", "Paused", "minus", text="f.reason"),
    _Happening("pauses", "pause", "f.ends_on", "Pause ended", "arrow-right"),
    _Happening("milestones", "milestone", "f.reached_on", "Milestone reached", "check", "f.name"),
    _Happening("objectives", "objective", "f.agreed_on", "Objective agreed", "edit", "f.outcome"),
    _Happening("objectives", "objective", "f.reached_on", "Objective reached", "good", "f.outcome"),
    _Happening("referrals", "referral", "f.referred_on", "Referred", "users", _REFERRED),
    _Happening(
        "referrals", "referral", "f.converted_on", "Referral became a customer", "users", _REFERRED
    ),
    _Happening(
        "touchpoints",
        "touchpoint",
        "f.happened_at",
        _TOUCHPOINT,
        "users",
        "f.subject",
        "f.text",
        is_instant=True,
    ),
    _Happening(
        "reviews",
        "review",
        "f.published_on",
        "Review",
        "external",
        f"f.site || ', ' || {_RATING}",
        "f.title",
    ),
    _Happening(
        "feature_requests",
        "featurerequest",
        "f.requested_on",
        "Feature requested",
        "plus",
        "f.title",
        "f.status",
    ),
    _Happening("notes", "note", "f.written_at", "Note", "file", "f.author", "f.text", True),
    _Happening(
        "invoices",
        "invoice",
        "f.issued_on",
        "CASE WHEN f.amount < 0 THEN 'Credited' ELSE 'Invoiced' END",
        "file",
        "to_char(f.amount, 'FM999,999,999,999,990.00') || ' ' || f.currency",
        "f.description",
    ),
)


def fact_entries(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    """The newest entries of all facts together, up to `limit`. Costs one query."""
    zone = current_company().timezone
    parts = [_part(happening, number, limit) for number, happening in enumerate(_HAPPENINGS)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({' UNION ALL '.join(parts)}) happened"  # noqa: S608 - constants
            " ORDER BY happened.day DESC, happened.place, happened.id DESC LIMIT %(limit)s",
            {"zone": zone, "customer": customer.pk, "limit": limit},
        )
        rows = cursor.fetchall()
    for place, fact_id, day, title, name, text in rows:
        happening = _HAPPENINGS[place]
        assert isinstance(day, dt.date)
        yield TimelineEntry(
            day,
            f"{title}: {name}" if name else title,
            text,
            happening.icon,
            reverse("customers:fact_detail", args=[happening.kind, fact_id]),
        )


def _part(happening: _Happening, place: int, limit: int) -> str:
    day = f"({happening.on} AT TIME ZONE %(zone)s)::date" if happening.is_instant else happening.on
    is_sql = happening.title.startswith("CASE")
    title = happening.title if is_sql else f"'{happening.title}'"
    text = f"left(regexp_replace(left({happening.text}, 500), '\\s+', ' ', 'g'), {_TEXT_LENGTH})"
    return f"""(
        SELECT {place} AS place, f.id, {day} AS day, {title} AS title, {happening.name} AS name,
               {text} AS text
          FROM customers_{happening.table} f
         WHERE f.customer_id = %(customer)s AND f.superseded_at IS NULL
               AND {happening.on} IS NOT NULL
         ORDER BY {happening.on} DESC LIMIT {limit:d})"""  # noqa: S608 - constants
