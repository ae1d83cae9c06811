"""What the measures of metrics are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from metrics.contributions.flows import Flows, WithFlows
from metrics.contributions.lifetime import Lifetime, Method
from metrics.contributions.rate import Rate
from metrics.contributions.rows import Measure, of_ledger
from metrics.contributions.standing import Standing
from metrics.contributions.tallies import tallied
from metrics.definition import Computation


def swept_in(computations: Iterable[Computation]) -> list[Measure]:
    """What they can be made from in a sweep of the ledger, each once."""
    computations = list(computations)
    found: dict[Measure, None] = {
        rate: None for one in computations for rate in _rates_in(one.measure) if rate.is_plain
    }
    whole = [one.measure for one in computations]
    found |= {one: None for one in whole if of_ledger(one) or tallied(one)}
    return list(found)


def is_of_sweep(measure: Measure) -> bool:
    """Whether its sums come from the sweep alone."""
    if isinstance(measure, Rate):
        return measure.is_plain
    if isinstance(measure, Lifetime):
        return measure.method is not Method.SBG
    return isinstance(measure, Standing | Flows | WithFlows) or of_ledger(measure)


def _rates_in(measure: object) -> Iterator[Rate]:
    if isinstance(measure, Rate):
        yield measure
    if is_dataclass(measure):
        for part in fields(measure):
            yield from _rates_in(getattr(measure, part.name))
    for used in getattr(measure, "uses", ()):
        yield from _rates_in(used)
