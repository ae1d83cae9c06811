"""Every metric again: slow, plain, straight from docs/metrics.md over the raw facts.

Nothing is shared with the engine but the words. Each day's state is looked up by walking the
terms; a movement is the difference of two days. Keep it stupid: it is what the engine is held to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

DAY = timedelta(days=1)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Term:
    subscription: str
    product: str
    plan: str
    starts_on: date
    ends_on: date | None
    mrr: Decimal

    def counts_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass
class Customer:
    name: str
    terms: list[Term] = field(default_factory=list)
    attributes: list[tuple[date | None, str]] = field(default_factory=list)
    """(valid_from, value), by date; the first holds for all time before."""

    def mrr(self, day: date, where: Callable[[Term], bool] = lambda term: True) -> Decimal:
        return sum((t.mrr for t in self.terms if t.counts_on(day) and where(t)), ZERO)

    def attribute(self, day: date) -> str:
        if not self.attributes:
            return "none"
        value = self.attributes[0][1]
        for valid_from, later in self.attributes[1:]:
            if valid_from is not None and valid_from <= day:
                value = later
        return value or "none"

    def days_of_change(self) -> list[date]:
        days = {t.starts_on for t in self.terms} | {t.ends_on for t in self.terms if t.ends_on}
        return sorted(days)


@dataclass(frozen=True)
class Movement:
    customer: str
    day: date
    kind: str
    before: Decimal
    after: Decimal
    segment: str = ""
    amount: Decimal = ZERO
    """What it is in its segment; signed."""


def movements(customer: Customer) -> list[Movement]:
    """Netted per day, with the customer's kinds."""
    found: list[Movement] = []
    has_paid = False
    for day in customer.days_of_change():
        before, after = customer.mrr(day - DAY), customer.mrr(day)
        if before == 0 and after > 0:
            kind = "reactivation" if has_paid else "new"
        elif before > 0 and after == 0:
            kind = "churn"
        elif after > before:
            kind = "expansion"
        elif after < before:
            kind = "contraction"
        else:
            kind = "transfer"
        has_paid = has_paid or after > 0
        if before or after:
            found.append(Movement(customer.name, day, kind, before, after, "", after - before))
    return found


class Total:
    """How to split: not at all. `products` names the segments a customer's terms are in."""

    is_by_subscription = False

    def of_customer(self, customer: Customer, day: date) -> str:
        return ""

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        return [""]


class ByAttribute(Total):
    def of_customer(self, customer: Customer, day: date) -> str:
        return customer.attribute(day)

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        return sorted({value or "none" for c in customers for _, value in c.attributes} | {"none"})


class BySubscription(Total):
    is_by_subscription = True

    def __init__(self, name: Callable[[Term], str]) -> None:
        self.name = name

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        return sorted({self.name(t) for c in customers for t in c.terms})


def seen_from(customer: Customer, split: Total, segment: str) -> Customer:
    """The customer as a subscription segment sees it: its terms there."""
    if not isinstance(split, BySubscription) or segment == "":
        return customer
    terms = [t for t in customer.terms if split.name(t) == segment]
    return Customer(customer.name, terms, customer.attributes)


def is_placed(customer: Customer, split: Total, segment: str, start: date, end: date) -> bool:
    """Whether a rate over [start, end) counts the customer in the segment."""
    if isinstance(split, BySubscription) or segment == "":
        return True
    opening = start - DAY
    if customer.mrr(opening) == 0:
        day = start
        while day < end:
            if customer.mrr(day) > 0:
                return split.of_customer(customer, day) == segment
            day += DAY
    return split.of_customer(customer, opening) == segment


@dataclass
class Rates:
    """The numerators and denominators of every rate, for one period and segment."""

    opening: int = 0
    closing: int = 0
    kept: int = 0
    new: int = 0
    churned: int = 0
    ever: int = 0
    opening_mrr: Decimal = ZERO
    kept_mrr: Decimal = ZERO
    closing_mrr_of_opening: Decimal = ZERO
    lost_by_movements: Decimal = ZERO
    gained_by_movements: Decimal = ZERO
    openings: list[Decimal] = field(default_factory=list)
    closings_of_opening: list[Decimal] = field(default_factory=list)


def rates(
    customers: Iterable[Customer], split: Total, segment: str, start: date, end: date
) -> Rates:
    found = Rates()
    for whole in customers:
        customer = seen_from(whole, split, segment)
        if not is_placed(whole, split, segment, start, end):
            continue
        opening, closing = customer.mrr(start - DAY), customer.mrr(end - DAY)
        found.opening += opening > 0
        found.closing += closing > 0
        found.kept += opening > 0 and closing > 0
        own = movements(customer)
        found.ever += any(m.day < end for m in own)
        found.new += sum(m.kind == "new" and start <= m.day < end for m in own)
        found.churned += sum(m.kind == "churn" and start <= m.day < end for m in own)
        if opening > 0:
            found.opening_mrr += opening
            found.kept_mrr += min(opening, closing)
            found.closing_mrr_of_opening += closing
            found.openings.append(opening)
            found.closings_of_opening.append(closing)
        for kind, amount in kinds_in(whole, split, segment, start, end):
            if kind in ("churn", "contraction", "pause"):
                found.lost_by_movements -= amount
            elif kind in ("expansion", "reactivation", "resume"):
                found.gained_by_movements += amount
    return found


def kinds_in(
    whole: Customer, split: Total, segment: str, start: date, end: date
) -> list[tuple[str, Decimal]]:
    """The customer's kinds with the amounts that its (subscription) segment has of them."""
    customer = seen_from(whole, split, segment)
    return [
        (m.kind, customer.mrr(m.day) - customer.mrr(m.day - DAY))
        for m in movements(whole)
        if start <= m.day < end
    ]


def flows(
    customers: Iterable[Customer], split: Total, segment: str, start: date, end: date
) -> dict[str, Decimal]:
    """opening, the kinds, closing; losses positive. A movement counts where it was that day."""
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for whole in customers:
        customer = seen_from(whole, split, segment)
        parts["opening"] += state(whole, customer, split, segment, start - DAY)
        parts["closing"] += state(whole, customer, split, segment, end - DAY)
        if isinstance(split, BySubscription) or segment == "":
            for kind, amount in kinds_in(whole, split, segment, start, end):
                parts[kind] += amount
            continue
        for movement in movements(customer):
            here = split.of_customer(customer, movement.day) == segment
            if start <= movement.day < end and here:
                parts[movement.kind] += movement.amount
        day = start
        while day < end:
            was, is_now = (split.of_customer(customer, d) == segment for d in (day - DAY, day))
            parts["transfer"] += (is_now - was) * customer.mrr(day - DAY)
            day += DAY
    for kind in ("churn", "contraction", "pause"):
        parts[kind] = -parts[kind]
    return parts


def state(whole: Customer, customer: Customer, split: Total, segment: str, day: date) -> Decimal:
    if not isinstance(split, BySubscription) and segment != "":
        return customer.mrr(day) if split.of_customer(whole, day) == segment else ZERO
    return customer.mrr(day)


def customer_flows(
    customers: Iterable[Customer], split: Total, segment: str, start: date, end: date
) -> dict[str, int]:
    parts: dict[str, int] = defaultdict(int)
    names = {"new": "new", "reactivation": "reactivated", "churn": "churned"}
    for whole in customers:
        customer = seen_from(whole, split, segment)
        parts["opening"] += state(whole, customer, split, segment, start - DAY) > 0
        parts["closing"] += state(whole, customer, split, segment, end - DAY) > 0
        plain = isinstance(split, BySubscription) or segment == ""
        for movement in movements(customer):
            here = plain or split.of_customer(customer, movement.day) == segment
            if start <= movement.day < end and here and movement.kind in names:
                parts[names[movement.kind]] += 1
        day = start
        while day < end and not plain:
            was, is_now = (split.of_customer(customer, d) == segment for d in (day - DAY, day))
            parts["transfer"] += (is_now - was) * (customer.mrr(day - DAY) > 0)
            day += DAY
    return parts


def daily_churn(
    customers: list[Customer], split: Total, segment: str, start: date, end: date
) -> Decimal | None:
    total, is_defined, day = ZERO, False, start
    while day < end:
        found = rates(customers, split, segment, day, day + DAY)
        if found.opening:
            total += Decimal(found.churned) / found.opening
            is_defined = True
        day += DAY
    return total if is_defined else None
