"""A contract while it is lived: a subscription whose terms are added one after the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from csm_portal.demo.catalogue import Plan


@dataclass(frozen=True)
class Term:
    """What holds from `starts_on` until the subscription's next term or its end."""

    plan: Plan
    quantity: int
    amount: Decimal
    starts_on: dt.date


@dataclass
class Contract:
    """One subscription: its terms in order, and the first day without it."""

    external_id: str
    interval: str
    terms: list[Term] = field(default_factory=list)
    ended_on: dt.date | None = None

    @property
    def current(self) -> Term:
        return self.terms[-1]

    @property
    def starts_on(self) -> dt.date:
        return self.terms[0].starts_on

    def agree(self, day: dt.date, plan: Plan, quantity: int, amount: Decimal) -> None:
        """A term from `day` on. What was agreed for the same day before does not count."""
        if self.terms and self.current.starts_on == day:
            self.terms.pop()
        self.terms.append(Term(plan, quantity, amount, day))

    def end(self, day: dt.date) -> None:
        """The first day without. A term that would only have begun then never does."""
        while len(self.terms) > 1 and self.current.starts_on >= day:
            self.terms.pop()
        self.ended_on = day

    def is_running(self, day: dt.date) -> bool:
        return self.starts_on <= day and (self.ended_on is None or day < self.ended_on)

    def mrr(self, day: dt.date) -> Decimal:
        """Per month on `day`, unrounded."""
        if not self.is_running(day):
            return Decimal(0)
        term = [term for term in self.terms if term.starts_on <= day][-1]
        return term.amount * term.quantity / (12 if self.interval == "year" else 1)

    def seats(self, day: dt.date) -> int:
        """How many were bought on `day`; of what is not sold by the seat, 1."""
        if not self.is_running(day):
            return 0
        return [term for term in self.terms if term.starts_on <= day][-1].quantity
