"""What the measures of metrics are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from metrics.contributions.rate import Rate
from metrics.definition import Computation


def rates_of(computations: Iterable[Computation]) -> list[Rate]:
    """The rates over the ledger that their sums can be made from, each once."""
    found = {rate: None for one in computations for rate in _rates_in(one.measure)}
    return [rate for rate in found if rate.is_plain]


def _rates_in(measure: object) -> Iterator[Rate]:
    if isinstance(measure, Rate):
        yield measure
    if is_dataclass(measure):
        for part in fields(measure):
            yield from _rates_in(getattr(measure, part.name))
    for used in getattr(measure, "uses", ()):
        yield from _rates_in(used)
