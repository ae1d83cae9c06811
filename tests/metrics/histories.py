"""Random histories: few days and few prices, so that everything happens on the same day."""

from __future__ import annotations

from collections.abc import Sequence
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
def subscriptions(
    draw: st.DrawFn, name: str, currencies: Sequence[str] = ("USD",)
) -> list[plain.Term]:
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
            price, currency = draw(PRICES), draw(st.sampled_from(currencies))
            terms.append(plain.Term(name, *chosen, start, end, price, currency))
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
def quotes(draw: st.DrawFn) -> list[plain.Quote]:
    """Rates to USD: of EUR as they are, of GBP the other way round, of CHF through EUR. Some days
    lie before everything, some after; on some days there are both ways."""
    rates = st.sampled_from([Decimal("1.1"), Decimal("0.9"), Decimal("1.0837"), Decimal("3")])
    pairs = [("EUR", "USD"), ("USD", "GBP"), ("CHF", "EUR")]
    if draw(st.booleans()):
        pairs.append(("USD", "EUR"))
    return [
        (*pair, day, draw(rates))
        for pair in pairs
        for day in sorted(draw(st.lists(DAYS, min_size=1, max_size=4, unique=True)))
    ]


@st.composite
def in_currencies(draw: st.DrawFn) -> tuple[list[plain.Customer], list[plain.Quote]]:
    """Customers with contracts in several currencies, and the rates of all of them."""
    rates = draw(quotes())
    found = draw(customers(("EUR", "EUR", "USD", "GBP", "CHF")))
    worth = plain.worth_in("USD", rates)
    for customer in found:
        customer.worth = worth
    return found, rates


@st.composite
def customers(draw: st.DrawFn, currencies: Sequence[str] = ("USD",)) -> list[plain.Customer]:
    found: list[plain.Customer] = []
    late_days = draw(st.sampled_from([0, 0, 12, 40]))
    for number in range(draw(st.integers(1, 5))):
        customer = plain.Customer(f"c{number}", late_days=late_days)
        for which in range(draw(st.integers(1, 3))):
            customer.terms += draw(subscriptions(f"s{which}", currencies))
        moves = sorted(draw(st.lists(DAYS, max_size=3, unique=True)))
        values = st.sampled_from(["north", "south", ""])
        if draw(st.booleans()):
            customer.attributes = [(None, draw(values)), *((day, draw(values)) for day in moves)]
        elif moves:
            customer.attributes = [(day, draw(values)) for day in moves]
        if draw(st.booleans()):
            days = sorted(draw(st.lists(DAYS, max_size=2, unique=True)))
            tiers = st.sampled_from(["gold", "north", ""])
            customer.tiers = [(None, draw(tiers)), *((day, draw(tiers)) for day in days)]
        if draw(st.integers(0, 2)) == 0:
            customer.pauses = draw(pauses())
        found.append(customer)
    return found
