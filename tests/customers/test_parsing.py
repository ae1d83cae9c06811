"""Dates, amounts, intervals and currencies as people write them."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from customers.imports.parsing import (
    BadValue,
    DateEvidence,
    DateOrder,
    DecimalEvidence,
    DecimalMark,
    decimal_parser,
    parse_currency,
    parse_day,
    parse_decimal,
    parse_interval,
)

DMY, MDY = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST
POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("value", "order", "expected"),
    [
        ("2025-03-04", MDY, date(2025, 3, 4)),
        ("2025/3/4", DMY, date(2025, 3, 4)),
        ("20250304", DMY, date(2025, 3, 4)),
        ("04/03/2025", DMY, date(2025, 3, 4)),
        ("03/04/2025", MDY, date(2025, 3, 4)),
        ("4.3.2025", DMY, date(2025, 3, 4)),
        ("04-03-2025 00:00", DMY, date(2025, 3, 4)),
        ("4/3/25", DMY, date(2025, 3, 4)),
        ("4/3/85", DMY, date(1985, 3, 4)),
        ("4 Mar 2025", MDY, date(2025, 3, 4)),
        ("04-MAR-2025", MDY, date(2025, 3, 4)),
        ("March 4, 2025", DMY, date(2025, 3, 4)),
        ("3/4/2025 11:59:59 PM", MDY, date(2025, 3, 4)),
        ("2025-03-04T23:59:59.123456", DMY, date(2025, 3, 4)),
        ("2024-02-29", DMY, date(2024, 2, 29)),
    ],
)
def test_days(value: str, order: DateOrder, expected: date) -> None:
    assert parse_day(value, order, UTC) == expected


def test_an_instant_becomes_the_companys_day() -> None:
    berlin, new_york = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
    assert parse_day("2025-01-01T23:30:00Z", DMY, berlin) == date(2025, 1, 2)
    assert parse_day("2025-01-01T02:30:00+00:00", DMY, new_york) == date(2024, 12, 31)
    assert parse_day("2025-01-01 23:30", DMY, berlin) == date(2025, 1, 1)


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2025-02-30",
        "31/31/2025",
        "0000-00-00",
        "9999-12-31",
        "45678",
        "25-01-02",
        "4 Foo 2025",
        "2025-01-01 25:00",
        "2025-01-01 13:00 PM",
        "2025-01-01 noon",
        "1/2",
        "\u0662\u0660\u0662\u0665-\u0660\u0661-\u0660\u0661",
    ],
)
def test_what_is_no_day_is_refused(value: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_day(value, DMY, UTC)
    assert value in caught.value.message


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["2025-01-02", "2025-12-01"], DMY),
        (["01/02/2025", "13/02/2025"], DMY),
        (["01/02/2025", "02/13/2025"], MDY),
        (["01.02.2025", "03.04.2025"], DMY),
        (["05/05/2025", "", "nonsense"], DMY),
    ],
)
def test_the_order_is_found_from_the_whole_column(values: list[str], order: DateOrder) -> None:
    evidence = DateEvidence()
    for value in values:
        evidence.feed(value)
    assert evidence.question == ""
    assert evidence.order is order


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["01/02/2025", "03/04/2025"], "1 February 2025 or as 2 January 2025"),
        (["13/02/2025", "02/13/2025"], "“13/02/2025” is day first and “02/13/2025” is month"),
    ],
)
def test_an_order_that_could_be_both_is_asked_for(values: list[str], words: str) -> None:
    evidence = DateEvidence()
    for value in values:
        evidence.feed(value)
    assert evidence.order is None
    assert words in evidence.question


@pytest.mark.parametrize(
    ("value", "mark", "expected"),
    [
        ("1.234,56", COMMA, "1234.56"),
        ("1,234.56", POINT, "1234.56"),
        ("1 234,56", COMMA, "1234.56"),
        ("1\u202f234\u202f567,5", COMMA, "1234567.5"),
        ("1'234.50", POINT, "1234.50"),
        ("€ 1.234,56", COMMA, "1234.56"),
        ("$1,234", POINT, "1234"),
        ("12.5 USD", POINT, "12.5"),
        ("EUR 12,5", COMMA, "12.5"),
        ("(12.00)", POINT, "-12.00"),
        ("-$12", POINT, "-12"),
        ("12-", POINT, "-12"),
        ("+.5", POINT, "0.5"),
        ("1.234", COMMA, "1234"),
        ("1.234", POINT, "1.234"),
        ("0", COMMA, "0"),
    ],
)
def test_amounts(value: str, mark: DecimalMark, expected: str) -> None:
    assert parse_decimal(value, mark) == Decimal(expected)


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ("NaN", POINT),
        ("inf", POINT),
        ("1e999", POINT),
        ("1e5", POINT),
        ("12k", POINT),
        ("", POINT),
        ("1.234,56", POINT),
        ("1,234.56", COMMA),
        ("1,23.5", POINT),
        ("12,34", POINT),
        ("1 23", POINT),
        ("1.", POINT),
        (".", POINT),
        ("--1", POINT),
        ("9" * 70, POINT),
        ("\u0661\u0662", POINT),
    ],
)
def test_what_is_no_amount_is_refused(value: str, mark: DecimalMark) -> None:
    with pytest.raises(BadValue):
        parse_decimal(value, mark)


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["12", "13"], POINT),
        (["1.234", "1.2"], POINT),
        (["1.234", "1,2"], COMMA),
        (["1.234.567"], COMMA),
        (["1,234,567"], POINT),
        (["0.125"], POINT),
        (["1234,567"], COMMA),
        (["1 234,567"], COMMA),
        (["1.234,56", "12"], COMMA),
    ],
)
def test_the_decimal_mark_is_found_from_the_whole_column(
    values: list[str], mark: DecimalMark
) -> None:
    evidence = DecimalEvidence()
    for value in values:
        evidence.feed(value)
    assert evidence.question == ""
    assert evidence.mark is mark


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1.234", "2.500"], "1.234 or as 1234"),
        (["1,234"], "1234 or as 1.234"),
        (["1.5", "2,5"], "“1.5” has a decimal point and “2,5” a decimal comma"),
    ],
)
def test_a_mark_that_could_be_both_is_asked_for(values: list[str], words: str) -> None:
    evidence = DecimalEvidence()
    for value in values:
        evidence.feed(value)
    assert evidence.mark is None
    assert words in evidence.question


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-1", "negative"),
        ("(5.00)", "negative"),
        ("€5", "an amount in USD"),
        ("5 EUR", "an amount in USD"),
        ("100000000000000", "too large"),
        ("1.12345678901", "more than 10 decimals"),
    ],
)
def test_a_price_has_bounds(value: str, words: str) -> None:
    parse = decimal_parser(POINT, whole_digits=14, decimals=10, currency="USD")
    assert parse("$12.50") == Decimal("12.5")
    with pytest.raises(BadValue, match=words):
        parse(value)


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        ("Monthly", "month"),
        ("per month", "month"),
        ("12 months", "year"),
        ("annually", "year"),
        ("/yr", "year"),
        ("3 months", "quarter"),
        ("weekly", "week"),
        ("Day", "day"),
    ],
)
def test_intervals(value: str, interval: str) -> None:
    assert parse_interval(value) == interval


def test_unknown_words_are_refused() -> None:
    with pytest.raises(BadValue, match="fortnight"):
        parse_interval("fortnight")
    assert parse_currency(" usd ") == "USD"
    with pytest.raises(BadValue, match="not a currency"):
        parse_currency("QQQ")
