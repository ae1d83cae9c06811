"""Scales, and where on them a score stands: what is asked next, and thanked for, depends on it."""

from __future__ import annotations

from enum import StrEnum

# The scales each kind may be asked on, as (lowest, highest); the first is the usual one.
SCALES_OF = {
    "nps": ((0, 10),),
    "csat": ((1, 5), (1, 10)),
    "ces": ((1, 7), (1, 5)),
}

# The lowest score of the middle and of the high level, by (kind, highest score). High is what the
# metrics count (docs/metrics.md): promoters, satisfied, "made it easy".
_LEVELS = {
    ("nps", 10): (7, 9),
    ("csat", 5): (3, 4),
    ("csat", 10): (5, 7),
    ("ces", 7): (4, 5),
    ("ces", 5): (3, 4),
}


class Level(StrEnum):
    """Low, middle or high: detractor, passive or promoter of an NPS."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


def level_of(kind: str, highest: int, score: int) -> Level:
    """The level of a score of `kind` asked on a scale up to `highest`.

    A scale that is only brought in (CSAT on 1 to 7, say) is cut where the next longer one of its
    kind is, in proportion.
    """
    middle, high = _LEVELS.get((kind, highest)) or _cut_in_proportion(highest)
    if score >= high:
        return Level.HIGH
    return Level.MIDDLE if score >= middle else Level.LOW


def _cut_in_proportion(highest: int) -> tuple[int, int]:
    return round(highest * 0.5), round(highest * 0.7)


def scores_of(kind: str, lowest: int, highest: int, level: Level) -> range:
    """The scores of a level, lowest first."""
    fitting = [
        score for score in range(lowest, highest + 1) if level_of(kind, highest, score) is level
    ]
    return range(fitting[0], fitting[-1] + 1)
