"""Which currency figures are in, and what the contracts' currencies are worth in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_noop

from customers.models import ExchangeRate
from metrics.exchange import Rates, effective
from metrics.words import said, wording
from tenants.models import Company
from tenants.once import once

ONE_ONLY = wording(
    gettext_noop(
        "contracts are in {others} and {last}, and this metric adds up amounts of one currency only"
    )
)
NO_RATE = wording(
    gettext_noop(
        "contracts are in {others} and {last}, and no exchange rate between {pairs} is known"
    )
)
PAIR = wording(gettext_noop("{code} and {currency}"), is_part=True)


@dataclass(frozen=True, slots=True)
class Currency:
    """`code` None: contracts are in several, so their amounts cannot be added; `reason` says so.
    `rates` None: all contracts are in `code` as it is."""

    code: str | None
    reason: str = ""
    rates: Rates | None = None

    @property
    def why(self) -> str:
        """The `reason` in the reader's language."""
        return said(self.reason)

    def parameters(self, day: dt.date) -> dict[str, Any]:
        """For SQL that converts: `currencies`, and of each what it is worth on the day (`rates`);
        none where all is in `code` as it is."""
        codes = sorted(self.rates.quotes) if self.rates else []
        quotes = [self.rates.on(code, day) for code in codes] if self.rates else []
        return {"currencies": codes, "rates": quotes}


def reporting_currency(company: Company) -> Currency:
    """The one currency of all contracts; the company's own while there are none.

    For what is not converted: amounts in different currencies have no sum. Costs four index
    probes.
    """
    first, last = _first_and_last()
    if first == last:
        return Currency(first or company.currency)
    return _refused([str(first), str(last)], ONE_ONLY)


def figures_currency(company: Company) -> Currency:
    """The company's own, with rates, when every contract currency has one to it; else the one
    currency of all contracts.

    Costs four index probes while all contracts are in the company's currency.
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
    pairs = ", ".join(PAIR.format(code=code, currency=company.currency) for code in missing)
    return _refused(codes, NO_RATE, pairs=pairs)


# A contract that is paused for as long as it lasts comes due and has no movement.
FIRST_AND_LAST = """
    SELECT
        least(
            (SELECT min(currency) FROM metrics_movement),
            (SELECT min(currency) FROM metrics_contractday)
        ),
        greatest(
            (SELECT max(currency) FROM metrics_movement),
            (SELECT max(currency) FROM metrics_contractday)
        )
"""


@once
def _first_and_last() -> tuple[str | None, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(FIRST_AND_LAST)
        ((first, last),) = cursor.fetchall()
    return first, last


def _refused(codes: list[str], why: str, **named: str) -> Currency:
    *others, last = codes
    return Currency(None, why.format(others=", ".join(others), last=last, **named))


# From one currency to the next in the index: contracts are many, currencies few.
CURRENCIES = """
    WITH RECURSIVE known AS (
        SELECT least(
            (SELECT min(currency) FROM metrics_movement),
            (SELECT min(currency) FROM metrics_contractday)
        ) AS currency
        UNION ALL
        SELECT least(
            (SELECT min(currency) FROM metrics_movement WHERE currency > known.currency),
            (SELECT min(currency) FROM metrics_contractday WHERE currency > known.currency)
        )
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
