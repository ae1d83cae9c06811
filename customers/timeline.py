"""What happened at a customer, newest first: terms, attributes, facts, imports and first use, and
what other apps add. A page of it costs a query or two per source, however long it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from django.utils.translation import gettext as _

from customers.contract_timeline import contract_entries
from customers.data_timeline import import_entries, use_entries
from customers.fact_timeline import fact_entries
from customers.looking import KINDS, Look, Mark, TimelineEntry, order_of, written
from customers.models import Customer, CustomerAttribute
from customers.registry import TimelineSource, timeline_sources
from customers.task_timeline import task_entries

PAGE = 50


@dataclass(frozen=True)
class TimelinePage:
    """Entries in order; `older`: what `?after=` of the next page is, "" where there is none."""

    entries: list[TimelineEntry]
    older: str


def timeline(customer: Customer, look: Look) -> TimelinePage:
    """The entries that the look wants."""
    wanted = replace(look, limit=look.limit + 1)
    found = sorted(
        chain.from_iterable(
            source.entries(customer, wanted)
            for source in (*SOURCES, *timeline_sources)
            if look.kinds is None or source.kinds & look.kinds
        ),
        key=order_of,
    )
    page = found[: look.limit]
    return TimelinePage(page, written(page[-1].mark) if len(found) > look.limit else "")


def page_of(
    customer: Customer, *, kind: str = "", after: Mark | None = None, limit: int = PAGE
) -> TimelinePage:
    """A page of the timeline; `kind` is one of KINDS, or "" for all."""
    kinds = frozenset({kind}) if kind in KINDS else None
    return timeline(customer, Look(limit=limit, mark=after, kinds=kinds))


def _attributes(customer: Customer, look: Look) -> list[TimelineEntry]:
    return look.cut(chain(_signed_up(customer), _changes(customer)))


def _signed_up(customer: Customer) -> Iterator[TimelineEntry]:
    if customer.signed_up_on is not None:
        yield TimelineEntry(customer.signed_up_on, _("Signed up"), icon="user", slot="signed_up")


def _changes(customer: Customer) -> Iterator[TimelineEntry]:
    changes = CustomerAttribute.objects.filter(
        customer=customer, superseded_at=None, valid_from__isnull=False
    )
    for change in changes:
        assert isinstance(change.valid_from, dt.date)
        said = _("{attribute} became {value}") if change.value else _("{attribute} ended")
        title = said.format(attribute=change.label, value=change.value)
        yield TimelineEntry(
            change.valid_from, title, icon="edit", slot="attributes", number=change.pk
        )


SOURCES = (
    TimelineSource(
        "facts",
        frozenset({"contracts", "invoices", "tickets", "talks", "journey", "feedback"}),
        fact_entries,
    ),
    TimelineSource("contracts", frozenset({"contracts"}), contract_entries),
    TimelineSource("attributes", frozenset({"data"}), _attributes),
    TimelineSource("imports", frozenset({"data"}), import_entries),
    TimelineSource("use", frozenset({"use"}), use_entries),
    TimelineSource("tasks", frozenset({"tasks"}), task_entries),
)
