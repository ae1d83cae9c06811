"""What happened at a customer, newest first: terms and attributes, and what other apps add."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import chain

from customers.fact_timeline import fact_entries
from customers.models import Customer, CustomerAttribute, Term
from customers.registry import TimelineEntry, timeline_sources

LIMIT = 60


def timeline(customer: Customer, terms: list[Term]) -> list[TimelineEntry]:
    """The newest entries of every source; `terms` are the customer's current ones, in order."""
    entries = chain(
        _signed_up(customer),
        _terms(terms),
        _attributes(customer),
        fact_entries(customer, LIMIT),
        *(source(customer, LIMIT) for source in timeline_sources),
    )
    return sorted(entries, key=lambda entry: entry.on, reverse=True)[:LIMIT]


def _signed_up(customer: Customer) -> Iterator[TimelineEntry]:
    if customer.signed_up_on is not None:
        yield TimelineEntry(customer.signed_up_on, "Signed up", icon="user")


def _terms(terms: list[Term]) -> Iterator[TimelineEntry]:
    before: dict[int, Term] = {}
    for term in terms:
        last = before.get(term.subscription_id)
        before[term.subscription_id] = term
        price = f"{term.mrr:,.2f} {term.currency} a month"
        name = str(term.plan)
        if last is None or last.ends_on is None or last.ends_on < term.starts_on:
            yield TimelineEntry(term.starts_on, f"{name} began", price, "plus")
            continue
        if last.plan_id != term.plan_id:
            yield TimelineEntry(term.starts_on, f"{last.plan} became {name}", price, "edit")
        elif last.mrr != term.mrr:
            was = f"{price}, was {last.mrr:,.2f}"
            rose = term.mrr > last.mrr
            direction = "rose" if rose else "fell"
            icon = "arrow-up" if rose else "arrow-down"
            yield TimelineEntry(term.starts_on, f"{name} {direction}", was, icon)
    yield from _ends(terms)


def _ends(terms: list[Term]) -> Iterator[TimelineEntry]:
    """Ends that no further term of the subscription follows on the day."""
    starts = {(term.subscription_id, term.starts_on) for term in terms}
    for term in terms:
        if term.ends_on and (term.subscription_id, term.ends_on) not in starts:
            lost = f"{term.mrr:,.2f} {term.currency} a month"
            yield TimelineEntry(term.ends_on, f"{term.plan} ended", lost, "close")


def _attributes(customer: Customer) -> Iterator[TimelineEntry]:
    changes = CustomerAttribute.objects.filter(
        customer=customer, superseded_at=None, valid_from__isnull=False
    ).order_by("-valid_from")[:LIMIT]
    for change in changes:
        assert isinstance(change.valid_from, dt.date)
        title = f"{change.label} became {change.value}" if change.value else f"{change.label} ended"
        yield TimelineEntry(change.valid_from, title, icon="edit")
