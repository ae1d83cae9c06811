"""How much a customer uses what it pays for: the hidden cause behind most of what happens to it.

This path drives churn, contraction, expansion, tickets and survey scores, and usage events are
drawn from it (csm_portal.demo.activity).
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from csm_portal.demo.chance import WEEK, clamped

BEGINNING = 0.25
PULL = 0.16  # per week, towards where the customer is heading
RESTLESSNESS = 0.028
DECLINES_PER_WEEK = 0.0048  # a champion leaves, a rival product comes in
GAINS_PER_WEEK = 0.006  # another team joins, a feature fits
# How much of the work of an ordinary month is done in this one.
SEASON = {7: 0.93, 8: 0.86, 12: 0.88}


@dataclass(frozen=True)
class Usage:
    """Weekly levels from `starts_on`: the share of paid seats that are in use, 0 to 1."""

    starts_on: dt.date
    levels: tuple[float, ...]

    def around(self, day: dt.date, *, weeks: int = 8) -> float:
        """The mean level of the `weeks` before `day`; of as many as there are, at least one."""
        end = max((day - self.starts_on).days // 7, 1)
        recent = self.levels[max(end - weeks, 0) : end] or self.levels[-1:]
        return sum(recent) / len(recent)

    def trend(self, day: dt.date, *, weeks: int = 8) -> float:
        """By how much the level rose (fell, if negative) from the `weeks` before that."""
        return self.around(day, weeks=weeks) - self.around(day - weeks * WEEK, weeks=weeks)

    def active_share(self, week: int) -> float:
        """The share of paid seats in use in a week, with the holidays felt."""
        day = self.starts_on + week * WEEK
        return self.levels[week] * SEASON.get(day.month, 1.0)

    def fading(self, day: dt.date, *, weeks: int, kept: float) -> Usage:
        """Of somebody who turns away long before leaving on `day`: over the last `weeks` it comes
        down evenly to `kept` of what it was."""
        end = (day - self.starts_on).days // 7
        return Usage(
            self.starts_on,
            tuple(
                round(level * (1 - (1 - kept) * clamped((weeks - end + week) / weeks, 0, 1)), 4)
                for week, level in enumerate(self.levels)
            ),
        )

    def until(self, day: dt.date) -> Usage:
        """Nothing is used from `day` on."""
        return Usage(self.starts_on, self.levels[: max((day - self.starts_on).days // 7, 1)])


def simulate(
    rng: random.Random, *, starts_on: dt.date, ends_on: dt.date, fit: float, ramp: float
) -> Usage:
    """A path of levels from `starts_on` until `ends_on`.

    `fit`: where the level is heading at first. `ramp`: how fast it gets there, 1 is ordinary.
    """
    target, level = fit, BEGINNING
    levels = []
    for week in range(max((ends_on - starts_on).days // 7 + 1, 1)):
        levels.append(round(level, 4))
        pull = PULL * (ramp if week < 12 else 1.0)
        level = clamped(level + pull * (target - level) + rng.gauss(0, RESTLESSNESS), 0.02, 0.98)
        happens = rng.random()
        if happens < DECLINES_PER_WEEK:
            target *= rng.uniform(0.3, 0.65)
        elif happens < DECLINES_PER_WEEK + GAINS_PER_WEEK:
            target = min(target + rng.uniform(0.06, 0.2), 0.95)
    return Usage(starts_on, tuple(levels))
