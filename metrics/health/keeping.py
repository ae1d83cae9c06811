"""The sums over everybody with a score, which all readers of a page see."""

from __future__ import annotations

from customers.models import Change
from metrics.health.listing import Listing, Totals
from metrics.remembered import remembered


def totals(listing: Listing) -> Totals:
    """Of all that its filters let through: of everybody as remembered, else added up now.

    Scores are made with the ledger, or what is remembered is forgotten. They are added up as long
    as a customer waits to be brought up to date: those merged or removed are gone from the scores
    before.
    """
    if listing.filters.is_any or Change.objects.filter(kind="customers").exists():
        return listing.totals()
    worth = listing.currency.parameters(listing.today)
    sums = remembered(
        "health sums", listing.sums, listing.today, listing.currency.code, sorted(worth.items())
    )
    return listing.totals_of(sums)
