"""What a signal is, and how its measures are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import Curve
from metrics.health.signals.facts import Then


class Group(StrEnum):
    """The kinds of signals; the value is what pages call it."""

    USAGE = "Product usage"
    FEEDBACK = "Feedback"
    SUPPORT = "Support"
    RENEWAL = "Contract renewal"
    RELATIONSHIP = "Relationship"
    CUSTOM = "Sent by API"


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Something measured of a customer on a day.

    `unit` is the word after the number ("days", "%", "tickets"). `direction`: whether more of it
    is better. `curve`: the usual one. `missing`: in words, of whom there is no measure.
    """

    key: str
    name: str
    group: Group
    unit: str
    direction: Direction
    curve: Curve
    help: str
    missing: str


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One statement for all signals of a kind.

    `query` gives the relations it needs ("name AS (...), ...", or none) and its select. That reads
    the relation `asked` (customer_id, day, until: the instant the day ends) and gives customer_id,
    day, then for each of `signals` in order its measure (null: none) and the day of the latest
    fact behind it. Customers without any measure may be left out. Nothing that happened or was
    learned at or after `until` may tell; `Then` says which versions of facts are read. The
    statement may use %(timezone)s, the company's, and %(keys)s, the signals asked for.
    """

    key: str
    signals: tuple[Signal, ...]
    query: Callable[[Then], tuple[SQL | Composed, SQL | Composed]]
