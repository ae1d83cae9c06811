"""MRR per month of one price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from customers.mrr import monthly


@pytest.mark.parametrize(
    ("amount", "quantity", "interval", "expected"),
    [
        ("2000", "1", "year", "166.6666666667"),
        ("600", "50", "year", "2500"),
        ("100", "100", "month", "10000"),
        ("10", "1", "week", "43.3333333333"),
        ("1", "1", "day", "30.4166666667"),
        ("10", "1", "quarter", "3.3333333333"),
        ("0.0000000006", "1", "year", "0"),
        ("0.0000000018", "1", "year", "0.0000000002"),
    ],
)
def test_monthly(amount: str, quantity: str, interval: str, expected: str) -> None:
    value = monthly(Decimal(amount), Decimal(quantity), interval)
    assert value == Decimal(expected).quantize(Decimal("0.0000000001"))
    assert value.as_tuple().exponent == -10
