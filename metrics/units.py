"""What values count in."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """What a value counts in. Shares are fractions, scores run from -100 to 100."""

    MONEY = "money"
    SHARE = "share"
    COUNT = "count"
    RATIO = "ratio"
    SCORE = "score"
    SECONDS = "seconds"
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


def duration(seconds: int, *, space: str = " ") -> str:
    """45 s; 12 min 5 s; 3 h 20 min: beside hours no seconds, and nothing that there is none of.
    `space`: between a number and its unit."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{part:,}{space}{unit}" for part, unit in parts if part) or f"0{space}s"
