"""What a demo company sells, and what it costs when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

CENT = Decimal("0.01")
MONTHS_PAID_PER_YEAR = 10  # who pays by the year gets two months free


@dataclass(frozen=True)
class Plan:
    """`price` per seat and month (or for the whole customer, if not `is_per_seat`); `raised` is
    what it costs from the catalogue's price rise on."""

    product: str
    name: str
    price: Decimal
    raised: Decimal | None = None
    is_per_seat: bool = True


@dataclass(frozen=True)
class Catalogue:
    """`plans` of the main product, the cheapest first, and `extras` sold on top of them."""

    plans: tuple[Plan, ...]
    extras: tuple[Plan, ...] = ()
    raised_on: dt.date | None = None

    def list_price(self, plan: Plan, day: dt.date) -> Decimal:
        """Per seat and month, for who signs or renews on `day`."""
        is_raised = self.raised_on is not None and day >= self.raised_on
        return plan.raised if is_raised and plan.raised is not None else plan.price

    def amount(self, plan: Plan, day: dt.date, *, interval: str, discount: Decimal) -> Decimal:
        """Per seat and interval (`month` or `year`), to the cent. `discount` is a share."""
        months = MONTHS_PAID_PER_YEAR if interval == "year" else 1
        return (self.list_price(plan, day) * months * (1 - discount)).quantize(CENT)
