"""Revenue metrics again, slow and plain: expansion by part, renewals, reasons, what was billed.

Straight from docs/metrics.md over the raw facts, as tests/metrics/plain.py; nothing is shared
with the engine.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from tests.metrics.plain import DAY, ZERO


@dataclass(frozen=True)
class Term:
    subscription: str
    product: str
    plan: str
    starts_on: date
    ends_on: date | None
    quantity: Decimal
    price: Decimal
    interval: str = "month"
    """What it comes due by; prices are a month's all the same."""
    currency: str = "USD"

    @property
    def mrr(self) -> Decimal:
        return self.quantity * self.price

    def counts_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True)
class Renewal:
    subscription: str | None
    renews_on: date
    cancelled_on: date | None = None
    reason: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Invoice:
    subscription: str | None
    issued_on: date
    amount: Decimal
    starts_on: date | None = None
    ends_on: date | None = None
    currency: str = "USD"


@dataclass
class Customer:
    name: str
    terms: list[Term] = field(default_factory=list)
    region: list[tuple[date | None, str]] = field(default_factory=list)
    tier: list[tuple[date | None, str]] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    use: set[tuple[date, str]] = field(default_factory=set)
    late_days: int = 0
    """How late a renewal may be: until then the contract goes on at its old price."""
    worth: Callable[[str, date], Decimal] = lambda currency, day: Decimal(1)
    """What 1 of a currency is worth on a day."""

    def on(self, day: date, at: date | None = None) -> list[Term]:
        """What is paid for on a day, at the rates of `at` (default: the day's own)."""
        return [
            self.valued(t, at or day)
            for t in self.terms
            if t.mrr > 0 and (t.counts_on(day) or self.is_bridged(t, day))
        ]

    def valued(self, term: Term, day: date) -> Term:
        return replace(term, price=term.price * self.worth(term.currency, day))

    def is_bridged(self, term: Term, day: date) -> bool:
        following = sorted(
            (t.starts_on, t.mrr)
            for t in self.terms
            if t.subscription == term.subscription and t.starts_on > term.starts_on
        )
        if term.ends_on is None or not following:
            return False
        starts_on, mrr = following[0]
        is_late = term.ends_on <= day < starts_on
        return is_late and mrr > 0 and (starts_on - term.ends_on).days <= self.late_days

    def mrr(self, day: date, split: Split | None = None, segment: str = "") -> Decimal:
        """What it pays on a day at the day's rates, as the segment sees it."""
        terms = self.on(day)
        if split is not None:
            terms = [t for t in terms if split.sells(segment, t.product, t.plan)]
        return sum((t.mrr for t in terms), ZERO)

    def attribute(self, day: date, key: str = "region") -> str:
        values = self.region if key == "region" else self.tier
        if not values:
            return "none"
        value = values[0][1]
        for valid_from, later in values[1:]:
            if valid_from is not None and valid_from <= day:
                value = later
        return value or "none"


ATTRIBUTES = ("region", "tier")


@dataclass(frozen=True)
class Split:
    """What to split by: "", or one of "region", "tier", "product" and "plan", or two of them with a
    comma between; a segment is then "one\x1fother"."""

    by: str

    def _named(self, segment: str) -> list[tuple[str, str]]:
        """(side, name) of a segment; nothing of the total."""
        return list(zip(self.by.split(","), segment.split("\x1f"), strict=True)) if segment else []

    def is_here(self, customer: Customer, segment: str, day: date) -> bool:
        """As far as the customer says it."""
        sides = [(side, name) for side, name in self._named(segment) if side in ATTRIBUTES]
        return all(customer.attribute(day, side) == name for side, name in sides)

    def contract(self, segment: str) -> str | None:
        """The product or plan that a segment names, if it names one."""
        names = [name for side, name in self._named(segment) if side not in ATTRIBUTES]
        return names[0] if names else None

    def name(self, product: str, plan: str) -> str:
        return product if "product" in self.by.split(",") else f"{product}: {plan}"

    def sells(self, segment: str, product: str, plan: str) -> bool:
        """As far as the contract says it."""
        return self.contract(segment) in (None, self.name(product, plan))

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        if self.by == "":
            return [""]
        customers = list(customers)
        sides = [sorted(_names(customers, side)) for side in self.by.split(",")]
        return ["", *("\x1f".join(names) for names in itertools.product(*sides))]


def _names(customers: Iterable[Customer], side: str) -> set[str]:
    if side not in ATTRIBUTES:
        name = Split(side).name
        return {"none"} | {name(t.product, t.plan) for c in customers for t in c.terms}
    values = [v for c in customers for _, v in (c.region if side == "region" else c.tier)]
    return {"none"} | {value or "none" for value in values}


def days(start: date, end: date) -> Iterator[date]:
    while start < end:
        yield start
        start += DAY


def paired(
    before: list[Term], after: list[Term], renewing: set[str]
) -> Iterator[tuple[str, bool, Decimal, Decimal, Decimal, Decimal]]:
    """Per plan: (plan, is a renewal, quantity and MRR before, and after). A subscription that
    kept its plan is a pair; the others make one per plan."""
    kept = {t.subscription for t in before} & {
        t.subscription
        for t in after
        if any(b.subscription == t.subscription and b.plan == t.plan for b in before)
    }
    groups: dict[tuple[str, str], tuple[list[Term], list[Term]]] = defaultdict(lambda: ([], []))
    for side, terms in enumerate((before, after)):
        for term in terms:
            own = term.subscription if term.subscription in kept else ""
            groups[term.plan, own][side].append(term)
    for (plan, _), (old, new) in groups.items():
        yield (
            plan,
            any(t.subscription in renewing for t in [*old, *new]),
            sum((t.quantity for t in old), ZERO),
            sum((t.mrr for t in old), ZERO),
            sum((t.quantity for t in new), ZERO),
            sum((t.mrr for t in new), ZERO),
        )


def rises_of(
    before: list[Term], after: list[Term], renewing: set[str]
) -> Iterator[tuple[str, str, Decimal]]:
    """(plan, part, amount) of a product that was paid for before; falls are negative."""
    pairs = list(paired(before, after, renewing))
    came = sum((m1 for _, _, _, m0, _, m1 in pairs if m0 == 0), ZERO)
    gone = sum((m0 for _, _, _, m0, _, m1 in pairs if m1 == 0), ZERO)
    for plan, is_renewal, q0, m0, q1, m1 in pairs:
        if m0 == 0:
            yield plan, "upsell", m1 * (came - gone) / came
        elif m1 > 0:
            unit = m1 / q1
            yield plan, "upsell", (q1 - q0) * unit
            yield plan, "renewal" if is_renewal else "price", q0 * unit - m0


def expansion_on(customer: Customer, day: date) -> dict[tuple[str, str, str], Decimal]:
    """(product, plan, part): what the day's expansion was made of; nothing if it was none."""
    before, after = customer.on(day - DAY, at=day), customer.on(day)
    net = sum((t.mrr for t in after), ZERO) - sum((t.mrr for t in before), ZERO)
    if not before or net <= 0:
        return {}
    renewing = {
        t.subscription
        for t in customer.terms
        for r in customer.renewals
        if r.renews_on == day and r.subscription in (None, t.subscription)
    }
    products = {t.product for t in [*before, *after]}
    has_dropped = any(all(t.product != product for t in after) for product in products)
    found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for product in products:
        was = [t for t in before if t.product == product]
        now = [t for t in after if t.product == product]
        rise = sum((t.mrr for t in now), ZERO) - sum((t.mrr for t in was), ZERO)
        if rise <= 0:
            continue
        if not was:
            part = "upsell" if has_dropped else "cross_sell"
            rises = [(t.plan, part, t.mrr) for t in now]
        else:
            rises = [one for one in rises_of(was, now, renewing) if one[2] > 0]
        whole = sum((amount for _, _, amount in rises), ZERO)
        for plan, part, amount in rises:
            found[product, plan, part] += amount / whole * rise
    whole = sum(found.values(), ZERO)
    return {key: amount / whole * net for key, amount in found.items()}


def expansion(
    customers: Iterable[Customer], split: Split, segment: str, start: date, end: date
) -> dict[str, Decimal]:
    """By part; where the customer was that day, or the product sold."""
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for customer in customers:
        for day in days(start, end):
            for (product, plan, part), amount in expansion_on(customer, day).items():
                if split.is_here(customer, segment, day) and split.sells(segment, product, plan):
                    parts[part] += amount
    return parts


def is_in(customer: Customer, split: Split, segment: str, start: date, end: date) -> bool:
    """Whether a rate puts a customer there: by its opening day, else its first paying day."""
    opening = start - DAY
    if customer.mrr(opening) == 0:
        for day in days(start, end):
            if customer.mrr(day) > 0:
                return split.is_here(customer, segment, day)
    return split.is_here(customer, segment, opening)


@dataclass
class Sold:
    opening: int = 0
    closing: int = 0
    sold_to: int = 0
    opening_mrr: Decimal = ZERO
    sold: Decimal = ZERO


def sold(customers: Iterable[Customer], split: Split, segment: str, start: date, end: date) -> Sold:
    """Upsells and cross-sells, and who was there."""
    found = Sold()
    for customer in customers:
        if not is_in(customer, split, segment, start, end):
            continue
        opening = customer.mrr(start - DAY, split, segment)
        amount = ZERO
        for day in days(start, end):
            for (product, plan, part), one in expansion_on(customer, day).items():
                here = split.sells(segment, product, plan)
                if here and part in ("upsell", "cross_sell"):
                    amount += one
        found.opening += opening > 0
        found.closing += customer.mrr(end - DAY, split, segment) > 0
        found.sold_to += opening > 0 and amount > 0
        found.opening_mrr += opening
        found.sold += amount
    return found


def months_after(day: date, count: int) -> date:
    """The same day of a later month, or that month's last."""
    month = day.month - 1 + count
    first = date(day.year + month // 12, month % 12 + 1, 1)
    last = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - DAY).day
    return first.replace(day=min(day.day, last))


def begun_on(customer: Customer, term: Term) -> date:
    """Since when its subscription is paid for without a gap."""
    start = term.starts_on
    while True:
        ending = [
            t
            for t in customer.terms
            if t.subscription == term.subscription and t.mrr > 0 and t.ends_on == start
        ]
        if not ending:
            return start
        start = ending[0].starts_on


def due_days(customer: Customer, start: date, end: date, *, due: str) -> dict[str, date]:
    """By subscription, its last due day in [start, end)."""
    found: dict[str, date] = {}
    for day in days(start, end):
        for term in customer.on(day - DAY):
            own = [r for r in customer.renewals if r.subscription in (None, term.subscription)]
            if any(r.renews_on == day for r in own):
                found[term.subscription] = day
            months = {"month": 1, "quarter": 3, "year": 12}.get(term.interval)
            if due == "recorded" or months is None or (due == "longer" and months == 1):
                continue
            begun = begun_on(customer, term)
            is_end = any(months_after(begun, months * k) == day for k in range(1, 40))
            if is_end and not any(abs((r.renews_on - day).days) * 2 < 30 * months for r in own):
                found[term.subscription] = day
    return found


@dataclass
class Due:
    """A customer's contracts that came due on one day."""

    day: date
    before: Decimal
    after: Decimal
    is_decided: bool


def turns(
    customer: Customer,
    split: Split,
    segment: str,
    start: date,
    end: date,
    as_of: date,
    *,
    grace: int,
    due: str,
) -> list[Due]:
    found: list[Due] = []
    by_day: dict[date, list[str]] = defaultdict(list)
    for subscription, day in due_days(customer, start, end, due=due).items():
        (term,) = (t for t in customer.on(day - DAY) if t.subscription == subscription)
        if split.sells(segment, term.product, term.plan):
            by_day[day].append(subscription)
    for day, subscriptions in by_day.items():
        before = after = ZERO
        has_gap, all_noticed = False, True
        window = [d for d in days(day, day + DAY * (grace + 1)) if d <= as_of]
        for one in subscriptions:
            was = customer.on(day - DAY, at=day)
            before += sum((t.mrr for t in was if t.subscription == one), ZERO)
            later = [t for d in window for t in customer.on(d, at=day) if t.subscription == one]
            after += later[0].mrr if later else ZERO
            if not later:
                has_gap = True
                all_noticed = all_noticed and any(
                    r.renews_on == day
                    and r.subscription in (None, one)
                    and r.cancelled_on is not None
                    and r.cancelled_on <= as_of
                    for r in customer.renewals
                )
        if has_gap:
            for term in customer.terms:
                if (
                    term.mrr > 0
                    and term.starts_on in window
                    and begun_on(customer, term) == term.starts_on
                    and term.subscription not in subscriptions
                    and split.sells(segment, term.product, term.plan)
                ):
                    after += customer.valued(term, day).mrr
        decided = after > 0 or (has_gap and all_noticed) or day + DAY * grace <= as_of
        found.append(Due(day, before, after, decided))
    return found


@dataclass
class Renewed:
    renewed: int = 0
    lost: int = 0
    undecided: int = 0
    due: Decimal = ZERO
    gross: Decimal = ZERO
    net: Decimal = ZERO
    undecided_mrr: Decimal = ZERO


def renewed(
    customers: Iterable[Customer],
    split: Split,
    segment: str,
    start: date,
    end: date,
    as_of: date,
    *,
    grace: int = 0,
    due: str = "all",
) -> Renewed:
    found = Renewed()
    for customer in customers:
        own = turns(customer, split, segment, start, end, as_of, grace=grace, due=due)
        if not own:
            continue
        last = max(due_days(customer, start, end, due=due).values())
        if not split.is_here(customer, segment, last):
            continue
        if any(one.after > 0 for one in own):
            found.renewed += 1
        elif any(not one.is_decided for one in own):
            found.undecided += 1
        else:
            found.lost += 1
        for one in own:
            if one.is_decided:
                found.due += one.before
                found.gross += min(one.before, one.after)
                found.net += one.after
            else:
                found.undecided_mrr += one.before
    return found


def reason_on(customer: Customer, day: date) -> tuple[str, str]:
    """(reason, kind) of the nearest renewal that has one, 90 days away at most."""

    def away(renewal: Renewal) -> int:
        dates = [renewal.renews_on, *([renewal.cancelled_on] if renewal.cancelled_on else [])]
        return min(abs((one - day).days) for one in dates)

    near = [r for r in customer.renewals if (r.reason or r.kind) and away(r) <= 90]
    if not near:
        return "no reason on record", "unknown"
    least = min(away(r) for r in near)
    nearest = [r for r in near if away(r) == least]
    latest = max(r.renews_on for r in nearest)
    chosen = [r for r in nearest if r.renews_on == latest][-1]
    return chosen.reason or "no reason on record", chosen.kind or "unknown"


def churn(
    customers: Iterable[Customer], split: Split, segment: str, start: date, end: date
) -> tuple[dict[str, int], dict[str, Decimal]]:
    """By "kind: reason": how often a customer went to nothing, and the MRR that went."""
    heads: dict[str, int] = defaultdict(int)
    money: dict[str, Decimal] = defaultdict(Decimal)
    for customer in customers:
        for day in days(start, end):
            if not split.is_here(customer, segment, day):
                continue
            reason, kind = reason_on(customer, day)
            was, now = (customer.mrr(d, split, segment) for d in (day - DAY, day))
            if was > 0 and now == 0:
                heads[f"{kind}: {reason}"] += 1
            if customer.mrr(day - DAY) > 0 and customer.mrr(day) == 0:
                money[f"{kind}: {reason}"] += was
    return heads, money


@dataclass
class Billed:
    billed: Decimal = ZERO
    served: Decimal = ZERO
    mean_customers: Decimal = ZERO
    active: int = 0
    x: list[Decimal] = field(default_factory=list)


def billed(
    customers: Iterable[Customer], split: Split, segment: str, start: date, end: date
) -> Billed:
    found = Billed()
    for customer in customers:
        if not is_in(customer, split, segment, start, end):
            continue
        opening, closing = (
            customer.mrr(day, split, segment) > 0 for day in (start - DAY, end - DAY)
        )
        found.mean_customers += Decimal(opening + closing) / 2
        found.active += opening or any(
            customer.mrr(day, split, segment) > 0 for day in days(start, end)
        )
        for invoice in customer.invoices:
            on = invoice.starts_on or invoice.issued_on
            terms = [
                t
                for t in customer.terms
                if t.counts_on(on) and t.subscription == invoice.subscription
            ]
            name = split.name(terms[0].product, terms[0].plan) if terms else "none"
            if split.contract(segment) not in (None, name):
                continue
            if start <= invoice.issued_on < end:
                worth = customer.worth(invoice.currency, invoice.issued_on)
                found.billed += invoice.amount * worth
            until = invoice.ends_on or on + DAY
            here = [day for day in days(on, until) if start <= day < end]
            share = sum((customer.worth(invoice.currency, day) for day in here), ZERO)
            found.served += invoice.amount * share / (until - on).days
    return found


def per_end_user(
    customers: Iterable[Customer], split: Split, segment: str, start: date, end: date
) -> tuple[Decimal, int]:
    """MRR at the close, and end users that did something in the period."""
    money, users = ZERO, 0
    for customer in customers:
        close = end - DAY
        active = len({user for day, user in customer.use if start <= day < end})
        if not split.is_here(customer, segment, close):
            continue
        contract = split.contract(segment)
        if contract == "none":
            users += active if customer.mrr(close) == 0 else 0
            continue
        here = customer.mrr(close, split, segment)
        money += here
        if here > 0 or contract is None:
            users += active
    return money, users
