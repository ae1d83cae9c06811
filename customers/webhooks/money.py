"""Stripe's amounts: whole numbers of the currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from customers.imports.parsing import BadValue, parse_currency

# docs.stripe.com/currencies: zero-decimal and three-decimal currencies. ISK and UGX have no
# decimals and are sent with two, all the same.
WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF")
) | {"XOF", "XPF"}
IN_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
LARGEST = Decimal(10) ** 11


def currency_of(value: Any) -> str:
    """The code in capitals; empty for what is none."""
    try:
        return parse_currency(value) if isinstance(value, str) else ""
    except BadValue:
        return ""


def amount_of(value: Any, currency: str) -> Decimal | None:
    """The amount in units of the currency; None for what is none. Texts are Stripe's
    `unit_amount_decimal`."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        smallest = Decimal(value)
    except InvalidOperation:
        return None
    if not smallest.is_finite() or abs(smallest) > LARGEST:
        return None
    places = 0 if currency in WHOLE else 3 if currency in IN_THOUSANDTHS else 2
    amount = smallest.scaleb(-places)
    return amount.quantize(Decimal("1e-12")).normalize() if amount else Decimal(0)
