"""Making facts of the events that Stripe sent.

What is held of an object is made anew of all its events, in the order they happened: so they may
come in any order and more than once, and the end is the same.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from customers.actions.facts import remove_facts, store_rows
from customers.actions.locking import lock_to_write
from customers.billing.staging import billing_settings
from customers.billing.states import SUBSCRIPTION_STATES
from customers.imports.fields import Kind
from customers.imports.kinds import KINDS
from customers.imports.references import KNOWN_CUSTOMERS
from customers.models import Invoice, Source, StripeEvent, Subscription
from customers.webhooks.events import (
    BadEventError,
    Event,
    day,
    parsed,
    rank_of,
    state_of,
    told_at,
)
from customers.webhooks.invoices import invoice_row
from customers.webhooks.subscriptions import rows_of

AT_A_TIME = 200
LABEL = "Stripe"
log = structlog.get_logger("portal.customers")
State = dict[str, Any]


def apply_events() -> int:
    """Apply what has come in and is not applied; returns how many events that were.

    Safe to run twice, or to be killed: a batch and its being done are one transaction. Raises
    KindBusyError while an import of the same kind is being stored.
    """
    applied = 0
    while done := _apply_batch():
        applied += done
    return applied


@transaction.atomic
def _apply_batch() -> int:
    waiting = list(
        StripeEvent.objects.select_for_update()
        .filter(applied_at=None)
        .order_by("occurred_at", "pk")[:AT_A_TIME]
    )
    if not waiting:
        return 0
    # All at once: to lock each when its turn comes, somebody else may wait in a circle with us.
    lock_to_write(KINDS["customers"], SUBSCRIPTION_STATES, KINDS["invoices"])
    events: list[Event] = []
    for row in waiting:
        try:
            event = parsed(row.body)
        except BadEventError as error:  # what was erased from a body may have been needed
            row.problem, row.state = str(error), None
            continue
        row.state = state_of(event)
        row.problem = " ".join(row.state.get("problems", []))[:500]
        events.append(event)
    StripeEvent.objects.bulk_update(waiting, ["state", "problem"])
    _apply(events, {row.event_id: row for row in waiting})
    now = timezone.now()
    for row in waiting:
        row.applied_at = now
    StripeEvent.objects.bulk_update(waiting, ["applied_at", "problem"])
    return len(waiting)


def _apply(events: Sequence[Event], rows: dict[str, StripeEvent]) -> None:
    touched: dict[str, set[str]] = defaultdict(set)
    for event in events:
        touched[event.kind].add(event.object_id)
    problems: dict[str, str] = {}
    source = _source()
    subscriptions = touched[StripeEvent.Kind.SUBSCRIPTION]
    _store_customers([e for e in events if e.kind == StripeEvent.Kind.CUSTOMER], source, problems)
    deleted = {e.object_id for e in events if e.kind == "customer" and e.is_deletion}
    subscriptions |= _subscriptions_of(deleted)
    invoices = touched[StripeEvent.Kind.INVOICE] | touched[StripeEvent.Kind.CREDIT_NOTE]
    _store_subscriptions(subscriptions, source, problems)
    _store_invoices(invoices, source, problems)
    for event in events:
        message = problems.get(event.object_id)
        if message:
            row = rows[event.event_id]
            row.problem = f"{row.problem} {message}".strip()[:500]


def _source() -> Source:
    source = Source.objects.filter(kind=Source.Kind.WEBHOOK, label=LABEL).order_by("pk").first()
    return source or Source.objects.create(kind=Source.Kind.WEBHOOK, label=LABEL)


def _store(kind: Kind, rows: Sequence[State], source: Source, problems: dict[str, str]) -> None:
    if not rows:
        return
    for row, result in zip(rows, store_rows(kind=kind, rows=rows, source=source), strict=True):
        if result.outcome == "error":
            told = "; ".join(f"{p.field}: {p.message}" for p in result.problems)
            problems[row["external_id"]] = told
            log.warning("Stripe event not usable", object=row["external_id"], problems=told)


def _states(kind: str, object_ids: Iterable[str]) -> dict[str, list[tuple[dt.datetime, State]]]:
    """All states of objects, in the order they happened, whatever order they came in."""
    found: dict[str, list[tuple[dt.datetime, State]]] = defaultdict(list)
    for row in StripeEvent.objects.filter(kind=kind, object_id__in=list(object_ids)).exclude(
        state=None
    ):
        assert row.state is not None
        instant = told_at(row.occurred_at, row.state["rank"], row.event_id)
        found[row.object_id].append((instant, row.state))
    for states in found.values():
        states.sort(key=lambda pair: pair[0])
    return found


def _known(customer_ids: Iterable[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT external_id FROM {KNOWN_CUSTOMERS} k WHERE external_id = ANY(%s)",  # noqa: S608
            [list(customer_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def _store_customers(events: Sequence[Event], source: Source, problems: dict[str, str]) -> None:
    """Names and sign-up days, of the latest event each. A deleted customer stays, with its
    history; its subscriptions end."""
    ids = {event.object_id for event in events}
    makes = billing_settings().is_making_customers
    known = set() if makes else _known(ids)
    latest: dict[str, tuple[dt.datetime, Event]] = {}
    for event in events:
        if event.is_deletion or not (makes or event.object_id in known):
            continue
        instant = told_at(event.occurred_at, rank_of(event), event.event_id)
        if event.object_id not in latest or latest[event.object_id][0] < instant:
            latest[event.object_id] = (instant, event)
    _store(
        KINDS["customers"],
        [_customer_row(event, instant) for instant, event in latest.values()],
        source,
        problems,
    )


def _customer_row(event: Event, instant: dt.datetime) -> State:
    about = event.object
    names = (about.get("name"), about.get("description"), about.get("email"), event.object_id)
    name = next(one.strip() for one in names if isinstance(one, str) and one.strip())
    row: State = {
        "external_id": event.object_id,
        "name": " ".join(name.split())[:300],
        "updated_at": instant.isoformat(),
    }
    created = about.get("created")
    if day(created):
        row["signed_up_on"] = day(created)
    return row


def _subscriptions_of(customer_ids: Iterable[str]) -> set[str]:
    """Stripe's subscriptions of customers, as far as events told of them."""
    return set(
        StripeEvent.objects.filter(
            kind=StripeEvent.Kind.SUBSCRIPTION, state__customer__in=list(customer_ids)
        ).values_list("object_id", flat=True)
    )


def _store_subscriptions(
    subscriptions: Iterable[str], source: Source, problems: dict[str, str]
) -> None:
    found = _states("subscription", subscriptions)
    customers = {state["customer"] for states in found.values() for _, state in states}
    deleted_at = {
        customer: min(instant for instant, state in states if state["is_deleted"])
        for customer, states in _states("customer", customers).items()
        if any(state["is_deleted"] for _, state in states)
    }
    rows: list[State] = []
    for subscription, states in found.items():
        gone = deleted_at.get(states[-1][1]["customer"])
        rows += rows_of(subscription, states, customer_deleted_at=gone)
    _store(SUBSCRIPTION_STATES, rows, source, problems)


def _store_invoices(invoices: Iterable[str], source: Source, problems: dict[str, str]) -> None:
    ids = set(invoices)
    found = _states("invoice", ids) | _states("credit_note", ids)
    rows: list[State] = []
    gone: list[str] = []
    named = {states[-1][1]["customer"] for states in found.values()} - {""}
    for object_id, states in found.items():
        row = invoice_row(object_id, [state for _, state in states])
        if row is None:
            gone.append(object_id)
        else:
            # Never older than what is held: the row is made of all events.
            rows.append(row | {"updated_at": None})
    _make_known(named, rows, source, problems)
    held = Invoice.objects.filter(external_id__in=gone, superseded_at=None)
    closing = list(held.values_list("external_id", flat=True))
    if closing:
        remove_facts(kind=KINDS["invoices"], external_ids=closing, source=source)
    _store(KINDS["invoices"], rows, source, problems)


def _make_known(
    customers: set[str], rows: Sequence[State], source: Source, problems: dict[str, str]
) -> None:
    """Invoices may come before the customer and subscription they name."""
    named = {row["subscription"]: row for row in rows if row["subscription"]}
    held = set(
        Subscription.objects.filter(external_id__in=list(named)).values_list(
            "external_id", flat=True
        )
    )
    if billing_settings().is_making_customers:
        unknown = customers - _known(customers)
        _store(
            KINDS["customers"],
            [{"external_id": customer, "name": customer} for customer in sorted(unknown)],
            source,
            problems,
        )
    _store(
        SUBSCRIPTION_STATES,
        [
            {
                "external_id": subscription,
                "customer": row["customer"],
                "starts_on": row["issued_on"],
                "is_paying": False,
            }
            for subscription, row in named.items()
            if subscription not in held
        ],
        source,
        problems,
    )
