"""The sums over everybody with a score, kept for pages that would add up all customers.

Whoever writes scores or the ledger makes them again in the same transaction. Pages use them while
they are of today, in the currency and at the rates of today, and no customer waits to be brought
up to date: those merged or removed are gone from scores and ledger before the sums are made again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from metrics.health.listing import BandSums, Listing, Totals
from metrics.models import HealthTotals
from tenants.models import Company

KEPT = """
    SELECT * FROM metrics_healthtotals
    WHERE as_of = %s AND NOT EXISTS (SELECT FROM customers_change WHERE kind = 'customers')
"""


def make(company: Company) -> None:
    """Make them again. A query over all customers."""
    listing = Listing(company, company.today())
    HealthTotals.objects.update_or_create(
        is_only=True,
        defaults={
            "as_of": listing.today,
            "computed_at": timezone.now(),
            "money": _money(listing),
            "bands": {
                band: [
                    sums.customers,
                    sums.points,
                    *(None if one is None else str(one) for one in (sums.mrr, sums.weighed)),
                ]
                for band, sums in listing.sums().items()
            },
        },
    )


def totals(listing: Listing) -> Totals:
    """Of all that its filters let through: of everybody as kept, else added up now."""
    kept = None if listing.filters.is_any else _kept(listing)
    return listing.totals() if kept is None else listing.totals_of(kept)


def _kept(listing: Listing) -> dict[str, BandSums] | None:
    """None: there are none, or they may not be so any more. A query."""
    found = next(iter(HealthTotals.objects.raw(KEPT, [listing.today])), None)
    if found is None or found.money != _money(listing):
        return None
    return {
        band: BandSums(
            customers, points, *(None if one is None else Decimal(one) for one in amounts)
        )
        for band, (customers, points, *amounts) in found.bands.items()
    }


def _money(listing: Listing) -> dict[str, Any]:
    """What MRR is in, and what other currencies are worth in it."""
    worth = listing.currency.parameters(listing.today)
    return {
        "currency": listing.currency.code,
        "rates": {
            code: str(rate) for code, rate in zip(worth["currencies"], worth["rates"], strict=True)
        },
    }
