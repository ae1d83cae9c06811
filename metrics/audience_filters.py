"""What surveys may choose customers by that only the figures know: health, and what they pay."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_noop

from metrics.currency import figures_currency
from metrics.models import HealthScore
from surveys.audience import Filter, FilterKind, Option, Shape, Values
from surveys.audience.filters import Options, of_customers
from tenants.context import current_company

_BAND = """
    SELECT customer_id FROM metrics_healthscore WHERE ends_on IS NULL AND band = ANY({bands})
"""
_PAID = """
    SELECT customer_id FROM (
        SELECT DISTINCT ON (customer_id, currency) customer_id, currency, mrr_after
          FROM metrics_movement
         WHERE day <= {today}
         ORDER BY customer_id, currency, day DESC, position DESC
    ) AS held JOIN unnest({currencies}::text[], {rates}::numeric[]) AS known (currency, rate)
        USING (currency)
     GROUP BY customer_id HAVING sum(mrr_after * rate) >= {least}
"""


def _band(one: Filter, values: Values) -> str:
    return of_customers(_BAND.format(bands=values.add(tuple(one.values))))


def _bands() -> Options:
    return {"": [Option(band.value, str(band.label)) for band in HealthScore.Band]}


def _paid(one: Filter, values: Values) -> str:
    """MRR of today in the company's currency; nobody's where it cannot be told."""
    company = current_company()
    currency = figures_currency(company)
    if currency.code is None:
        return "false"
    today = company.today()
    codes = sorted(currency.rates.quotes) if currency.rates else [currency.code]
    rates = [currency.rates.on(code, today) for code in codes] if currency.rates else [Decimal(1)]
    return of_customers(
        _PAID.format(
            today=values.today,
            currencies=values.add(codes),
            rates=values.add(rates),
            least=values.add(Decimal(one.values[0])),
        )
    )


BAND = FilterKind(
    "health_band",
    gettext_noop("Health"),
    _band,
    options=_bands,
    help=gettext_noop("As it is today."),
)
MRR_FROM = FilterKind(
    "mrr_from",
    gettext_noop("MRR of at least"),
    _paid,
    shape=Shape.AMOUNT,
    help=gettext_noop("What it is today, in your currency."),
)
