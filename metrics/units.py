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
