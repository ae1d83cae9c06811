"""Stretches of time that a line pays for, and what is left of them when credits are taken off."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from customers.billing.periods import Price, monthly_price, whole_months

# A line that begins before its forerunner ends, by no more than this share, renews it.
EARLY_RENEWAL = 4
CENT = Fraction(1, 100)


@dataclass(slots=True)
class Span:
    """A charge on its days. `billed_from` and `billed_to` are as invoiced; the others move when
    it is renewed early or joined over a gap."""

    key: str
    plan: str
    product: str
    currency: str
    starts_on: dt.date
    ends_on: dt.date
    price: Price
    issued_on: dt.date
    amount: Decimal
    billed_from: dt.date
    billed_to: dt.date
    is_proration: bool

    @property
    def days(self) -> int:
        return (self.billed_to - self.billed_from).days

    @property
    def months(self) -> int:
        return whole_months(self.billed_from, self.billed_to)


@dataclass(frozen=True, slots=True)
class Credit:
    """Lowers a plan's price by `monthly` from day to day."""

    key: str
    plan: str
    currency: str
    starts_on: dt.date
    ends_on: dt.date
    monthly: Fraction


@dataclass(frozen=True, slots=True)
class Stretch:
    """A plan at one price, from day to day; `ends_on` None: open."""

    plan: str
    product: str
    currency: str
    starts_on: dt.date
    ends_on: dt.date | None
    price: Price


def renew_early(spans: Sequence[Span]) -> None:
    """Cut a line where the next one of the same plan begins before it ends.

    Only where they overlap by little: a line inside another's period, or half over it, is a
    second thing beside it.
    """
    for group in _by(spans, lambda span: (span.plan, span.currency)):
        active: list[Span] = []
        for span in group:
            if span.is_proration:
                continue
            active = [one for one in active if one.ends_on > span.starts_on]
            for before in active:
                overlap = (before.ends_on - span.starts_on).days
                shorter = min(before.days, span.days)
                if (
                    before.starts_on < span.starts_on
                    and before.billed_to < span.billed_to
                    and overlap * EARLY_RENEWAL <= shorter
                ):
                    before.ends_on = span.starts_on
            active.append(span)


def join_gaps(spans: Sequence[Span], gap_days: int) -> None:
    """Let lines last until the next one begins, where that is up to `gap_days` later: first
    within each plan, then over the plans of the subscription."""
    for group in _by(spans, lambda span: span.plan):
        _join(group, gap_days)
    _join(sorted(spans, key=_order), gap_days)


def _join(ordered: Sequence[Span], gap_days: int) -> None:
    last: list[Span] = []
    for span in ordered:
        if last:
            end = last[0].ends_on
            if 0 < (span.starts_on - end).days <= gap_days:
                for one in last:
                    one.ends_on = span.starts_on
            if span.ends_on < end:
                continue
            if span.ends_on > end:
                last = []
        last.append(span)


def net(spans: Sequence[Span], lowered: Sequence[Credit]) -> tuple[list[Stretch], list[str]]:
    """What each plan costs from day to day, and the keys of credits larger than what is there."""
    stretches: list[Stretch] = []
    too_large: set[str] = set()
    credits_of: dict[str, list[Credit]] = defaultdict(list)
    for credit in lowered:
        credits_of[credit.plan].append(credit)
    for group in _by(spans, lambda span: span.plan):
        stretches += _net(group, credits_of[group[0].plan], too_large)
    return stretches, sorted(too_large)


def _net(spans: Sequence[Span], lowered: Sequence[Credit], too_large: set[str]) -> list[Stretch]:
    comes: dict[dt.date, list[Span | Credit]] = defaultdict(list)
    goes: dict[dt.date, list[Span | Credit]] = defaultdict(list)
    everything: list[Span | Credit] = [*spans, *lowered]
    for one in everything:
        comes[one.starts_on].append(one)
        goes[one.ends_on].append(one)
    active: dict[int, Span | Credit] = {}
    stretches: list[Stretch] = []
    days = sorted({*comes, *goes})
    for day, until in itertools.pairwise(days):
        for one in goes[day]:
            active.pop(id(one), None)
        active.update({id(one): one for one in comes[day]})
        stretch = _at(list(active.values()), day, until, too_large)
        if stretch is not None:
            _append(stretches, stretch)
    return stretches


def _at(
    active: Sequence[Span | Credit], day: dt.date, until: dt.date, too_large: set[str]
) -> Stretch | None:
    """The plan on the days from `day` to before `until`; None: it costs nothing."""
    charges = sorted((one for one in active if isinstance(one, Span)), key=_order)
    if not charges:
        return None
    # In two currencies at once: the later one has taken over.
    newest = charges[-1]
    charges = [span for span in charges if span.currency == newest.currency]
    lowered = [one for one in active if isinstance(one, Credit) and one.currency == newest.currency]
    charged = sum((span.price.monthly for span in charges), Fraction())
    credited = sum((credit.monthly for credit in lowered), Fraction())
    if credited > charged + CENT:
        too_large.update(credit.key for credit in lowered)
    if credited >= charged:
        return None
    price = _netted(charges, credited)
    return Stretch(newest.plan, newest.product, newest.currency, day, until, price)


def added(prices: Sequence[Price]) -> Price:
    """Several at once: of one interval and price per unit, they add up in quantity; others in
    money per month."""
    first = prices[0]
    monthly = sum((price.monthly for price in prices), Fraction())
    if all((one.amount, one.interval) == (first.amount, first.interval) for one in prices):
        quantity = sum((one.quantity for one in prices), Decimal())
        return Price(monthly, first.amount, quantity, first.interval)
    return monthly_price(monthly)


def _netted(charges: Sequence[Span], credited: Fraction) -> Price:
    if not credited:
        return added([span.price for span in charges])
    left = sum((one.price.monthly for one in charges), Fraction()) - credited
    # A raise in quantity leaves a price that one of the lines already has.
    same = next((one.price for one in reversed(charges) if one.price.monthly == left), None)
    return same or monthly_price(left)


def add_up(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches of one plan, some at once, as stretches one after the other, in their sum."""
    joined: list[Stretch] = []
    ends = [one.ends_on or dt.date.max for one in stretches]
    days = sorted({*(one.starts_on for one in stretches), *ends})
    for day, until in itertools.pairwise(days):
        active = [
            one
            for one, end in zip(stretches, ends, strict=True)
            if one.starts_on <= day and end >= until
        ]
        active = [one for one in active if one.currency == active[-1].currency]
        if active:
            open_until = None if until == dt.date.max else until
            price = added([one.price for one in active])
            last = active[-1]
            _append(joined, Stretch(last.plan, last.product, last.currency, day, open_until, price))
    return joined


def _append(stretches: list[Stretch], stretch: Stretch) -> None:
    before = stretches[-1] if stretches else None
    if (
        before is not None
        and before.ends_on == stretch.starts_on
        and (before.price, before.product, before.currency)
        == (stretch.price, stretch.product, stretch.currency)
    ):
        stretches[-1] = Stretch(
            before.plan,
            before.product,
            before.currency,
            before.starts_on,
            stretch.ends_on,
            before.price,
        )
    else:
        stretches.append(stretch)


def _order(span: Span) -> tuple[dt.date, dt.date, str]:
    return (span.starts_on, span.ends_on, span.key)


def _by(spans: Iterable[Span], key: Callable[[Span], object]) -> list[list[Span]]:
    groups: dict[object, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=_order):
        groups[key(span)].append(span)
    return list(groups.values())
