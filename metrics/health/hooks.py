"""Who wants to know of changes of band: alerts, say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BandChange:
    """A customer's band is another since a day; `was`, `now`: green, amber or red."""

    customer: int
    on: dt.date
    was: str
    now: str


Listener = Callable[[Sequence[BandChange]], None]
listeners: list[Listener] = []


def add_listener(listener: Listener) -> None:
    """Have it called with all changes of a rescoring, in its transaction: what it raises undoes
    the rescoring, so it should only note what is to be done."""
    if listener not in listeners:
        listeners.append(listener)


def tell(changes: Sequence[BandChange]) -> None:
    if changes:
        for listener in listeners:
            listener(changes)
