"""Invoice lines to terms: each rule of docs/billing.md, and what holds for any lines."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.billing.lines import Billed, Line, terms_of_lines
from customers.billing.periods import add_months, price_of, rhythm_of, whole_months
from customers.billing.terms import BilledTerm
from customers.mrr import monthly

D = Decimal


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def line(key: str, amount: str | int, period: str = "", issued: str = "", **more: Any) -> Line:
    """`period` is "2025-01-01 2025-02-01"."""
    starts, ends = (day(part) for part in period.split()) if period else (None, None)
    issued_on = day(issued) if issued else starts
    assert issued_on is not None
    return Line(key, issued_on, D(amount), "EUR", starts_on=starts, ends_on=ends, **more)


def billed(*lines: Line, gap_days: int = 7) -> Billed:
    return terms_of_lines("s", lines, gap_days=gap_days)


def mrr(term: BilledTerm) -> Decimal:
    return monthly(term.amount, term.quantity, term.interval)


def shown(found: Billed) -> list[tuple[str, str, str, Decimal]]:
    return [
        (term.external_id, str(term.starts_on), str(term.ends_on), mrr(term).normalize())
        for term in found.terms
    ]


def on(found: Billed, when: dt.date) -> Decimal:
    return sum(
        (mrr(t) for t in found.terms if t.starts_on <= when and (t.ends_on or when) > when), D(0)
    )


def test_an_annual_invoice_is_twelve_months_of_mrr() -> None:
    found = billed(line("1", 12000, "2025-01-01 2026-01-01"))
    assert shown(found) == [("s", "2025-01-01", "2026-01-01", D(1000))]
    assert found.terms[0].interval == "year"


def test_months_that_touch_are_one_term() -> None:
    found = billed(line("1", 100, "2025-01-31 2025-02-28"), line("2", 100, "2025-02-28 2025-03-31"))
    assert shown(found) == [("s", "2025-01-31", "2025-03-31", D(100))]


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("2025-01-01 2025-02-01", 1),
        ("2025-01-31 2025-02-28", 1),
        ("2025-02-28 2025-03-31", 1),
        ("2025-02-28 2025-03-30", 1),
        ("2024-02-29 2025-02-28", 12),
        ("2025-01-15 2025-07-15", 6),
        ("2025-01-01 2025-01-31", 0),
        ("2025-01-01 2025-02-15", 0),
    ],
)
def test_whole_months(period: str, months: int) -> None:
    starts, ends = period.split()
    assert whole_months(day(starts), day(ends)) == months


def test_odd_lengths_go_by_days_and_weeks_by_weeks() -> None:
    by_days = price_of(D(90), None, day("2025-01-01"), day("2025-02-15"))
    assert by_days.monthly == Fraction(90 * 365, 12 * 45)
    weekly = price_of(D(12), None, day("2025-01-06"), day("2025-01-13"))
    assert (weekly.interval, monthly(weekly.amount, weekly.quantity, "week")) == ("week", D(52))


def test_without_periods_the_rhythm_is_found() -> None:
    yearly = [line(str(y), 1200, issued=f"{y}-03-0{y % 5 + 1}") for y in range(2021, 2025)]
    assert {mrr(term) for term in billed(*yearly).terms} == {D(100)}
    quarterly = [line(m, 300, issued=f"2025-{m}-01") for m in ("01", "04", "07", "10")]
    assert shown(billed(*quarterly)) == [("s", "2025-01-01", "2026-01-01", D(100))]
    assert shown(billed(line("1", 50, issued="2025-05-05"))) == [
        ("s", "2025-05-05", "2025-06-05", D(50))
    ]


def test_a_month_left_out_is_no_quarter() -> None:
    months = [line(m, 10, issued=f"2025-{m}-01") for m in ("01", "02", "03", "06", "07")]
    assert shown(billed(*months)) == [
        ("s", "2025-01-01", "2025-04-01", D(10)),
        ("s", "2025-06-01", "2025-08-01", D(10)),
    ]


def test_a_full_credit_cancels_and_a_part_lowers() -> None:
    charge = line("1", 100, "2025-01-01 2025-02-01")
    full = billed(charge, line("2", -100, "2025-01-01 2025-02-01", "2025-01-20"))
    assert full.terms == []
    part = billed(charge, line("2", -30, "2025-01-01 2025-02-01", "2025-01-20"))
    assert shown(part) == [("s", "2025-01-01", "2025-02-01", D(70))]
    annual = line("1", 12000, "2025-01-01 2026-01-01")
    undated = billed(annual, line("2", -12000, issued="2025-02-10"))
    assert undated.terms == []


def test_a_credit_of_the_rest_of_a_year_ends_it() -> None:
    annual = line("1", 1200, "2025-01-01 2026-01-01")
    rest = line("2", "-604.93", "2025-07-01 2026-01-01", "2025-07-01")
    assert shown(billed(annual, rest)) == [("s", "2025-01-01", "2025-07-01", D(100))]


def test_a_credit_without_a_match_is_told_and_one_too_large_stops_at_nothing() -> None:
    charge = line("1", 100, "2025-01-01 2025-02-01")
    stray = line("2", -50, "2025-06-01 2025-07-01")
    assert billed(charge, stray).without_match == ["2"]
    large = billed(charge, line("3", -150, "2025-01-01 2025-02-01"))
    assert (large.terms, large.too_large) == ([], ["3"])


def test_an_upgrade_in_the_month_nets_to_the_new_price_at_once() -> None:
    """Stripe: the rest of the old plan back, the rest of the new one charged."""
    found = billed(
        line("1", 10, "2025-01-01 2025-02-01", plan="Basic"),
        line("2", "-5.16", "2025-01-16 2025-02-01", plan="Basic", is_proration=True),
        line("3", "10.32", "2025-01-16 2025-02-01", plan="Pro", is_proration=True),
        line("4", 20, "2025-02-01 2025-03-01", plan="Pro"),
    )
    assert shown(found) == [
        ("s", "2025-01-01", "2025-01-16", D(10)),
        ("s", "2025-01-16", "2025-03-01", D(20)),
    ]
    assert [term.plan for term in found.terms] == ["Basic", "Pro"]


def test_seats_added_in_the_month_add_up() -> None:
    period, rest = "2025-01-01 2025-02-01", "2025-01-16 2025-02-01"
    found = billed(
        line("1", 50, period, plan="A", quantity=D(5)),
        line("2", "-25.81", rest, plan="A", quantity=D(5), is_proration=True),
        line("3", "36.13", rest, plan="A", quantity=D(7), is_proration=True),
        line("4", 70, "2025-02-01 2025-03-01", plan="A", quantity=D(7)),
    )
    assert shown(found) == [
        ("s", "2025-01-01", "2025-01-16", D(50)),
        ("s", "2025-01-16", "2025-03-01", D(70)),
    ]


def test_a_first_part_of_a_month_has_the_price_of_the_month() -> None:
    found = billed(
        line("1", "10.97", "2025-01-15 2025-02-01"), line("2", 20, "2025-02-01 2025-03-01")
    )
    assert shown(found) == [("s", "2025-01-15", "2025-03-01", D(20))]


def test_short_gaps_join_and_long_ones_do_not() -> None:
    lines = [line("1", 10, "2025-01-01 2025-02-01"), line("2", 12, "2025-02-08 2025-03-08")]
    assert shown(billed(*lines)) == [
        ("s", "2025-01-01", "2025-02-08", D(10)),
        ("s", "2025-02-08", "2025-03-08", D(12)),
    ]
    assert shown(billed(*lines, gap_days=6))[0] == ("s", "2025-01-01", "2025-02-01", D(10))


def test_a_renewal_invoiced_early_is_not_twice() -> None:
    found = billed(
        line("1", 1200, "2024-01-01 2025-01-01"), line("2", 2400, "2024-12-20 2025-12-20")
    )
    assert shown(found) == [
        ("s", "2024-01-01", "2024-12-20", D(100)),
        ("s", "2024-12-20", "2025-12-20", D(200)),
    ]


def test_two_plans_at_once_are_two_subscriptions() -> None:
    found = billed(
        line("1", 10, "2025-01-01 2025-04-01", plan="A"),
        line("2", 5, "2025-02-01 2025-05-01", plan="B"),
    )
    assert [row[:3] for row in shown(found)] == [
        ("s", "2025-01-01", "2025-04-01"),
        ("s:B", "2025-02-01", "2025-05-01"),
    ]


def test_rhythm_prefers_the_shorter_of_equals() -> None:
    assert rhythm_of([day("2025-01-01"), day("2025-02-01"), day("2025-05-02")]) == 1


STARTS = st.dates(dt.date(2023, 1, 1), dt.date(2024, 12, 31))


@st.composite
def any_lines(draw: st.DrawFn) -> list[Line]:
    lines = []
    for number in range(draw(st.integers(1, 12))):
        starts = draw(STARTS)
        length = draw(st.sampled_from(["month", "quarter", "year", "odd", "none"]))
        months = {"month": 1, "quarter": 3, "year": 12}.get(length)
        ends = (
            add_months(starts, months)
            if months
            else starts + dt.timedelta(draw(st.integers(1, 80)))
        )
        has_period = length != "none"
        lines.append(
            Line(
                f"l{number:02}",
                starts,
                draw(st.decimals(-500, 1500, places=2).filter(bool)),
                draw(st.sampled_from(["EUR", "EUR", "EUR", "USD"])),
                plan=draw(st.sampled_from(["", "A", "B"])),
                quantity=draw(st.sampled_from([None, D(1), D(3)])),
                starts_on=starts if has_period else None,
                ends_on=ends if has_period else None,
                is_proration=has_period and draw(st.booleans()),
            )
        )
    return lines


@given(any_lines(), st.integers(0, 30), st.randoms(use_true_random=False))
def test_any_lines_make_sound_terms_in_any_order(
    lines: list[Line], gap_days: int, chance: random.Random
) -> None:
    found = billed(*lines, gap_days=gap_days)
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert billed(*shuffled, gap_days=gap_days) == found
    last: dict[str, dt.date] = {}
    for term in found.terms:
        assert mrr(term) >= 0
        assert term.ends_on is not None
        assert term.starts_on < term.ends_on
        assert term.starts_on >= last.get(term.external_id, dt.date.min)  # no overlap
        last[term.external_id] = term.ends_on


@given(any_lines(), st.integers(0, 30))
def test_credits_never_raise(lines: list[Line], gap_days: int) -> None:
    """On no day is MRR more than what the charges alone come to."""
    charges = [one for one in lines if one.amount > 0]
    alone, found = billed(*charges, gap_days=gap_days), billed(*lines, gap_days=gap_days)
    for when in {term.starts_on for term in (*alone.terms, *found.terms)}:
        assert on(found, when) <= on(alone, when) + D("0.000001")


@given(st.lists(st.decimals(1, 1000, places=2), min_size=1, max_size=12), STARTS)
def test_whole_months_in_a_row_come_to_what_was_billed(
    amounts: list[Decimal], starts: dt.date
) -> None:
    first = starts.replace(day=1)
    lines = [
        Line(str(n), add_months(first, n), amount, "EUR", starts_on=add_months(first, n),
             ends_on=add_months(first, n + 1))
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    found = billed(*lines)
    assert [on(found, add_months(first, n)) for n in range(len(amounts))] == amounts
