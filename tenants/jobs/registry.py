"""What kinds of jobs there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenants.jobs.models import Job

QUEUES = ("mail", "ingest", "metrics", "default")


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind are done.

    A handler runs at least once, so it must be idempotent. It manages its own transactions.
    `is_shared`: runs in `public`, for work that belongs to no company (yet).
    """

    name: str
    queue: str
    handler: Callable[[Job], None]
    max_attempts: int
    is_shared: bool
    every: dt.timedelta | None


kinds: dict[str, Kind] = {}


def job_handler(
    name: str,
    *,
    queue: str = "default",
    max_attempts: int = 5,
    is_shared: bool = False,
    every: dt.timedelta | None = None,
) -> Callable[[Callable[[Job], None]], Callable[[Job], None]]:
    """Register a function as the handler of a kind of job.

    `every` makes it periodic: each company (or `public`, if shared) gets one job per slot of
    that length, counted from the epoch, however many beats tick.
    """
    if queue not in QUEUES:
        raise ValueError(f"{queue} is no queue; there are {', '.join(QUEUES)}")

    def register(handler: Callable[[Job], None]) -> Callable[[Job], None]:
        if name in kinds:
            raise ValueError(f"There is a handler for {name} already")
        kinds[name] = Kind(name, queue, handler, max_attempts, is_shared, every)
        return handler

    return register
