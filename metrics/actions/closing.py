"""Closing a month, so that later changes show beside what it was; and opening it again."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from metrics.actions import ledger
from metrics.models import ClosedMonth, StoreState
from metrics.periods import Grain, advance, floor
from tenants.context import current_company

# The totals, and the segments of every split that is kept. A total that nothing was behind has no
# row there, and one without numbers here.
COPY = """
    INSERT INTO metrics_closedvalue (month_id, metric, by, segment, version, options, currency,
        value, low, high, numerator, denominator, n, parts, reason)
    SELECT %s, series.metric, series.by, coalesce(value.segment, ''), series.version,
        series.options, series.currency, value.value, value.low, value.high, value.numerator,
        value.denominator, coalesce(value.n, 0), coalesce(value.parts, '[]'), value.reason
    FROM metrics_storedseries AS series
    LEFT JOIN metrics_storedvalue AS value ON value.series_id = series.id AND value.start = %s
    WHERE (series.by = '') = (coalesce(value.segment, '') = '')
"""
SHORTEST_REASON = 3


@transaction.atomic
def close_month(
    *, start: dt.date, by: User | None, note: str = "", actor_label: str = ""
) -> ClosedMonth:
    """Keep all values of the month that begins on `start` as they are now, with every fact stored
    so far. Raises ValidationError by field where it cannot be closed.
    """
    today = current_company().today()
    if start != floor(start, Grain.MONTH):
        words = _("A month begins on its first day; got {start}.")
        raise ValidationError({"start": words.format(start=start)})
    if advance(start, Grain.MONTH) > today:
        raise ValidationError({"start": _("Only a month that is over can be closed.")})
    ledger.refresh(keeps=True)  # takes the ledger's lock, which is held until the end
    state = StoreState.objects.get()
    if start < state.first:
        words = _("There are no values from before {month}.")
        raise ValidationError({"start": words.format(month=f"{state.first:%Y-%m}")})
    actor = audit.record(
        by=by, actor_label=actor_label, action="month.closed", subject=f"{start:%Y-%m}"
    )
    try:
        with transaction.atomic():
            month = ClosedMonth.objects.create(
                start=start,
                closed_at=timezone.now(),
                closed_by=by,
                closed_by_label=actor.actor_label,
                note=note.strip(),
            )
    except IntegrityError:
        words = _("{month} is closed already.")
        raise ValidationError({"start": words.format(month=f"{start:%Y-%m}")}) from None
    with connection.cursor() as cursor:
        cursor.execute(COPY, [month.pk, start])
    return month


@transaction.atomic
def reopen_month(
    *, month: ClosedMonth, because: str, by: User | None, actor_label: str = ""
) -> ClosedMonth:
    """From now on the month shows one number again; that it was closed, and with which values,
    stays on record. Raises ValidationError without a reason, or when it is open.
    """
    reason = because.strip()
    if len(reason) < SHORTEST_REASON:
        raise ValidationError({"reason": _("Say why it is reopened.")})
    found = ClosedMonth.objects.select_for_update().get(pk=month.pk)
    if found.reopened_at is not None:
        raise ValidationError({"reason": _("{month} is open already.").format(month=found)})
    actor = audit.record(
        by=by,
        actor_label=actor_label,
        action="month.reopened",
        subject=f"{found}",
        detail={"reason": reason},
    )
    found.reopened_at = timezone.now()
    found.reopened_by = by
    found.reopened_by_label = actor.actor_label
    found.reopened_because = reason
    found.save()
    return found


def closable_months() -> list[dt.date]:
    """The first days of the months that can be closed and are not, latest first."""
    state = StoreState.objects.first()
    month = advance(floor(current_company().today(), Grain.MONTH), Grain.MONTH, -1)
    first = state.first if state else advance(month, Grain.MONTH, -11)
    closed = set(ClosedMonth.objects.filter(reopened_at=None).values_list("start", flat=True))
    found: list[dt.date] = []
    while month >= first:
        if month not in closed:
            found.append(month)
        month = advance(month, Grain.MONTH, -1)
    return found
