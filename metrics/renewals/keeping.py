"""What became of the renewals of the last two years, by month and band: made by a job, and read
by pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from psycopg.sql import SQL

from metrics.models import LedgerState, RenewalHistory
from metrics.periods import Grain, advance, floor
from metrics.renewals.listing import NO_BAND, Listing
from metrics.renewals.outlook import Gone
from tenants.models import Company

MONTHS = 24
LEAD_DAYS = 30
"""A customer counts under the band it had so many days before it came due."""

PAST = SQL("""
    SELECT period, coalesce(span.band, {none}), count(*), count(*) FILTER (
        WHERE outcome = 'renewed'), sum(due), sum(gross), sum(due * due)
    FROM stood
    LEFT JOIN metrics_healthscore AS span ON span.customer_id = stood.customer_id
        AND span.starts_on <= stood.day - %(lead)s::int
        AND (span.ends_on IS NULL OR span.ends_on > stood.day - %(lead)s::int)
    WHERE outcome IN ('renewed', 'lost')
    GROUP BY 1, 2
""").format(none=NO_BAND)


def is_due(company: Company) -> bool:
    """Whether the figures changed since it was made, or a day went by."""
    state, held = LedgerState.objects.first(), RenewalHistory.objects.first()
    if state is None:
        return False
    return held is None or held.as_of != company.today() or held.computed_at < state.refreshed_at


def make(company: Company) -> None:
    """Make it again. A query over two years of due days."""
    today, now = company.today(), timezone.now()
    found = history(company, today)
    RenewalHistory.objects.update_or_create(
        is_only=True,
        defaults={
            "as_of": today,
            "computed_at": now,
            "currency": Listing(company, today, today, today).currency.code,
            "months": [
                [
                    str(one.month),
                    one.band,
                    *(str(value) for value in (one.customers, one.renewed)),
                    *(str(value) for value in (one.mrr, one.gross, one.squares)),
                ]
                for one in found
            ],
        },
    )


def history(company: Company, today: dt.date) -> list[Gone]:
    """Of the full months before today's."""
    last = floor(today, Grain.MONTH)
    listing = Listing(company, today, advance(last, Grain.MONTH, -MONTHS), last)
    rows = listing.fetch(PAST, lead=LEAD_DAYS)
    return [Gone(listing.periods[number - 1].start, *rest) for number, *rest in sorted(rows)]


def kept() -> list[Gone] | None:
    """What was made last, in order of month; None: not made yet. A query."""
    held = RenewalHistory.objects.first()
    if held is None:
        return None
    return [
        Gone(
            dt.date.fromisoformat(month),
            band,
            int(customers),
            int(renewed),
            *(Decimal(one) for one in amounts),
        )
        for month, band, customers, renewed, *amounts in held.months
    ]
