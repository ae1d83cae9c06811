"""The net promoter score of plain counts (docs/metrics.md). Its interval is the metric's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

PROMOTERS = range(9, 11)
PASSIVES = range(7, 9)
DETRACTORS = range(7)


@dataclass(frozen=True)
class Distribution:
    """How many answers each score got; missing scores got none."""

    counts: Mapping[int, int]

    def _of(self, scores: range) -> int:
        return sum(self.counts.get(score, 0) for score in scores)

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def mean(self) -> Decimal | None:
        """The mean score; None without answers."""
        total = sum(score * count for score, count in self.counts.items())
        return Decimal(total) / self.n if self.n else None

    @property
    def promoters(self) -> int:
        return self._of(PROMOTERS)

    @property
    def passives(self) -> int:
        return self._of(PASSIVES)

    @property
    def detractors(self) -> int:
        return self._of(DETRACTORS)

    @property
    def score(self) -> Decimal | None:
        return nps_score(promoters=self.promoters, detractors=self.detractors, n=self.n)


def nps_score(*, promoters: int, detractors: int, n: int) -> Decimal | None:
    """Per cent of promoters less per cent of detractors, -100 to 100; None without answers."""
    return Decimal(100 * (promoters - detractors)) / n if n else None


def group_of(score: int) -> str:
    """`promoter`, `passive` or `detractor`."""
    if score in PROMOTERS:
        return "promoter"
    return "passive" if score in PASSIVES else "detractor"
