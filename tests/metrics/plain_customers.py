"""Costs, lifetime, time to value and referrals again: slow and plain, straight from
docs/metrics.md over the raw facts. Nothing is shared with the engine but the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import exp, lgamma

from tests.metrics import plain
from tests.metrics.plain import DAY, Customer, Total

ALONE = "not allocated"


@dataclass(frozen=True)
class Cost:
    kind: str
    amount: int
    starts_on: date
    ends_on: date
    key: str = ""
    value: str = ""
    customer: str = ""


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days)]


def back(day: date, months: int) -> date:
    """The same day so many months before; the last of a shorter month."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    while True:
        try:
            return date(year, month, day.day)
        except ValueError:
            day -= DAY


def spent(
    costs: Iterable[Cost],
    customers: Iterable[Customer],
    split: Total,
    name: str,
    segment: str,
    start: date,
    end: date,
) -> Fraction:
    """What was spent in [start, end), day by day; `name`: what the split is called."""
    by_name = {customer.name: customer for customer in customers}
    total = Fraction(0)
    for cost in costs:
        a_day = Fraction(cost.amount, (cost.ends_on - cost.starts_on).days)
        for day in days(cost.starts_on, cost.ends_on):
            if not start <= day < end:
                continue
            where = []
            for side, key in zip(getattr(split, "sides", [split]), name.split(","), strict=True):
                if cost.key == key:
                    where.append(cost.value)
                elif cost.customer and not side.is_by_subscription:
                    where.append(side.of_customer(by_name[cost.customer], day))
                else:
                    where.append(ALONE)
            if segment in ("", "\x1f".join(where)):
                total += a_day
    return total


def new(
    customers: Iterable[Customer], split: Total, segment: str, start: date, end: date
) -> tuple[int, Fraction]:
    """Customers with their first ever MRR in [start, end), and the MRR they began with."""
    count, mrr = 0, Fraction(0)
    for customer in customers:
        first = first_paying_day(customer)
        if first is None or not start <= first < end:
            continue
        is_here = split.is_here(customer, segment, first)
        began = plain.seen_from(customer, split, segment).mrr(first) if is_here else plain.ZERO
        count += began > 0
        mrr += Fraction(began)
    return count, mrr


def first_paying_day(customer: Customer) -> date | None:
    return next((day for day in customer.days_of_change() if customer.mrr(day) > 0), None)


def at_close(customers: Iterable[Customer], split: Total, segment: str, end: date) -> int:
    return plain.customer_flows(customers, split, segment, end - DAY, end)["closing"]


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def six_months(end: date) -> list[tuple[date, date]]:
    """The 6 full months before `end`."""
    border = first_of_month(end)
    return [(back(border, months), back(border, months - 1)) for months in range(6, 0, -1)]


def churn(
    customers: list[Customer], split: Total, segment: str, end: date, *, is_money: bool
) -> tuple[Fraction, Fraction]:
    """What was lost and what there was at the openings, pooled over the 6 full months."""
    lost, opening = Fraction(0), Fraction(0)
    for since, until in six_months(end):
        found = plain.rates(customers, split, segment, since, until)
        if is_money:
            lost += Fraction(found.opening_mrr) - Fraction(found.kept_mrr)
            opening += Fraction(found.opening_mrr)
        else:
            lost += found.opening - found.kept
            opening += found.opening
    return lost, opening


def worth(
    customers: list[Customer],
    split: Total,
    segment: str,
    end: date,
    *,
    is_money: bool,
    horizon: int,
    discount: Fraction,
) -> Fraction | None:
    """What all paying customers together will bring, at a margin of 100 %."""
    lost, opening = churn(customers, split, segment, end, is_money=is_money)
    mrr = Fraction(plain.flows(customers, split, segment, end - DAY, end)["closing"])
    if opening == 0 or (lost == 0 and not horizon):
        return None
    rate = lost / opening
    if horizon:
        terms = (((1 - rate) / (1 + discount)) ** t for t in range(horizon))
        return mrr * sum(terms, Fraction(0))
    return mrr / (1 - (1 - rate) / (1 + discount))


def months_lived(since: date, day: date) -> int:
    """How many months after `since` are full on `day`."""
    months = 0
    while after(since, months + 1) <= day:
        months += 1
    return months


def after(day: date, months: int) -> date:
    """The same day so many months later; the last of a shorter month."""
    number = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(number // 12, number % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)


def lives(
    customers: Iterable[Customer], split: Total, segment: str, end: date
) -> tuple[dict[int, int], dict[int, int]]:
    """By period: who left in it (from 1), and who has lived so many and is there."""
    lost: dict[int, int] = {}
    alive: dict[int, int] = {}
    for customer in customers:
        own = [turn for turn in plain.turns(customer, split, segment) if turn.day < end]
        if not own:
            continue
        since = own[0].day
        if not split.is_here(customer, segment, since):
            continue
        churned = [turn.day for turn in own if turn.kind == "churn"]
        if churned:
            period = months_lived(since, churned[0] - DAY) + 1
            lost[period] = lost.get(period, 0) + 1
        else:
            lived = months_lived(since, end - DAY)
            alive[lived] = alive.get(lived, 0) + 1
    return lost, alive


def mrr_by_months(
    customers: Iterable[Customer], split: Total, segment: str, end: date
) -> dict[int, Decimal]:
    """What is paid at the close, by the full months since it began or last came back."""
    found: dict[int, Decimal] = {}
    for customer in customers:
        if not split.is_here(customer, segment, end - DAY):
            continue
        mrr = plain.seen_from(customer, split, segment).mrr(end - DAY)
        if mrr:
            turns = plain.turns(customer, split, segment)
            begun = [t.day for t in turns if t.kind in ("new", "reactivation") and t.day < end]
            months = months_lived(begun[-1], end - DAY)
            found[months] = found.get(months, Decimal(0)) + mrr
    return found


def residual_months(
    a: float, b: float, months: int, *, length: int, discount: float, horizon: int
) -> float:
    """Months that are still to come from the coming renewal on, of periods of `length` months: the
    sum over periods of their chance, given that the one before has been lived, discounted."""

    def survival(period: int) -> float:
        return exp(lgamma(b + period) - lgamma(a + b + period) - lgamma(b) + lgamma(a + b))

    begun = months // length
    terms = (
        survival(begun + 1 + t) / survival(begun) / (1 + discount) ** t for t in range(horizon)
    )
    return length * sum(terms)


@dataclass(frozen=True)
class Referral:
    customer: str
    day: date
    converted_on: date | None = None
    referred: str = ""


def pays_in(customer: Customer, start: date, end: date) -> bool:
    return any(customer.mrr(day) > 0 for day in days(start, end))


def referring(
    referrals: Iterable[Referral],
    customers: Iterable[Customer],
    split: Total,
    segment: str,
    start: date,
    end: date,
    as_of: date,
) -> tuple[int, int, int, int]:
    """Customers with a referral, customers paying, and the referrals and the converted of those."""
    with_one = paying = made = converted = 0
    for whole in customers:
        customer = plain.seen_from(whole, split, segment)
        if not plain.is_placed(
            whole, split, segment, start, end, lambda day, whole=whole: bool(whole.paid(day))
        ):
            continue
        if not pays_in(customer, start, end):
            continue
        own = [r for r in referrals if r.customer == whole.name and start <= r.day < end]
        paying += 1
        with_one += bool(own)
        made += len(own)
        converted += sum(r.converted_on is not None and r.converted_on <= as_of for r in own)
    return with_one, paying, made, converted


@dataclass(frozen=True)
class Beginner:
    """When somebody began, got there and left."""

    name: str
    began: date
    there: date | None
    left: date | None


def outcome(one: Beginner, as_of: date) -> tuple[int, str]:
    """After how many days what had become of somebody."""
    there = one.there if one.there and one.there <= as_of else None
    left = one.left if one.left and one.began <= one.left <= as_of else None
    if there and (left is None or there <= left):
        return max((there - one.began).days, 0), "there"
    if left:
        return (left - one.began).days, "left"
    return (as_of - one.began).days, "on the way"


def incidence(outcomes: list[tuple[int, str]], time: int) -> Fraction:
    """Aalen and Johansen's: sum over times of S(t-) x arrivals / at risk."""
    free, share = Fraction(1), Fraction(0)
    for at in sorted({t for t, _ in outcomes if t <= time}):
        risk = sum(t >= at for t, _ in outcomes)
        arrived = sum(t == at and how == "there" for t, how in outcomes)
        left = sum(t == at and how == "left" for t, how in outcomes)
        share += free * Fraction(arrived, risk)
        free *= 1 - Fraction(arrived + left, risk)
    return share


def quantile(outcomes: list[tuple[int, str]], share: Fraction) -> int | None:
    times = sorted({t for t, _ in outcomes})
    return next((t for t in times if incidence(outcomes, t) >= share), None)
