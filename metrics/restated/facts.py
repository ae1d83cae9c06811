"""Which facts changed between two recomputations, in the versions that are on record."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.api.errors import Problem
from accounts.formatting import format_number
from customers import fact_rows
from customers.api.kinds import fields_out, is_versioned
from customers.fact_rows import Cell, FactRow
from customers.imports.fields import Kind
from customers.imports.kinds import KINDS
from customers.models import Customer
from metrics.models import Recomputation, RestatedBy
from metrics.restated.wording import Phrase, counted, phrase_of
from metrics.stored.changes import SCORES
from metrics.words import said

MOST_FACTS = 1000
TOLERANCE = dt.timedelta(seconds=2)
"""Of facts that are not stored in one go with their row of the change feed: so long before it."""

KIND_OF_FEED = {"customers": "customer_attributes"}
"""Where the change feed calls facts otherwise than they are stored."""


@dataclass(frozen=True)
class FactChange:
    """A fact that came, changed or was removed. `before` None: it came; `after` None: it was
    removed. One of them is there."""

    feed: str
    kind: Kind
    before: FactRow | None
    after: FactRow | None
    phrase: Phrase

    @property
    def row(self) -> FactRow:
        """What is known of it last."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def customer(self) -> Customer | None:
        return self.row.customer

    @property
    def told_at(self) -> dt.datetime:
        if self.after is not None:
            return self.after.recorded_at
        return self.row.superseded_at or self.row.recorded_at

    @property
    def told_by(self) -> str:
        """The source: which import, key, webhook or user."""
        if self.after is not None:
            return str(self.after.source or self.after.origin)
        return str(self.row.closed_by or "")

    @property
    def changes(self) -> list[tuple[Cell, Cell]]:
        """Field by field what it was and is; nothing for one that came or was removed."""
        before, after = self.before, self.after
        if before is None or after is None:
            return []
        return [
            (before.cell(one), after.cell(one))
            for one in fields_out(self.kind)
            if one.name != "updated_at" and before.values[one.name] != after.values[one.name]
        ]

    @property
    def from_day(self) -> dt.date | None:
        """Before which day nothing can have changed by it; None where that cannot be told."""
        if self.kind.key != "subscriptions":
            return None
        starts = [row.values["started_on"] for row in (self.before, self.after) if row]
        ends = [row.values["ended_on"] for row in (self.before, self.after) if row]
        if {cell.field.name for cell, _ in self.changes} == {"ended_on"}:
            return min((end for end in ends if end), default=None)
        return min(starts, default=None)


@dataclass(frozen=True)
class Trace:
    """Something was told of a customer (None: of none, or it is gone), and no version shows what.

    `words` say why."""

    feed: str
    customer: Customer | None
    from_day: dt.date | None
    words: str


@dataclass
class Causes:
    """What a recomputation found changed, as far as it is on record. `more`: customers and kinds
    that it does not name one by one."""

    facts: list[FactChange] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    more: int = 0
    is_cut: bool = False

    @property
    def words(self) -> str:
        """3 late cancellations, 1 removed ticket."""
        found = counted(Counter(one.phrase for one in self.facts).items())
        traced = Counter(one.words for one in self.traces)
        found += [words if count == 1 else f"{words} ({count})" for words, count in traced.items()]
        if self.is_cut:
            found.append(_("and others"))
        if self.more:
            words = ngettext(
                "and changes of {count} more customer",
                "and changes of {count} more customers",
                self.more,
            )
            found.append(words.format(count=format_number(self.more)))
        return ", ".join(found)


def causes_of(recomputation: Recomputation, rows: Sequence[RestatedBy]) -> Causes:
    """The facts that these rows of the recomputation are about. Costs three queries for each kind
    of facts, and one for the customers."""
    found = Causes(more=max(0, recomputation.changed - len(rows)) if rows else 0)
    by_feed: dict[str, list[RestatedBy]] = defaultdict(list)
    for row in rows:
        by_feed[row.kind].append(row)
    customers = Customer.objects.in_bulk([row.customer_id for row in rows if row.customer_id])
    for feed, told in by_feed.items():
        kind = KINDS.get(KIND_OF_FEED.get(feed, feed))
        changes: list[FactChange] = []
        if kind is not None and kind.read is not None and is_versioned(kind):
            changes, is_cut = _changes(feed, kind, recomputation, told)
            found.is_cut |= is_cut
        found.facts += changes
        shown = {one.customer.pk if one.customer else None for one in changes}
        found.traces += [
            _trace(row, kind, customers)
            for row in told
            if row.customer_id not in shown and not found.is_cut
        ]
    return found


def _changes(
    feed: str, kind: Kind, recomputation: Recomputation, told: Iterable[RestatedBy]
) -> tuple[list[FactChange], bool]:
    """What changed of a kind, and whether there was more than is looked at."""
    spans = {row.customer_id: _span(row, recomputation) for row in told}
    try:
        rows = fact_rows.told_between(
            kind, [(of, *span) for of, span in spans.items()], limit=MOST_FACTS + 1
        )
    except Problem:  # took too long
        return [], True
    chains: dict[tuple[object, ...], list[FactRow]] = defaultdict(list)
    for row in rows[:MOST_FACTS]:
        chains[_identity(kind, row)].append(row)
    pairs = [pair for chain in chains.values() if (pair := _ends(chain, spans)) is not None]
    return [
        FactChange(feed, kind, before, after, phrase)
        for (before, after), phrase in zip(pairs, phrase_of(kind, pairs), strict=True)
    ], len(rows) > MOST_FACTS


def _span(row: RestatedBy, recomputation: Recomputation) -> tuple[dt.datetime, dt.datetime]:
    if row.told_from is None or row.told_until is None:
        return recomputation.since, recomputation.until
    since = row.told_from - TOLERANCE
    if since < recomputation.since < row.told_from:
        since = recomputation.since  # what was told before then is in the former values
    return since, row.told_until


def _identity(kind: Kind, row: FactRow) -> tuple[object, ...]:
    return (row.external_id or row.id, row.values.get(kind.rows_by) if kind.rows_by else None)


def _ends(
    chain: Sequence[FactRow], spans: dict[int | None, tuple[dt.datetime, dt.datetime]]
) -> tuple[FactRow | None, FactRow | None] | None:
    """The version held before the span and the one held after it; None when neither is there."""
    since, until = spans[chain[0].customer.pk if chain[0].customer else None]
    before = next((row for row in chain if row.recorded_at < since), None)
    held = [row for row in chain if row.superseded_at is None or row.superseded_at > until]
    after = held[-1] if held else None
    return None if before is None and after is None else (before, after)


def _trace(row: RestatedBy, kind: Kind | None, customers: dict[int, Customer]) -> Trace:
    customer = customers.get(row.customer_id or 0)
    label = _label(row, kind)
    if row.kind == SCORES:
        words = _("scores of days gone by, made again from facts that came in since")
    elif row.customer_id is None and row.kind == "customers":
        words = _("a customer removed, or merged into another")
    elif row.customer_id is not None and customer is None:
        words = _("{facts} of a customer that was removed since").format(facts=label)
    elif kind is None or not is_versioned(kind):
        words = _("{facts} of a customer, of which no versions are kept").format(facts=label)
    elif row.kind == "customers":
        words = _("a customer that is new or changed")
    else:
        words = _("{facts} that are no longer on record (expired or erased since)").format(
            facts=label
        )
    return Trace(row.kind, customer, row.from_day, words)


def _label(row: RestatedBy, kind: Kind | None) -> str:
    """The facts of the row, within a sentence."""
    if kind is None:
        return said(row.kind.replace("_", " ")) or _("facts")
    return kind.shown_within
