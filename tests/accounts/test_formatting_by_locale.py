"""How numbers, money and days are written for readers of other places."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts import formatting
from accounts.notations import EN_DASH
from tenants.languages import NOTATIONS, speaking

NARROW = str.maketrans("\u202f\u00a0\u2009", "   ")


def written(tag: str) -> list[str]:
    with speaking("en", tag):
        found = [
            formatting.format_money(Decimal("-1234567.5"), "EUR"),
            formatting.format_money(Decimal(1234), "JPY"),
            formatting.format_money_short(Decimal(4192068), "EUR"),
            formatting.format_money_short(Decimal("3148.6666666667"), "USD"),
            formatting.format_money_short(Decimal("419206.80"), "EUR"),
            formatting.format_number(Decimal("7043.10")),
            formatting.format_share(Decimal("0.27494")),
            formatting.format_day(date(2025, 11, 2)),
            formatting.format_moment(datetime(2025, 11, 2, 14, 5, tzinfo=UTC)),
            formatting.format_period(date(2025, 11, 1), date(2025, 12, 1)),
            formatting.format_period(date(2025, 7, 1), date(2025, 10, 1)),
            formatting.format_period(date(2025, 11, 3), date(2025, 11, 17)),
        ]
    return [text.translate(NARROW) for text in found]


@pytest.mark.parametrize(
    ("tag", "due"),
    [
        (
            "de-DE",
            [
                f"{formatting.MINUS}1.234.567,50 €",
                "1.234 ¥",
                "4,19 Mio. €",
                "3.149 $",
                "419.207 €",
                "7.043,1",
                "27,49 %",
                "2. Nov. 2025",
                "2. Nov. 2025, 14:05",
                "Nov. 2025",
                "Q3 2025",
                f"3.{EN_DASH}16. Nov. 2025",
            ],
        ),
        (
            "en-US",
            [
                f"{formatting.MINUS}€1,234,567.50",
                "¥1,234",
                "€4.19M",
                "$3.1K",
                "€419.2K",
                "7,043.1",
                "27.49%",
                "Nov 2, 2025",
                "Nov 2, 2025, 2:05 PM",
                "Nov 2025",
                "Q3 2025",
                f"Nov 3 {EN_DASH} 16, 2025",
            ],
        ),
        (
            "fr-FR",
            [
                f"{formatting.MINUS}1 234 567,50 €",
                "1 234 JPY",
                "4,19 M €",
                "3,1 k $US",
                "419,2 k €",
                "7 043,1",
                "27,49 %",
                "2 nov. 2025",
                "2 nov. 2025, 14:05",
                "nov. 2025",
                "T3 2025",
                f"3{EN_DASH}16 nov. 2025",
            ],
        ),
    ],
)
def test_figures_are_written_as_the_place_writes_them(tag: str, due: list[str]) -> None:
    assert written(tag) == due


def test_german_pages_write_as_germany_does_unless_told_otherwise() -> None:
    with speaking("de"):
        assert formatting.format_number(Decimal("1234.5")) == "1.234,5"
    with speaking("de", "de-CH"):
        assert formatting.format_number(Decimal("1234.5")) == "1\u2019234.5"
    assert formatting.format_number(Decimal("1234.5")) == "1,234.5"


@pytest.mark.parametrize("tag", NOTATIONS)
def test_every_notation_offered_writes_everything(tag: str) -> None:
    assert all(text and "None" not in text for text in written(tag))


def test_a_language_nobody_offers_is_english() -> None:
    with speaking("tlh"):
        assert formatting.format_day(date(2025, 11, 2)) == "2 Nov 2025"
