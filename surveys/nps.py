"""The net promoter score of plain counts (docs/metrics.md)."""

from __future__ import annotations

from decimal import Decimal

PROMOTERS = range(9, 11)
PASSIVES = range(7, 9)
DETRACTORS = range(7)


def nps_score(*, promoters: int, detractors: int, n: int) -> Decimal | None:
    """Per cent of promoters less per cent of detractors, -100 to 100; None without answers."""
    return Decimal(100 * (promoters - detractors)) / n if n else None


def group_of(score: int) -> str:
    """`promoter`, `passive` or `detractor`."""
    if score in PROMOTERS:
        return "promoter"
    return "passive" if score in PASSIVES else "detractor"
