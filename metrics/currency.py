"""Which currency figures are in, and what the contracts' currencies are worth in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Min, Q

from customers.models import ExchangeRate
from metrics.exchange import Rates, effective
from metrics.models import Movement
from tenants.models import Company


@dataclass(frozen=True, slots=True)
class Currency:
    """`code` None: contracts are in several, so their amounts cannot be added; `reason` says so.
    `rates` None: all contracts are in `code` as it is."""

    code: str | None
    reason: str = ""
    rates: Rates | None = None


def reporting_currency(company: Company) -> Currency:
    """The one currency of all contracts; the company's own while there are none.

    For what is not converted: amounts in different currencies have no sum. Costs two index
    probes.
    """
    first, last = _first_and_last()
    if first == last:
        return Currency(first or company.currency)
    return _refused([str(first), str(last)], "this metric adds up amounts of one currency only")


def figures_currency(company: Company) -> Currency:
    """The company's own, with rates, when every contract currency has one to it; else the one
    currency of all contracts.

    Costs two index probes while all contracts are in the company's currency.
    """
    first, last = _first_and_last()
    if first is None or first == last == company.currency:
        return Currency(company.currency)
    codes = _contract_currencies()
    rates = known_rates(codes, company.currency)
    missing = [code for code in codes if code not in rates.quotes]
    if not missing:
        return Currency(company.currency, rates=rates)
    if len(codes) == 1:
        return Currency(first)
    pairs = ", ".join(f"{code} and {company.currency}" for code in missing)
    return _refused(codes, f"no exchange rate between {pairs} is known")


def _first_and_last() -> tuple[str | None, str | None]:
    found = Movement.objects.aggregate(first=Min("currency"), last=Max("currency"))
    return found["first"], found["last"]


def _refused(codes: list[str], why: str) -> Currency:
    return Currency(None, f"contracts are in {_listed(codes)}, and {why}")


def _listed(codes: list[str]) -> str:
    return f"{', '.join(codes[:-1])} and {codes[-1]}"


# From one currency to the next in the index: contracts are many, currencies few.
CURRENCIES = """
    WITH RECURSIVE known AS (
        SELECT min(currency) AS currency FROM metrics_movement
        UNION ALL
        SELECT (SELECT min(currency) FROM metrics_movement WHERE currency > known.currency)
        FROM known WHERE known.currency IS NOT NULL
    )
    SELECT currency FROM known WHERE currency IS NOT NULL ORDER BY currency
"""


def _contract_currencies() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(CURRENCIES)
        return [row[0] for row in cursor.fetchall()]


def known_rates(codes: Iterable[str], own: str) -> Rates:
    """The rates from `codes` to `own`, of those that have any: as they are on record, the other
    way round, or both through a third currency. Costs a query."""
    wanted = [*codes, own]
    held = ExchangeRate.objects.filter(
        Q(currency__in=wanted) | Q(base__in=wanted), superseded_at=None
    )
    rows = list(held.values_list("currency", "base", "day", "rate"))
    return Rates(effective(rows, wanted, own))
