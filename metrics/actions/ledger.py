"""Bring the movement ledger, and the values kept, up to date with the facts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.models import User
from metrics.ledger import build
from metrics.models import LedgerState, MetricSettings, StoredSplit, StoreState
from metrics.stored.changes import claim
from metrics.stored.keeping import Store
from tenants.context import current_company


@transaction.atomic
def refresh(*, keeps: bool = False) -> int:
    """Make the movements anew of every customer in the change feed, and what is kept of values
    that may have changed; how many customers there were. Of all customers, when those are many,
    or what the company says about pauses and late renewals is not what it was. `keeps`: begin to
    keep values, if none are.

    All or nothing: a failure leaves the old rows and the change feed as they were. Doing it
    twice is harmless. A fact stored meanwhile has its own row in the change feed and is next.
    """
    build.lock()
    changes = claim()
    store = _store() if keeps or StoreState.objects.exists() else None
    rules = _rules()
    is_other = LedgerState.objects.exclude(**asdict(rules)).exists()
    _note(rules)
    if store is not None and changes.of_ledger and not is_other:
        store.note_before(changes)
    if is_other or build.are_many(changes.of_ledger):
        with build.build_all(rules=rules):
            if store is not None:
                store.update(changes)
    else:
        if changes.of_ledger:
            build.build(changes.of_ledger, rules=rules)
        if store is not None:
            store.update(changes)
    return len({row.customer_id for row in changes.rows if row.customer_id is not None})


@transaction.atomic
def rebuild() -> None:
    """Make the whole ledger anew from the facts, and all values that are kept. Comes out as
    `refresh()` would have left it."""
    build.lock()
    changes = claim()
    rules = _rules()
    _note(rules, rebuilt_at=timezone.now())
    with build.build_all(rules=rules):
        if StoreState.objects.exists():
            _store().remake(changes)


@transaction.atomic
def keep_asked_splits() -> None:
    """Keep the segments that somebody asked for and nobody kept yet."""
    build.lock()
    store = _store()
    if store.is_current:
        store.add_missing()


@transaction.atomic
def stop_keeping(*, split: StoredSplit, by: User | None, actor_label: str = "") -> None:
    """Keep the segments of a split no longer: they are computed when somebody asks, and kept
    again from then on."""
    build.lock()
    _store().forget(split.by)
    audit.record(
        by=by, actor_label=actor_label, action="metrics.split_no_longer_kept", subject=split.by
    )


def _store() -> Store:
    return Store.open(current_company())


def _rules() -> build.Rules:
    held = MetricSettings.held()
    return build.Rules(pause_days=held.pause_days, late_days=held.late_days)


def _note(rules: build.Rules, **also: datetime) -> None:
    LedgerState.objects.update_or_create(
        is_only=True,
        defaults={"refreshed_at": timezone.now(), **asdict(rules), **also},
    )
