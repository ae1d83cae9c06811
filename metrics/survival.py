"""How long it takes until something happens, with some not there yet and some gone first. Pure.

The cumulative incidence of Aalen and Johansen (1978), which without anybody gone first is one
minus Kaplan and Meier's curve; its variance by the delta method (Marubini and Valsecchi 1995,
10.3), which then is Greenwood's; the median's interval where the log-log interval of the curve
holds a half (Brookmeyer and Crowley 1982).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

from metrics.intervals import Z


@dataclass(frozen=True, slots=True, order=True)
class Followed:
    """What became of those followed for `time`: how many got there, left first, or are still on
    the way at that time."""

    time: int
    arrived: int = 0
    left: int = 0
    censored: int = 0

    @property
    def count(self) -> int:
        return self.arrived + self.left + self.censored


@dataclass(frozen=True, slots=True)
class Step:
    """From `time` on, `share` have got there; `error` is its standard error."""

    time: int
    share: float
    error: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The share that has got there by each time. `last`: how long the longest was followed;
    `is_complete`: nobody is left on the way, so it says what holds for ever."""

    steps: tuple[Step, ...]
    last: int
    is_complete: bool

    @property
    def share(self) -> float:
        """In the end, as far as it is known."""
        return self.steps[-1].share if self.steps else 0.0

    def share_by(self, time: int) -> float | None:
        """The share within `time`; None where nobody was followed for so long."""
        if time > self.last and not self.is_complete:
            return None
        return max((step.share for step in self.steps if step.time <= time), default=0.0)

    def quantile(self, share: float) -> int | None:
        """The first time by which `share` have got there; None if so many did not."""
        # A sum of shares may fall short of a half by a rounding error.
        return next((step.time for step in self.steps if step.share >= share - 1e-12), None)

    def bounds(self, share: float) -> tuple[int | None, int | None]:
        """The 95 % interval of `quantile(share)`; a bound that the curve never reaches is None."""
        low = next((s.time for s in self.steps if _band(s)[1] >= share), None)
        high = next((s.time for s in self.steps if _band(s)[0] >= share), None)
        return low, high


def _band(step: Step) -> tuple[float, float]:
    """The log-log interval of the curve at a step: 1 - (1 - F)^exp(+-z x error of log(-log))."""
    if step.share >= 1 - 1e-12:
        return step.share, step.share
    rest = 1 - step.share
    reach = Z * step.error / abs(rest * log(rest))
    low, high = 1 - rest ** _exp(-reach), 1 - rest ** _exp(reach)
    return low, high


def _exp(power: float) -> float:
    from math import exp

    return exp(min(power, 700.0))


def curve(followed: Iterable[Followed]) -> Curve:
    """The share that got there over time. At one time, who arrives does before who leaves, and
    both before who is still on the way."""
    rows = merged(followed)
    at_risk = sum(row.count for row in rows)
    there, share = 1.0, 0.0  # S(t-), F(t)
    variance = _Variance()
    steps: list[Step] = []
    last = rows[-1].time if rows else 0
    is_complete = not any(row.censored for row in rows)
    for row in rows:
        gone = row.arrived + row.left
        if gone:
            step = there * row.arrived / at_risk
            share += step
            rest = at_risk - gone
            variance.add(
                step,
                of_rest=gone / (at_risk * rest) if rest else 0.0,
                own=there**2 * (at_risk - row.arrived) * row.arrived / at_risk**3,
                both=there * row.arrived / at_risk**2,
            )
            there *= rest / at_risk
        if row.arrived:
            steps.append(Step(row.time, share, sqrt(max(variance.value, 0.0))))
        at_risk -= row.count
    return Curve(tuple(steps), last, is_complete or there <= 0)


@dataclass
class _Variance:
    """Of a share F that grew in steps: over the times i before, the sum of
    (F - F_i)^2 x of_rest_i + own_i - 2 (F - F_i) x both_i, kept up step by step."""

    squares: float = 0.0
    once: float = 0.0
    of_rest: float = 0.0
    own: float = 0.0
    mixed: float = 0.0
    both: float = 0.0

    def add(self, step: float, *, of_rest: float, own: float, both: float) -> None:
        """The share grew by `step`, at a time with these terms."""
        self.squares += step * (2 * self.once + step * self.of_rest)
        self.once += step * self.of_rest
        self.mixed += step * self.both
        self.of_rest += of_rest
        self.own += own
        self.both += both

    @property
    def value(self) -> float:
        return self.squares + self.own - 2 * self.mixed


def merged(followed: Iterable[Followed]) -> list[Followed]:
    """One row for each time, in order."""
    found: dict[int, Followed] = {}
    for row in followed:
        one = found.get(row.time, Followed(row.time))
        found[row.time] = Followed(
            row.time,
            one.arrived + row.arrived,
            one.left + row.left,
            one.censored + row.censored,
        )
    return [found[time] for time in sorted(found)]
