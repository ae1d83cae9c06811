"""One customer's life under contract, month by month: what its use makes it do."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from csm_portal.demo.catalogue import Catalogue, Plan
from csm_portal.demo.chance import clamped, months_after
from csm_portal.demo.contracts import Contract
from csm_portal.demo.usage import Usage

MONTHS_OF_ANGER = 4  # after a rise of prices
TELL_BEFOREHAND = 0.6  # of those who will leave at their next renewal


@dataclass(frozen=True)
class Terms:
    """What a customer begins with. `cap`: it has no use for more seats than this. `risk`: how
    likely it is to leave, compared with others whose use is the same."""

    plan: int
    seats: int
    cap: int
    interval: str
    discount: Decimal
    risk: float


class Life:
    """The contracts of one customer from a first day on, as far as `as_of` knows.

    What was agreed by then for later (a cancellation) is in it, too.
    """

    def __init__(
        self,
        rng: random.Random,
        *,
        catalogue: Catalogue,
        usage: Usage,
        begins_with: Terms,
        starts_on: dt.date,
        numbers: Iterator[str],
    ) -> None:
        self._rng = rng
        self._catalogue = catalogue
        self._usage = usage
        self._numbers = numbers
        self._discount = begins_with.discount
        self._cap = begins_with.cap
        self._risk = begins_with.risk
        self._level = begins_with.plan
        self.main = Contract(next(numbers), begins_with.interval)
        self.extras: list[Contract] = []
        self._agree(self.main, starts_on, self._plan, begins_with.seats)

    @property
    def contracts(self) -> list[Contract]:
        return [self.main, *self.extras]

    @property
    def _plan(self) -> Plan:
        return self._catalogue.plans[self._level]

    @property
    def _seats(self) -> int:
        return self.main.current.quantity

    def live(self, as_of: dt.date) -> None:
        """Month by month until the customer leaves or `as_of` is reached."""
        for month in count(1):
            day = months_after(self.main.starts_on, month)
            is_renewal = self.main.interval == "month" or month % 12 == 0
            if day > as_of:
                self._give_notice(day, month, is_renewal=is_renewal)
                return
            if is_renewal and self._rng.random() < self._churn(day, month):
                self._leave(day)
                return
            if is_renewal:
                self._renew(day)
            self._change(day, is_renewal=is_renewal)

    def _give_notice(self, day: dt.date, month: int, *, is_renewal: bool) -> None:
        leaves = is_renewal and self._rng.random() < self._churn(day, month)
        if leaves and self._rng.random() < TELL_BEFOREHAND:
            self._leave(day)

    def _leave(self, day: dt.date) -> None:
        for contract in self.contracts:
            if contract.ended_on is None:
                contract.end(day)

    def _anger(self, day: dt.date) -> bool:
        """Prices rose for this customer not long ago."""
        raised_on = self._catalogue.raised_on
        if raised_on is None or self.main.starts_on >= raised_on or self._plan.raised is None:
            return False
        months = MONTHS_OF_ANGER if self.main.interval == "month" else 12
        return raised_on <= day < months_after(raised_on, months)

    def _churn(self, day: dt.date, month: int) -> float:
        """How likely the customer is to leave on this renewal day."""
        level, trend = self._usage.around(day), self._usage.trend(day)
        risk = 0.0075 + 0.48 * max(0.62 - level, 0) ** 2 + 0.12 * max(-trend - 0.05, 0)
        if month <= 5 and level < 0.45:
            risk += 0.1  # it never got going
        if self._anger(day):
            risk += 0.014 + 0.06 * max(0.65 - level, 0)
        risk *= self._risk
        if self.main.interval == "year":
            risk = 1 - (1 - risk) ** 5  # one decision a year, by those who once decided for a year
        return clamped(risk, 0.0, 0.8)

    def _renew(self, day: dt.date) -> None:
        """On at today's list prices; a contract by the year gets a term for its new year."""
        for contract in self.contracts:
            if contract.ended_on is None and day > contract.starts_on:
                term = contract.current
                amount = self._amount(term.plan, day)
                if contract.interval == "year" or amount != term.amount:
                    contract.agree(day, term.plan, term.quantity, amount)

    def _change(self, day: dt.date, *, is_renewal: bool) -> None:
        """At most one change of what is bought, down before up."""
        level = self._usage.around(day)
        down = 0.006 + 0.2 * max(0.55 - level, 0)
        if self._anger(day):
            down += 0.09
        if self.main.interval == "year":
            down *= 2.5
        if is_renewal and self._rng.random() < down:
            self._shrink(day)
            return
        up = 0.04 + 0.3 * max(level - 0.55, 0)
        if self._rng.random() < up:
            self._grow(day)

    def _shrink(self, day: dt.date) -> None:
        running = [contract for contract in self.extras if contract.ended_on is None]
        happens = self._rng.random()
        if running and happens < 0.35:
            self._rng.choice(running).end(day)
        elif self._level and happens < 0.6:
            self._level -= 1
            self._agree(self.main, day, self._plan, self._seats)
        elif self._seats > 2:
            kept = self._rng.uniform(0.6, 0.9)
            self._take_seats(day, max(round(self._seats * kept), 1))

    def _grow(self, day: dt.date) -> None:
        happens = self._rng.random()
        unsold = [
            plan
            for plan in self._catalogue.extras
            if all(extra.current.plan != plan for extra in self.extras if extra.ended_on is None)
        ]
        if unsold and self._level and happens < 0.28:
            contract = Contract(next(self._numbers), self.main.interval)
            plan = self._rng.choice(unsold)
            self._agree(contract, day, plan, self._seats if plan.is_per_seat else 1)
            self.extras.append(contract)
        elif happens < 0.42 and self._level + 1 < len(self._catalogue.plans):
            self._level += 1
            self._agree(self.main, day, self._plan, self._seats)
        elif self._seats < self._cap:
            more = max(round(self._seats * self._rng.uniform(0.1, 0.35)), 1)
            self._take_seats(day, min(self._seats + more, self._cap))

    def _take_seats(self, day: dt.date, seats: int) -> None:
        """What is sold per seat goes with the main contract."""
        for contract in self.contracts:
            plan = contract.current.plan
            if contract.ended_on is None and plan.is_per_seat:
                contract.agree(day, plan, seats, contract.current.amount)

    def _agree(self, contract: Contract, day: dt.date, plan: Plan, quantity: int) -> None:
        contract.agree(day, plan, quantity, self._amount(plan, day))

    def _amount(self, plan: Plan, day: dt.date) -> Decimal:
        interval = self.main.interval
        return self._catalogue.amount(plan, day, interval=interval, discount=self._discount)
