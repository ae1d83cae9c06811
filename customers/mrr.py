"""What a price is per month (METRICS, "Rules that hold for all").

Two ways to the same number: `monthly` for Python, `MONTHLY_SQL` for set-based writes. A test
holds them equal.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

DECIMALS = Decimal("0.0000000001")

# Months' worth of one interval as (multiply by, divide by).
FACTORS: dict[str, tuple[int, int]] = {
    "day": (365, 12),
    "week": (52, 12),
    "month": (1, 1),
    "quarter": (1, 3),
    "year": (1, 12),
}


def monthly(amount: Decimal, quantity: Decimal, interval: str) -> Decimal:
    """MRR of `quantity` at `amount` each per `interval`, rounded once, half-even, to 10 decimals.

    Raises KeyError for an interval not in FACTORS.
    """
    multiplier, divisor = FACTORS[interval]
    exact = Fraction(amount) * Fraction(quantity) * multiplier / divisor
    scaled = exact * 10**10
    with localcontext() as context:
        context.prec = 80
        context.rounding = ROUND_HALF_EVEN
        # Fraction.__round__ without digits rounds half to even, exactly.
        return (Decimal(round(scaled)) * DECIMALS).quantize(DECIMALS)


def monthly_sql(amount: str, quantity: str, interval: str) -> str:
    """The same as an SQL expression over the three given SQL expressions (trusted text).

    PostgreSQL's round() takes halves away from zero, so the half-even rounding is spelled out
    on the exact quotient and remainder. Amounts must not be negative.
    """
    multiplier = "CASE {i} " + " ".join(f"WHEN '{k}' THEN {m}" for k, (m, _) in FACTORS.items())
    divisor = "CASE {i} " + " ".join(f"WHEN '{k}' THEN {d}" for k, (_, d) in FACTORS.items())
    scaled = (
        f"(({amount})::numeric * ({quantity})::numeric"
        f" * ({multiplier.format(i=interval)} END) * 10000000000)"
    )
    by = f"({divisor.format(i=interval)} END)::numeric"
    quotient = f"div({scaled}, {by})"
    twice = f"(({scaled} - {quotient} * {by}) * 2)"
    up = (
        f"CASE WHEN {twice} > {by} OR ({twice} = {by} AND mod({quotient}, 2) = 1) THEN 1 ELSE 0 END"
    )
    return f"(({quotient} + {up}) * 0.0000000001)"
