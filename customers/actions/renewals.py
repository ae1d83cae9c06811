"""What users say of a renewal on a page: that it will come, that it won't, or neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from customers.actions.customers import source_of_user
from customers.actions.facts import FieldProblem, store_rows
from customers.imports.kinds import KINDS
from customers.models import Customer, Renewal, Subscription


class Decision(StrEnum):
    AGREED = "agreed"
    CANCELLED = "cancelled"
    OPEN = "open"


@transaction.atomic
def decide(
    *,
    customer: Customer,
    renews_on: dt.date,
    subscriptions: Sequence[Subscription],
    decision: Decision,
    by: User,
    today: dt.date,
    reason: str = "",
    kind: str = "",
) -> list[FieldProblem]:
    """Put on record what becomes of the contracts that come due on a day: renewals on record are
    changed, for the others one is made. `OPEN` takes back what was said. Returns what is wrong,
    and then nothing has changed. Raises KindBusyError."""
    said = _said(decision, today, reason, kind)
    rows = [
        {"customer": customer.external_id, "renews_on": renews_on, **row, **said}
        for row in _named(customer, renews_on, subscriptions)
    ]
    results = store_rows(
        kind=KINDS["renewals"], rows=rows, source=source_of_user(by), is_all_or_nothing=True
    )
    problems = [problem for result in results for problem in result.problems]
    if not problems:
        detail = {"renews_on": str(renews_on), "decision": decision.value, "reason": reason}
        audit.record(by=by, action="renewal.decided", subject=customer, detail=detail)
    return problems


def _said(decision: Decision, today: dt.date, reason: str, kind: str) -> dict[str, Any]:
    is_cancelled = decision is Decision.CANCELLED
    return {
        "agreed_on": today if decision is Decision.AGREED else None,
        "cancelled_on": today if is_cancelled else None,
        "churn_reason": reason or None if is_cancelled else None,
        "churn_kind": kind or None if is_cancelled else None,
    }


def _named(
    customer: Customer, renews_on: dt.date, subscriptions: Sequence[Subscription]
) -> list[dict[str, Any]]:
    """What names each renewal: those on record of that day by their id, others by contract."""
    held = list(
        Renewal.objects.current()
        .filter(customer=customer, renews_on=renews_on)
        .select_related("subscription")
    )
    rows: list[dict[str, Any]] = [{"external_id": row.external_id} for row in held]
    if any(row.subscription_id is None for row in held):
        return rows
    known = {row.subscription_id for row in held}
    return rows + [
        {"subscription": one.external_id} for one in subscriptions if one.pk not in known
    ]
