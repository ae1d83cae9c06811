"""Bring the movement ledger, the values kept and the scores up to date with the facts."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.models import User
from customers.models import Customer
from metrics.actions import health_past
from metrics.actions.health_scores import rescore
from metrics.ledger import build
from metrics.models import (
    HealthScore,
    LedgerState,
    MetricSettings,
    StoredOverview,
    StoredSplit,
    StoreState,
)
from metrics.stored import keeping
from metrics.stored.changes import SCORES, Changed, Changes, claim
from metrics.today import keeping as today
from tenants.context import current_company
from tenants.once import looking_once


@transaction.atomic
def refresh(*, keeps: bool = False) -> int:
    """Make the movements anew of every customer in the change feed, and what is kept of values
    that may have changed; how many customers there were. Of all customers, when those are many,
    or what the company says about pauses and late renewals, or our rules, are not what they were.
    `keeps`: begin to keep values, if none are.

    All or nothing: a failure leaves the old rows and the change feed as they were. Doing it
    twice is harmless. A fact stored meanwhile has its own row in the change feed and is next.
    """
    build.lock()
    changes = claim()
    company = current_company()
    is_kept = keeps or StoreState.objects.exists()
    rules = _rules()
    is_other = LedgerState.objects.exclude(**asdict(rules)).exists()
    _note(rules)
    was = keeping.before(company, changes) if is_kept and not is_other else keeping.Before()
    made: AbstractContextManager[None] = nullcontext()
    if is_other or build.are_many(changes.of_ledger):
        made = build.build_all(rules=rules)
    elif changes.of_ledger:
        build.build(changes.of_ledger, rules=rules)
    changed = {row.customer_id for row in changes.rows if row.customer_id is not None}
    with made, looking_once():
        if changed or is_other:
            _rescore(changes, changed)
        if is_kept:
            keeping.bring_up(company, changes, was)
    if is_other or _are_most(changed):
        # Figures are not to be compared with those of customers as they were before.
        StoredOverview.objects.all().delete()
    return len(changed)


@transaction.atomic
def rebuild() -> None:
    """Make the whole ledger anew from the facts, and all values that are kept. Comes out as
    `refresh()` would have left it."""
    build.lock()
    changes = claim()
    rules = _rules()
    _note(rules, rebuilt_at=timezone.now())
    with build.build_all(rules=rules), looking_once():
        _rescore(changes, None)
        if StoreState.objects.exists():
            keeping.remake(current_company(), changes)


@transaction.atomic
def keep_asked_splits() -> None:
    """Keep the segments that somebody asked for and nobody kept yet."""
    build.lock()
    keeping.add_missing(current_company())


@transaction.atomic
def stop_keeping(*, split: StoredSplit, by: User | None, actor_label: str = "") -> None:
    """Keep the segments of a split no longer: they are computed when somebody asks, and kept
    again from then on."""
    build.lock()
    keeping.forget(current_company(), split.by)
    audit.record(
        by=by, actor_label=actor_label, action="metrics.split_no_longer_kept", subject=split.by
    )


def _are_most(customers: set[int]) -> bool:
    """Whether these are more than half of all, counted no further than it takes to know."""
    twice = 2 * len(customers)
    return bool(twice) and Customer.objects.order_by()[:twice].count() < twice


def _rescore(changes: Changes, customers: set[int] | None) -> None:
    """Score these customers, or all; everybody the first time. What it changes
    follows from `changes`, since values kept are made from scores too."""
    is_first = not HealthScore.objects.exists()
    scored = rescore(None if is_first else customers)
    are_first = is_first and bool(scored.count)
    is_of_all = customers is None or are_first or build.are_many(sorted(customers))
    today.make(None if is_of_all else customers)
    health_past.note(changes.rows, is_of_all=are_first)
    if scored.is_other:
        changes.followed.append(Changed(None, SCORES, current_company().today()))


def _rules() -> build.Rules:
    held = MetricSettings.held()
    return build.Rules(pause_days=held.pause_days, late_days=held.late_days)


def _note(rules: build.Rules, **also: datetime) -> None:
    LedgerState.objects.update_or_create(
        is_only=True,
        defaults={"refreshed_at": timezone.now(), **asdict(rules), **also},
    )
