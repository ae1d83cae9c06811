"""Exchange rates."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import Rule, Stored, fact_kind
from customers.imports.fields import Currency, Day, Field, Number
from customers.models import ExchangeRate

EXCHANGE_RATES = fact_kind(
    model=ExchangeRate,
    key="exchange_rates",
    label=gettext_noop("Exchange rates"),
    noun=gettext_noop("exchange rate"),
    description=gettext_noop("What a currency was worth, from a day until the next rate's day."),
    identity=("currency", "base", "day"),
    unique=("currency", "base", "day"),
    since=("day",),
    fields=(
        Field(
            "currency",
            gettext_noop("Currency"),
            Currency(),
            gettext_noop("The ISO code of the currency that is valued."),
            aliases="currency, from currency, foreign currency, currency code, from, quote"
            " currency, waehrung, fremdwaehrung",
            is_required=True,
        ),
        Field(
            "base",
            gettext_noop("Base currency"),
            Currency(),
            gettext_noop(
                "The ISO code of the currency it is valued in. Without one: the company's currency."
            ),
            aliases="base, base currency, to currency, to, home currency",
        ),
        Field(
            "day",
            gettext_noop("Day"),
            Day(),
            gettext_noop("The first day the rate holds."),
            aliases="day, date, rate date, valid from, from date, as of, datum, tag, gueltig ab",
            is_required=True,
        ),
        Field(
            "rate",
            gettext_noop("Rate"),
            Number(12, 12),
            gettext_noop("How much of the base currency 1 of the currency is worth; more than 0."),
            aliases="rate, exchange rate, fx rate, value, price, close, kurs, wechselkurs",
            is_required=True,
        ),
    ),
    stored={"base": Stored("base", default="%s")},
    rules=(
        Rule("rate", "n.rate <= 0", gettext_noop("a rate is more than 0")),
        Rule(
            "currency",
            "n.currency = n.base",
            gettext_noop("{currency} is valued in itself; give the base currency"),
            {"currency": "n.currency"},
        ),
    ),
)
