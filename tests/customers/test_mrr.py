"""MRR per month of one price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from customers.mrr import FACTORS, monthly, monthly_sql


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


AMOUNTS = st.decimals(min_value=0, max_value=10**11, places=10)
QUANTITIES = st.decimals(min_value=0, max_value=10**6, places=6)


@pytest.mark.usefixtures("company")
@settings(max_examples=60)
@given(AMOUNTS, QUANTITIES, st.sampled_from(sorted(FACTORS)))
@example(Decimal("0.0000000006"), Decimal(1), "year")
@example(Decimal("0.0000000018"), Decimal(1), "year")
def test_sql_says_the_same(amount: Decimal, quantity: Decimal, interval: str) -> None:
    expression = monthly_sql("t.amount", "t.quantity", "t.interval")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {expression} FROM (SELECT %s::numeric, %s::numeric, %s)"
            " t (amount, quantity, interval)",
            [amount, quantity, interval],
        )
        row = cursor.fetchone()
    assert row is not None
    assert row[0] == monthly(amount, quantity, interval)
