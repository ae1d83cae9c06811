"""What a signal is, and how its measures are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, npgettext, pgettext
from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import Curve
from metrics.health.signals.facts import Then


class Group(StrEnum):
    """The kinds of signals; the value is what programs call it, and pages in English."""

    USAGE = gettext_noop("Product usage")
    FEEDBACK = gettext_noop("Feedback")
    SUPPORT = gettext_noop("Support")
    RENEWAL = gettext_noop("Contract renewal")
    RELATIONSHIP = gettext_noop("Relationship")
    CUSTOM = gettext_noop("Sent by API")

    @property
    def words(self) -> str:
        return _(self.value)


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Something measured of a customer on a day.

    `unit` is the word after the number ("days", "%", "tickets"). `direction`: whether more of it
    is better. `curve`: the usual one. `missing`: in words, of whom there is no measure.
    """

    key: str
    name: str = field(compare=False)
    group: Group
    unit: str
    direction: Direction
    curve: Curve
    help: str = field(compare=False)
    missing: str = field(compare=False)

    @property
    def unit_name(self) -> str:
        """The unit as readers call it."""
        return unit_name(self.unit)

    def in_words(self) -> Signal:
        """The same, in the reader's language."""
        return replace(self, name=_(self.name), help=_(self.help), missing=_(self.missing))


def unit_name(unit: str, number: float = 2) -> str:
    """The word after a number of them: 1 day, 2 days. A unit of the company's own stays."""
    count = 1 if number == 1 else 2
    match unit:
        case "days":
            return npgettext("unit", "day", "days", count)
        case "hours":
            return npgettext("unit", "hour", "hours", count)
        case "tickets":
            return npgettext("unit", "ticket", "tickets", count)
        case "notices":
            return npgettext("unit", "notice", "notices", count)
        case "features":
            return npgettext("unit", "feature", "features", count)
        case "times":
            return npgettext("unit", "time", "times", count)
        case "late":
            return pgettext("unit", "late")
        case "gone":
            return pgettext("unit", "gone")
        case "given":
            return pgettext("unit", "given")
        case "of 10":
            return pgettext("unit", "of 10")
    is_one = number == 1 and len(unit) > 1 and unit.endswith("s")
    return unit[:-1] if is_one else unit


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
