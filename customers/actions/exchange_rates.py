"""What users say on a page of what a currency is worth."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from customers.actions.customers import source_of_user
from customers.actions.facts import FieldProblem, store_rows
from customers.imports.kinds import KINDS


@transaction.atomic
def set_rate(
    *, currency: str, base: str, day: dt.date, rate: Decimal, by: User
) -> list[FieldProblem]:
    """From `day` on 1 `currency` is worth `rate` of `base`; the rate of that day is corrected.
    Returns what is wrong, and then nothing has changed. Raises KindBusyError."""
    row = {"currency": currency, "base": base, "day": day, "rate": rate}
    [result] = store_rows(
        kind=KINDS["exchange_rates"], rows=[row], source=source_of_user(by), is_all_or_nothing=True
    )
    if result.outcome in ("created", "updated"):
        detail = {"currency": currency, "base": base, "day": str(day), "rate": f"{rate:f}"}
        audit.record(by=by, action="exchange_rate.set", detail=detail)
    return result.problems
