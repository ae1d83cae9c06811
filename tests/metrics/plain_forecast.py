"""What a forecast stands on and says, again: slow, customer by customer, from the raw movements.

A customer's course is walked movement by movement: each time it begins to pay is a life of its
own, looked up at every close. Nothing is shared with the engine but the fit of the sBG model's
two parameters, which tests/metrics/test_sbg.py holds to its source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import exp, lgamma, sqrt

from metrics.sbg import Lives, Model, NobodyLeftError, fit
from tests.metrics import plain

ZERO = Decimal(0)
DAY = plain.DAY


def month_of(day: date) -> date:
    return day.replace(day=1)


def later(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def close(month: date) -> date:
    return later(month, 1) - DAY


@dataclass
class Life:
    """From a beginning to churn. `steps`: day, kind and change of MRR of all its movements."""

    began_on: date
    is_return: bool
    steps: list[tuple[date, str, Decimal]] = field(default_factory=list)
    ended_on: date | None = None

    @property
    def cohort(self) -> date:
        return month_of(self.began_on)

    def mrr(self, day: date) -> float:
        return float(sum((amount for on, _, amount in self.steps if on <= day), ZERO))

    def is_there(self, day: date) -> bool:
        return self.began_on <= day and (self.ended_on is None or self.ended_on > day)


def lives_of(customer: plain.Customer, rates_of: date) -> list[Life]:
    found: list[Life] = []
    for movement in plain.movements(customer):
        if movement.kind in ("new", "reactivation"):
            found.append(Life(movement.day, movement.kind == "reactivation"))
        amount = sum(
            (a * customer.worth(code, rates_of) for (_, _, code), a in movement.amounts.items()),
            ZERO,
        )
        found[-1].steps.append((movement.day, movement.kind, amount))
        if movement.kind == "churn":
            found[-1].ended_on = movement.day
    return found


def there_after(model: Model, closes: int) -> float:
    """S(t) = B(a, b+t) / B(a, b)."""
    a, b = model.a, model.b
    return exp(lgamma(b + closes) + lgamma(a + b) - lgamma(a + b + closes) - lgamma(b))


@dataclass
class Said:
    """What is said for one close ahead; the variances are those that the parameters of the model
    do not add to."""

    kept: dict[date, float]
    new: float
    returned: float
    leaves: float
    begins: float
    changes: float


class Plain:
    """What is known before `border`. `model` None: there is no forecast."""

    def __init__(self, customers: Iterable[plain.Customer], border: date) -> None:
        self.border = border
        self.last = border - DAY
        every = [life for one in customers for life in lives_of(one, self.last)]
        self.known = [life for life in every if life.began_on < border]
        self.past = [later(border, -back) for back in range(12, 0, -1)]
        self.now = [life for life in self.known if life.is_there(self.last)]
        self.model: Model | None = None
        self.lost: dict[tuple[date, int], int] = defaultdict(int)
        has_history = bool(self.known) and min(one.cohort for one in self.known) <= self.past[0]
        if has_history and sum(life.mrr(self.last) for life in self.now) > 0:
            try:
                self.model = fit(self.lives())
            except NobodyLeftError:
                self.model = None

    def lives(self) -> Lives:
        """Who was there at the close of its first month, and for how many closes more."""
        lost: dict[int, int] = defaultdict(int)
        alive: dict[int, int] = defaultdict(int)
        for life in self.known:
            if not life.is_there(close(life.cohort)):
                continue
            closes = 0
            while later(life.cohort, closes + 1) < self.border:
                closes += 1
                if not life.is_there(close(later(life.cohort, closes))):
                    lost[closes] += 1
                    self.lost[life.cohort, closes] += 1
                    break
            else:
                alive[closes] += 1
        return Lives(lost, alive)

    def lived(self, life: Life) -> int:
        closes = 0
        while later(life.cohort, closes + 1) < self.border:
            closes += 1
        return closes

    def kept(self, life: Life, ahead: int) -> float:
        assert self.model is not None
        lived = self.lived(life)
        return there_after(self.model, lived + ahead) / there_after(self.model, lived)

    def begun(self, month: date) -> list[Life]:
        return [one for one in self.known if one.cohort == month and one.is_there(close(month))]

    def brought(self, month: date, *, is_return: bool | None = None) -> float:
        return sum(
            one.mrr(close(month))
            for one in self.begun(month)
            if is_return is None or one.is_return is is_return
        )

    def change(self) -> tuple[float, float]:
        """Of a month, and its standard deviation."""
        openings = [sum(life.mrr(month - DAY) for life in self.known) for month in self.past]
        changes = [
            sum(
                float(amount)
                for life in self.known
                for day, kind, amount in life.steps
                if month_of(day) == month and life.cohort < month and kind != "churn"
            )
            for month in self.past
        ]
        if not sum(openings):
            return 0.0, 0.0
        mean = sum(changes) / sum(openings)
        off = sum((c - mean * o) ** 2 for c, o in zip(changes, openings, strict=True))
        return mean, sqrt(off / sum(o * o for o in openings) * 12 / 11)

    def spread(self) -> float:
        """How far the numbers lost each month were from what the model expects."""
        assert self.model is not None
        off = variance = 0.0
        for month in self.past:
            lost = expected = 0.0
            for life in self.known:
                if life.cohort >= month or not life.is_there(close(life.cohort)):
                    continue
                if not life.is_there(month - DAY):
                    continue
                at = 1
                while later(life.cohort, at) < month:
                    at += 1
                leaving = 1 - there_after(self.model, at) / there_after(self.model, at - 1)
                lost += not life.is_there(close(month))
                expected += leaving
                variance += leaving * (1 - leaving)
            off += (lost - expected) ** 2
        return max(off / variance, 1.0) if variance else 1.0

    def said(self, ahead: int) -> Said:
        """In words: docs/metrics.md, Forecast."""
        assert self.model is not None
        change, changes_by = self.change()
        grown = 1 + change
        monthly = [self.brought(month) for month in self.past]
        mean = sum(monthly) / 12
        begins_by = sqrt(sum((one - mean) ** 2 for one in monthly) / 11)
        kept: dict[date, float] = defaultdict(float)
        leaves = 0.0
        for life in self.now:
            stays, mrr = self.kept(life, ahead), life.mrr(self.last)
            kept[life.cohort] += mrr * stays * grown**ahead
            leaves += (mrr * grown**ahead) ** 2 * stays * (1 - stays)
        # A month ahead brings its mean; at the close asked for it is so many closes old.
        stays_new = {age: there_after(self.model, age) for age in range(ahead)}
        for age, stays in stays_new.items():
            for month in self.past:
                for life in self.begun(month):
                    mrr = life.mrr(close(month)) * grown**age
                    leaves += mrr**2 * stays * (1 - stays) / 12
        factors = [stays * grown**age for age, stays in stays_new.items()]
        begins = begins_by**2 * (sum(one * one for one in factors) + sum(factors) ** 2 / 12)
        there = sum(kept.values())
        each = moved = 0.0
        for month in range(1, ahead + 1):
            # Who is there when the month begins, by what it is worth at the close asked for.
            before = sum(factors[ahead - begun] for begun in range(1, month))
            each += ((there + mean * before) / grown) ** 2
        moved = ahead * there + sum(mean * age * one for age, one in enumerate(factors))
        changes = changes_by**2 * (each + (moved / grown) ** 2 / 12)
        new = sum(self.brought(month, is_return=False) for month in self.past) / 12
        returned = sum(self.brought(month, is_return=True) for month in self.past) / 12
        return Said(
            dict(kept),
            new * sum(factors),
            returned * sum(factors),
            self.spread() * leaves,
            begins,
            changes,
        )
