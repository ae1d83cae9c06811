"""A campaign's figure out of how many answers each score got. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from surveys.intervals import Interval, net_promoter, wilson
from surveys.nps import nps_score
from surveys.scales import Level, level_of, scores_of

NPS = "nps"

# What the levels are called, by kind.
LEVEL_NAMES: dict[str, dict[Level, str]] = {
    "nps": {
        Level.HIGH: gettext_noop("Promoters"),
        Level.MIDDLE: gettext_noop("Passives"),
        Level.LOW: gettext_noop("Detractors"),
    },
    "csat": {
        Level.HIGH: gettext_noop("Satisfied"),
        Level.MIDDLE: gettext_noop("Neither"),
        Level.LOW: gettext_noop("Dissatisfied"),
    },
    "ces": {
        Level.HIGH: gettext_noop("Easy"),
        Level.MIDDLE: gettext_noop("Neither"),
        Level.LOW: gettext_noop("Hard"),
    },
}
# Of one answer.
LEVEL_NAME: dict[str, dict[Level, str]] = {
    "nps": {
        Level.HIGH: gettext_noop("promoter"),
        Level.MIDDLE: gettext_noop("passive"),
        Level.LOW: gettext_noop("detractor"),
    },
    "csat": {
        Level.HIGH: gettext_noop("satisfied"),
        Level.MIDDLE: gettext_noop("neither"),
        Level.LOW: gettext_noop("dissatisfied"),
    },
    "ces": {
        Level.HIGH: gettext_noop("easy"),
        Level.MIDDLE: gettext_noop("neither"),
        Level.LOW: gettext_noop("hard"),
    },
}
# The colours of NPS stand for the levels of all kinds.
SERIES = {Level.HIGH: "promoter", Level.MIDDLE: "passive", Level.LOW: "detractor"}


def level_name(kind: str, highest: int, score: int) -> str:
    """`promoter`, `dissatisfied`, `easy`, ...: as programs and files have it."""
    return LEVEL_NAME[kind][level_of(kind, highest, score)]


def level_words(kind: str, highest: int, score: int) -> str:
    """The same in the reader's language."""
    return _(level_name(kind, highest, score))


@dataclass(frozen=True)
class LevelCount:
    """One level: its name, scores, answers."""

    level: Level
    name: str
    scores: range
    count: int
    share: Decimal | None

    @property
    def series(self) -> str:
        return SERIES[self.level]

    @property
    def scale(self) -> str:
        """ "9-10" with an en dash, or "5"."""
        first, last = self.scores[0], self.scores[-1]
        return str(first) if first == last else f"{first}\N{EN DASH}{last}"


@dataclass(frozen=True)
class Figure:
    """NPS in points, -100 to 100; for CSAT and CES the share of high answers, 0 to 1.

    `counts`: {score: answers}; scores that nobody gave may be missing.
    """

    kind: str
    lowest: int
    highest: int
    counts: Mapping[int, int]

    def of(self, level: Level) -> int:
        return sum(
            count
            for score, count in self.counts.items()
            if level_of(self.kind, self.highest, score) is level
        )

    @property
    def is_nps(self) -> bool:
        return self.kind == NPS

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def value(self) -> Decimal | None:
        """None without answers."""
        if not self.n:
            return None
        if self.is_nps:
            return nps_score(promoters=self.of(Level.HIGH), detractors=self.of(Level.LOW), n=self.n)
        return Decimal(self.of(Level.HIGH)) / self.n

    @property
    def interval(self) -> Interval | None:
        """Of 95 %, in the value's unit: adjusted Wald for NPS, Wilson for shares."""
        if self.is_nps:
            return net_promoter(self.of(Level.HIGH), self.of(Level.LOW), self.n)
        return wilson(self.of(Level.HIGH), self.n)

    @property
    def mean(self) -> Decimal | None:
        """The mean score; None without answers."""
        total = sum(score * count for score, count in self.counts.items())
        return Decimal(total) / self.n if self.n else None

    @property
    def levels(self) -> list[LevelCount]:
        """High to low."""
        n = self.n
        return [
            LevelCount(
                level=level,
                name=_(LEVEL_NAMES[self.kind][level]),
                scores=scores_of(self.kind, self.lowest, self.highest, level),
                count=self.of(level),
                share=Decimal(self.of(level)) / n if n else None,
            )
            for level in (Level.HIGH, Level.MIDDLE, Level.LOW)
        ]

    def place(self, value: float | Decimal) -> float:
        """Where a value stands between the ends there can be, in per cent."""
        share = (float(value) + 100) / 200 if self.is_nps else float(value)
        return round(100 * min(max(share, 0.0), 1.0), 2)
