"""Which currency figures are in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Min

from metrics.models import Movement
from tenants.models import Company


@dataclass(frozen=True, slots=True)
class Currency:
    """`code` None: contracts are in several, so their amounts cannot be added; `reason` says so."""

    code: str | None
    reason: str = ""


def reporting_currency(company: Company) -> Currency:
    """The one currency of all contracts; the company's own while there are none.

    Without exchange rates amounts in different currencies have no sum. Costs two index probes.
    """
    found = Movement.objects.aggregate(first=Min("currency"), last=Max("currency"))
    first, last = found["first"], found["last"]
    if first is None:
        return Currency(company.currency)
    if first == last:
        return Currency(first)
    return Currency(
        None, f"contracts are in {first} and {last}, and no exchange rate between them is known"
    )
