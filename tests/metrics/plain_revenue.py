"""Revenue metrics again, slow and plain: expansion by part, renewals, reasons, what was billed.

Straight from docs/metrics.md over the raw facts, as tests/metrics/plain.py; nothing is shared
with the engine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    quantity: Decimal
    price: Decimal

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


@dataclass
class Customer:
    name: str
    terms: list[Term] = field(default_factory=list)
    region: list[tuple[date | None, str]] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    use: set[tuple[date, str]] = field(default_factory=set)

    def on(self, day: date) -> list[Term]:
        return [t for t in self.terms if t.counts_on(day) and t.mrr > 0]

    def mrr(self, day: date, split: Split | None = None, segment: str = "") -> Decimal:
        """What it pays on a day, as the segment sees it."""
        if split is None or not split.is_by_subscription or segment == "":
            return sum((t.mrr for t in self.on(day)), ZERO)
        return sum((t.mrr for t in self.on(day) if split.name(t) == segment), ZERO)

    def attribute(self, day: date) -> str:
        if not self.region:
            return "none"
        value = self.region[0][1]
        for valid_from, later in self.region[1:]:
            if valid_from is not None and valid_from <= day:
                value = later
        return value or "none"


@dataclass(frozen=True)
class Split:
    """What to split by: "", "region", "product" or "plan"."""

    by: str

    @property
    def is_by_subscription(self) -> bool:
        return self.by in ("product", "plan")

    def name(self, term: Term) -> str:
        return term.product if self.by == "product" else f"{term.product}: {term.plan}"

    def segments(self, customers: Iterable[Customer]) -> list[str]:
        if self.by == "":
            return [""]
        if self.is_by_subscription:
            return sorted({"", "none"} | {self.name(t) for c in customers for t in c.terms})
        return sorted({"", "none"} | {v or "none" for c in customers for _, v in c.region})


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
    before, after = customer.on(day - DAY), customer.on(day)
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
                names = {
                    "": "",
                    "region": customer.attribute(day),
                    "product": product,
                    "plan": f"{product}: {plan}",
                }
                if segment in ("", names[split.by]):
                    parts[part] += amount
    return parts


def place(customer: Customer, split: Split, start: date, end: date) -> str:
    """Where a rate puts a customer: by its opening day, else its first paying day."""
    opening = start - DAY
    if customer.mrr(opening) == 0:
        for day in days(start, end):
            if customer.mrr(day) > 0:
                return customer.attribute(day)
    return customer.attribute(opening)


def is_in(customer: Customer, split: Split, segment: str, start: date, end: date) -> bool:
    if segment == "" or split.is_by_subscription:
        return True
    return place(customer, split, start, end) == segment


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
                name = product if split.by == "product" else f"{product}: {plan}"
                here = segment == "" or not split.is_by_subscription or name == segment
                if here and part in ("upsell", "cross_sell"):
                    amount += one
        found.opening += opening > 0
        found.closing += customer.mrr(end - DAY, split, segment) > 0
        found.sold_to += opening > 0 and amount > 0
        found.opening_mrr += opening
        found.sold += amount
    return found
