"""What happened to facts, in words that count: 3 late cancellations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from customers.fact_rows import FactRow
from customers.imports.fields import Kind

Pair = tuple[FactRow | None, FactRow | None]
"""A fact before and after."""


class Phrase(NamedTuple):
    """Of one, and of several."""

    one: str
    several: str

    def of(self, count: int) -> str:
        return f"1 {self.one}" if count == 1 else f"{count:,} {self.several}"


def _plain(words: str) -> Phrase:
    return Phrase(words, f"{words}s")


CANCELLED = _plain("late cancellation")
PROLONGED = Phrase("contract prolonged late", "contracts prolonged late")
PRICE = Phrase("late change of price", "late changes of price")
QUANTITY = Phrase("late change of quantity", "late changes of quantity")
PLAN = Phrase("late change of plan", "late changes of plan")
CORRECTED = _plain("corrected term")
NEW = _plain("late contract")
REMOVED = _plain("removed contract")


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
        return Phrase(f"late change of {name}", f"late changes of {name}")
    what = "late" if before is None else "corrected" if after is not None else "removed"
    return _plain(f"{what} {kind.noun}")


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
