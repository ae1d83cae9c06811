"""Every metric again: slow, plain, straight from docs/metrics.md over the raw facts.

Nothing is shared with the engine but the words. Each day's state is looked up by walking the
terms; a movement is the difference of two days. Keep it stupid: it is what the engine is held to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache

DAY = timedelta(days=1)
ZERO = Decimal(0)


PAUSE_DAYS = 25
"""How long a pause may last in these histories."""


@dataclass(frozen=True)
class Term:
    subscription: str
    product: str
    plan: str
    starts_on: date
    ends_on: date | None
    mrr: Decimal
    currency: str = "USD"

    def counts_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True)
class Pause:
    subscription: str | None
    starts_on: date
    ends_on: date | None

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


Worth = Callable[[str, date], Decimal]
"""What 1 of a currency is worth on a day."""


def at_par(currency: str, day: date) -> Decimal:
    return Decimal(1)


Quote = tuple[str, str, date, Decimal]
"""1 of the first currency is worth so much of the second from the day on."""


def worth_in(own: str, quotes: list[Quote]) -> Worth:
    """The day's rate, else the last known, else the first; a pair's own quotes, either way round,
    else through a third currency. Rounded once, half-even, to 12 decimals."""

    def leg(one: str, other: str, day: date) -> Decimal | None:
        known = {d: 1 / rate for base, code, d, rate in quotes if (code, base) == (one, other)}
        known |= {d: rate for code, base, d, rate in quotes if (code, base) == (one, other)}
        if not known:
            return None
        past = [d for d in known if d <= day]
        return known[max(past) if past else min(known)]

    def worth(currency: str, day: date) -> Decimal:
        if currency == own:
            return Decimal(1)
        with localcontext(prec=60):
            found = leg(currency, own, day)
            if found is None:
                thirds = sorted({name for quote in quotes for name in quote[:2]})
                found = next(
                    one * other
                    for third in thirds
                    if (one := leg(currency, third, day)) and (other := leg(third, own, day))
                )
            return found.quantize(Decimal("1e-12"), ROUND_HALF_EVEN)

    return cache(worth)


@dataclass
class Customer:
    name: str
    terms: list[Term] = field(default_factory=list)
    attributes: list[tuple[date | None, str]] = field(default_factory=list)
    """(valid_from, value), by date; the first holds for all time before."""
    tiers: list[tuple[date | None, str]] = field(default_factory=list)
    """Of another attribute."""
    pauses: list[Pause] = field(default_factory=list)
    worth: Worth = at_par
    late_days: int = 0
    """How late a renewal may be."""
    hides: Callable[[Term], bool] = lambda term: False
    """Terms that a segment does not see."""

    def paid(self, day: date) -> list[Term]:
        return [
            t
            for t in self.terms
            if (t.counts_on(day) or self.is_bridged(t, day)) and t.mrr > 0 and not self.hides(t)
            if not any(
                p.holds_on(day) and p.subscription in (None, t.subscription) for p in self.pauses
            )
        ]

    def is_bridged(self, term: Term, day: date) -> bool:
        """Whether the contract was renewed late, and the day lies between."""
        if term.ends_on is None or day < term.ends_on:
            return False
        later = [
            t
            for t in self.terms
            if t.subscription == term.subscription and t.starts_on >= term.ends_on
        ]
        if not later:
            return False
        renewal = min(later, key=lambda t: t.starts_on)
        days_late = (renewal.starts_on - term.ends_on).days
        return renewal.mrr > 0 and day < renewal.starts_on and days_late <= self.late_days

    def mrr(self, day: date, at: date | None = None) -> Decimal:
        """At the rates of `at` (default: the day's own)."""
        return sum((t.mrr * self.worth(t.currency, at or day) for t in self.paid(day)), ZERO)

    def is_pausing(self, day: date) -> bool:
        return any(p.holds_on(day) for p in self.pauses)

    def attribute(self, day: date, key: str = "region") -> str:
        values = self.attributes if key == "region" else self.tiers
        if not values:
            return "none"
        value = values[0][1]
        for valid_from, later in values[1:]:
            if valid_from is not None and valid_from <= day:
                value = later
        return value or "none"

    def days_of_change(self) -> list[date]:
        days = {t.starts_on for t in self.terms} | {t.ends_on for t in self.terms if t.ends_on}
        days |= {p.starts_on for p in self.pauses} | {p.ends_on for p in self.pauses if p.ends_on}
        return sorted(days)


@dataclass(frozen=True)
class Movement:
    customer: str
    day: date
    kind: str
    amounts: dict[tuple[str, str, str], Decimal]
    """Signed, in contract currency, by (product, plan, currency)."""
    worth: Worth = at_par

    def amount(self, where: Callable[[str, str], bool] = lambda product, plan: True) -> Decimal:
        """At the day's rates."""
        return sum(
            (
                amount * self.worth(currency, self.day)
                for (product, plan, currency), amount in self.amounts.items()
                if where(product, plan)
            ),
            ZERO,
        )


Amounts = dict[tuple[str, str, str], Decimal]


def amounts_on(customer: Customer, day: date) -> Amounts:
    found: Amounts = defaultdict(Decimal)
    for t in customer.paid(day):
        found[t.product, t.plan, t.currency] += t.mrr
    return found


def minus(one: Amounts, other: Amounts) -> Amounts:
    found = {key: one.get(key, ZERO) - other.get(key, ZERO) for key in {**one, **other}}
    return {key: amount for key, amount in found.items() if amount}


def movements(customer: Customer) -> list[Movement]:
    """Netted per day, with the customer's kinds."""
    found: list[Movement] = []
    has_paid = False
    paused: tuple[date, Amounts] | None = None

    def add(day: date, kind: str, amounts: Amounts) -> None:
        found.append(Movement(customer.name, day, kind, amounts, customer.worth))

    def lapse() -> None:
        assert paused is not None
        day = paused[0] + timedelta(days=PAUSE_DAYS)
        add(day, "pause", paused[1])
        add(day, "churn", minus({}, paused[1]))

    for day in customer.days_of_change():
        before, after = amounts_on(customer, day - DAY), amounts_on(customer, day)
        change = minus(after, before)
        if not change:
            continue
        if not before:
            if paused and day <= paused[0] + timedelta(days=PAUSE_DAYS):
                resumed = resumed_of(after, paused[1])
                add(day, "resume", resumed)
                if minus(after, resumed):
                    add(day, "expansion", minus(after, resumed))
            else:
                if paused:
                    lapse()
                add(day, "reactivation" if has_paid else "new", change)
            paused = None
        elif not after:
            if customer.is_pausing(day):
                paused = (day, before)
            add(day, "pause" if paused else "churn", change)
        else:
            net = customer.mrr(day) - customer.mrr(day - DAY, at=day)
            add(day, "expansion" if net > 0 else "contraction" if net else "transfer", change)
        has_paid = True
    if paused:
        lapse()
    return found


def resumed_of(back: Amounts, paused: Amounts) -> Amounts:
    """Up to what was paused in each currency: first what of each plan was paused, then plans by
    name. All of it, when it comes back in other currencies only."""
    if not {currency for _, _, currency in back} & {currency for _, _, currency in paused}:
        return dict(back)
    found: Amounts = {}
    for currency in {currency for _, _, currency in back}:
        left = sum((a for (_, _, c), a in paused.items() if c == currency), ZERO)
        keys = sorted(key for key in back if key[2] == currency)
        for key in keys:
            found[key] = min(back[key], paused.get(key, ZERO))
            left -= found[key]
        for key in keys:
            more = min(back[key] - found[key], max(left, ZERO))
            found[key] += more
            left -= more
    return {key: amount for key, amount in found.items() if amount}


class Total:
    """How to split: not at all."""

    is_by_subscription = False

    def of_customer(self, customer: Customer, day: date) -> str:
        """The segment, as far as customers are what it is split by."""
        return ""

    def is_here(self, customer: Customer, segment: str, day: date) -> bool:
        """Whether the customer, with what it has, is in the segment that day."""
        return segment == ""

    def sees(self, segment: str, product: str, plan: str) -> bool:
        """Whether what is paid for the plan is in the segment, if its customer is."""
        return True

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        return [""]


class ByAttribute(Total):
    def __init__(self, key: str = "region") -> None:
        self.key = key

    def of_customer(self, customer: Customer, day: date) -> str:
        return customer.attribute(day, self.key)

    def is_here(self, customer: Customer, segment: str, day: date) -> bool:
        return segment in ("", self.of_customer(customer, day))

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        values = [
            value
            for c in customers
            for _, value in (c.attributes if self.key == "region" else c.tiers)
        ]
        return sorted({value or "none" for value in values} | {"none"})


class BySubscription(Total):
    is_by_subscription = True

    def __init__(self, name: Callable[[Term], str]) -> None:
        self.name = name

    def is_here(self, customer: Customer, segment: str, day: date) -> bool:
        return True

    def sees(self, segment: str, product: str, plan: str) -> bool:
        return segment in ("", self.name(Term("", product, plan, date.min, None, ZERO)))

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        return sorted({self.name(t) for c in customers for t in c.terms})


class Crossed(Total):
    """Two at once; a segment is "one\x1fother"."""

    def __init__(self, *sides: Total) -> None:
        self.sides = sides
        self.is_by_subscription = any(side.is_by_subscription for side in sides)

    def _each(self, segment: str) -> Iterable[tuple[Total, str]]:
        return zip(self.sides, segment.split("\x1f") if segment else ("", ""), strict=True)

    def of_customer(self, customer: Customer, day: date) -> str:
        return "\x1f".join(side.of_customer(customer, day) for side in self.sides)

    def is_here(self, customer: Customer, segment: str, day: date) -> bool:
        return all(side.is_here(customer, own, day) for side, own in self._each(segment))

    def sees(self, segment: str, product: str, plan: str) -> bool:
        return all(side.sees(own, product, plan) for side, own in self._each(segment))

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        customers = list(customers)
        one, other = (side.segments(customers) for side in self.sides)
        return [f"{a}\x1f{b}" for a in one for b in other]


def seen_from(customer: Customer, split: Total, segment: str) -> Customer:
    """The customer as a subscription segment sees it: its terms there."""
    return replace(customer, hides=lambda term: not split.sees(segment, term.product, term.plan))


@dataclass(frozen=True)
class Turn:
    """How a movement changes who is a customer of a segment."""

    day: date
    kind: str
    change: int


def turns(whole: Customer, split: Total, segment: str) -> list[Turn]:
    """A segment's own: a product paid for the first time is new there. It is paused, and resumes,
    with its customer only."""
    found: list[Turn] = []
    before: Amounts = {}
    was_paused = has_paid = False
    for movement in movements(whole):
        seen = {k: a for k, a in movement.amounts.items() if split.sees(segment, k[0], k[1])}
        if not seen:
            continue
        after = minus(before, minus({}, seen))
        kind = movement.kind
        if not before and after:
            if not has_paid:
                name = "new"
            elif kind == "pause" or (kind == "resume" and was_paused):
                name = kind
            else:
                name = "reactivation"
            found.append(Turn(movement.day, name, 1))
        elif before and not after:
            found.append(Turn(movement.day, "pause" if kind == "pause" else "churn", -1))
        has_paid = True
        was_paused = kind == "pause"
        before = after
    return found


def is_placed(
    customer: Customer,
    split: Total,
    segment: str,
    start: date,
    end: date,
    is_here: Callable[[date], bool],
) -> bool:
    """Whether a rate over [start, end) counts the customer in the segment."""
    opening = start - DAY
    if not is_here(opening):
        day = start
        while day < end:
            if customer.paid(day):
                return split.is_here(customer, segment, day)
            day += DAY
    return split.is_here(customer, segment, opening)


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
    opening_or_paused: int = 0
    lost_but_not_paused: int = 0


def rates(
    customers: Iterable[Customer], split: Total, segment: str, start: date, end: date
) -> Rates:
    found = Rates()
    opening_day, closing_day = start - DAY, end - DAY
    for whole in customers:
        customer = seen_from(whole, split, segment)
        own = turns(whole, split, segment)

        def is_kept(day: date, own: list[Turn] = own, customer: Customer = customer) -> bool:
            last = [turn.kind for turn in own if turn.day <= day]
            return bool(customer.paid(day)) or last[-1:] == ["pause"]

        def is_all_kept(day: date, whole: Customer = whole) -> bool:
            last = [turn.kind for turn in turns(whole, Total(), "") if turn.day <= day]
            return bool(whole.paid(day)) or last[-1:] == ["pause"]

        place = (whole, split, segment, start, end)
        if is_placed(*place, is_all_kept):
            found.opening_or_paused += is_kept(opening_day)
            found.lost_but_not_paused += is_kept(opening_day) and not is_kept(closing_day)
        if not is_placed(*place, lambda day, whole=whole: bool(whole.paid(day))):
            continue
        opening = customer.mrr(opening_day)
        closing = customer.mrr(closing_day, at=opening_day)
        found.opening += opening > 0
        found.closing += closing > 0
        found.kept += opening > 0 and closing > 0
        found.ever += any(turn.day < end for turn in own)
        found.new += sum(turn.kind == "new" and start <= turn.day < end for turn in own)
        found.churned += sum(turn.kind == "churn" and start <= turn.day < end for turn in own)
        if opening > 0:
            found.opening_mrr += opening
            found.kept_mrr += min(opening, closing)
            found.closing_mrr_of_opening += closing
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
    return [
        (m.kind, m.amount(lambda product, plan: split.sees(segment, product, plan)))
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

        def is_here(day: date, whole: Customer = whole) -> bool:
            return split.is_here(whole, segment, day)

        parts["opening"] += customer.mrr(start - DAY) if is_here(start - DAY) else ZERO
        parts["closing"] += customer.mrr(end - DAY) if is_here(end - DAY) else ZERO
        for movement in movements(whole):
            if start <= movement.day < end and is_here(movement.day):
                parts[movement.kind] += movement.amount(
                    lambda product, plan: split.sees(segment, product, plan)
                )
        day = start
        while day < end:
            held, revalued = customer.mrr(day - DAY), customer.mrr(day - DAY, at=day)
            parts["fx"] += revalued - held if is_here(day - DAY) else ZERO
            parts["transfer"] += (is_here(day) - is_here(day - DAY)) * revalued
            day += DAY
    for kind in ("churn", "contraction", "pause"):
        parts[kind] = -parts[kind]
    return parts


def customer_flows(
    customers: Iterable[Customer], split: Total, segment: str, start: date, end: date
) -> dict[str, int]:
    parts: dict[str, int] = defaultdict(int)
    names = {
        "new": "new",
        "reactivation": "reactivated",
        "resume": "resumed",
        "pause": "paused",
        "churn": "churned",
    }
    for whole in customers:
        customer = seen_from(whole, split, segment)

        def is_here(day: date, whole: Customer = whole) -> bool:
            return split.is_here(whole, segment, day)

        parts["opening"] += is_here(start - DAY) and bool(customer.paid(start - DAY))
        parts["closing"] += is_here(end - DAY) and bool(customer.paid(end - DAY))
        for turn in turns(whole, split, segment):
            if start <= turn.day < end and is_here(turn.day):
                sign = -1 if turn.kind in ("pause", "churn") else 1
                parts[names[turn.kind]] += sign * turn.change
        day = start
        while day < end:
            parts["transfer"] += (is_here(day) - is_here(day - DAY)) * bool(
                customer.paid(day - DAY)
            )
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
