"""Random histories: few days and few prices, so that everything happens on the same day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.metrics import plain

FIRST = date(2025, 12, 20)
SPAN = 110
MONTHS = (date(2026, 1, 1), date(2026, 4, 1))

DAYS = st.integers(0, SPAN).map(lambda number: FIRST + timedelta(days=number))
PRICES = st.sampled_from(
    [Decimal(0), Decimal(10), Decimal(20), Decimal("166.6666666667"), Decimal("0.0000000001")]
)
PLANS = st.sampled_from([("Suite", "Basic"), ("Suite", "Pro"), ("Extra", "Basic")])


@st.composite
def subscriptions(draw: st.DrawFn, name: str) -> list[plain.Term]:
    """Terms that never overlap; a price of 0 is free, a plan of None a gap."""
    cuts = sorted(draw(st.lists(DAYS, min_size=1, max_size=5, unique=True)))
    is_open = draw(st.booleans())
    ends: list[date | None] = [*cuts[1:], None]
    terms: list[plain.Term] = []
    for start, end in zip(cuts, ends, strict=True):
        if end is None and not is_open:
            continue
        chosen = draw(st.none() | PLANS)
        if chosen is not None:
            terms.append(plain.Term(name, *chosen, start, end, draw(PRICES)))
    return terms


@st.composite
def pauses(draw: st.DrawFn) -> list[plain.Pause]:
    """Of single subscriptions (also of none there is) and of the whole customer; they overlap."""
    found: list[plain.Pause] = []
    for _ in range(draw(st.integers(1, 2))):
        start = draw(DAYS)
        length = draw(st.none() | st.sampled_from([1, 9, plain.PAUSE_DAYS, 40]))
        which = draw(st.sampled_from([None, "s0", "s1"]))
        end = None if length is None else start + timedelta(days=length)
        found.append(plain.Pause(which, start, end))
    return found


@st.composite
def customers(draw: st.DrawFn) -> list[plain.Customer]:
    found: list[plain.Customer] = []
    for number in range(draw(st.integers(1, 5))):
        customer = plain.Customer(f"c{number}")
        for which in range(draw(st.integers(1, 3))):
            customer.terms += draw(subscriptions(f"s{which}"))
        moves = sorted(draw(st.lists(DAYS, max_size=3, unique=True)))
        values = st.sampled_from(["north", "south", ""])
        if draw(st.booleans()):
            customer.attributes = [(None, draw(values)), *((day, draw(values)) for day in moves)]
        elif moves:
            customer.attributes = [(day, draw(values)) for day in moves]
        if draw(st.integers(0, 2)) == 0:
            customer.pauses = draw(pauses())
        found.append(customer)
    return found
