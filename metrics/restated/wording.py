"""What happened to facts, in words that count: 3 late cancellations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext_noop, ngettext

from accounts.formatting import format_number
from customers.fact_rows import FactRow
from customers.imports.fields import Kind
from metrics.words import said

Pair = tuple[FactRow | None, FactRow | None]
"""A fact before and after."""


class Phrase(NamedTuple):
    """What happened to one fact, and in words for so many of them: "{count} late cancellations".
    `name`: what is between, where the words leave that open."""

    alone: str
    counted: Callable[[int], str]
    name: str = ""

    @property
    def one(self) -> str:
        """In the reader's language."""
        return said(self.alone).format(name=said(self.name))

    def of(self, count: int) -> str:
        return self.counted(count).format(count=format_number(count), name=said(self.name))


CANCELLED = Phrase(
    gettext_noop("late cancellation"),
    lambda count: ngettext("{count} late cancellation", "{count} late cancellations", count),
)
PROLONGED = Phrase(
    gettext_noop("contract prolonged late"),
    lambda count: ngettext(
        "{count} contract prolonged late", "{count} contracts prolonged late", count
    ),
)
PRICE = Phrase(
    gettext_noop("late change of price"),
    lambda count: ngettext("{count} late change of price", "{count} late changes of price", count),
)
QUANTITY = Phrase(
    gettext_noop("late change of quantity"),
    lambda count: ngettext(
        "{count} late change of quantity", "{count} late changes of quantity", count
    ),
)
PLAN = Phrase(
    gettext_noop("late change of plan"),
    lambda count: ngettext("{count} late change of plan", "{count} late changes of plan", count),
)
CORRECTED = Phrase(
    gettext_noop("corrected term"),
    lambda count: ngettext("{count} corrected term", "{count} corrected terms", count),
)
NEW = Phrase(
    gettext_noop("late contract"),
    lambda count: ngettext("{count} late contract", "{count} late contracts", count),
)
REMOVED = Phrase(
    gettext_noop("removed contract"),
    lambda count: ngettext("{count} removed contract", "{count} removed contracts", count),
)
LATE = Phrase(
    gettext_noop("late {name}"),
    lambda count: ngettext("{count} late {name}", "{count} late {name}s", count),
)
FACT_CORRECTED = Phrase(
    gettext_noop("corrected {name}"),
    lambda count: ngettext("{count} corrected {name}", "{count} corrected {name}s", count),
)
FACT_REMOVED = Phrase(
    gettext_noop("removed {name}"),
    lambda count: ngettext("{count} removed {name}", "{count} removed {name}s", count),
)
OF_ATTRIBUTE = Phrase(
    gettext_noop("late change of {name}"),
    lambda count: ngettext(
        "{count} late change of {name}", "{count} late changes of {name}", count
    ),
)


def counted(found: Iterable[tuple[Phrase, int]]) -> list[str]:
    """The most frequent first."""
    return [phrase.of(count) for phrase, count in sorted(found, key=lambda one: -one[1])]


def phrase_of(kind: Kind, pairs: Sequence[Pair]) -> list[Phrase]:
    """For each pair of facts of a kind."""
    if kind.key == "subscriptions":
        return _of_terms(pairs)
    return [_of_fact(kind, before, after) for before, after in pairs]


def _of_fact(kind: Kind, before: FactRow | None, after: FactRow | None) -> Phrase:
    if kind.key == "customer_attributes":
        name = str((after or before or _NOBODY).values["name"]).replace("_", " ")
        return OF_ATTRIBUTE._replace(name=name)
    phrase = LATE if before is None else FACT_CORRECTED if after is not None else FACT_REMOVED
    return phrase._replace(name=kind.noun)


def _of_terms(pairs: Sequence[Pair]) -> list[Phrase]:
    """A term that ends where another of its subscription begins is no cancellation."""
    begun = {
        (after.external_id, after.values["started_on"]): after
        for _, after in pairs
        if after is not None
    }
    ended: dict[tuple[str, object], FactRow] = {}
    for before, after in pairs:
        if before is not None and after is not None and after.values["ended_on"] is not None:
            ended[after.external_id, after.values["ended_on"]] = after
    found: list[Phrase] = []
    for before, after in pairs:
        if before is None and after is not None:
            former = ended.get((after.external_id, after.values["started_on"]))
            found.append(_difference(former, after) if former else NEW)
        elif before is not None and after is not None:
            following = begun.get((after.external_id, after.values["ended_on"]))
            found.append(_of_term(before, after, following))
        else:
            found.append(REMOVED)
    return found


def _of_term(before: FactRow, after: FactRow, following: FactRow | None) -> Phrase:
    was, ends = before.values["ended_on"], after.values["ended_on"]
    if was != ends:
        if ends is not None and (was is None or ends < was):
            return CANCELLED if following is None else _difference(after, following)
        return PROLONGED
    return _difference(before, after)


def _difference(before: FactRow, after: FactRow) -> Phrase:
    """What the second says otherwise than the first."""
    for phrase, names in (
        (PLAN, ("product", "plan")),
        (PRICE, ("amount", "interval", "currency")),
        (QUANTITY, ("quantity",)),
    ):
        if any(before.values[name] != after.values[name] for name in names):
            return phrase
    return CORRECTED


class _Nobody:
    values = {"name": "attribute"}


_NOBODY = _Nobody()
