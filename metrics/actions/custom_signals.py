"""Numbers of the company's own that health models can weigh: making signals, storing values."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.actions import audit
from accounts.models import User
from customers.actions.feed import note_changes
from customers.imports.references import KNOWN_CUSTOMERS
from metrics.definition import Direction
from metrics.health.curves import CurveError, checked
from metrics.models import CustomSignal, CustomSignalValue
from metrics.stored.changes import SIGNALS
from tenants.context import current_company

FIELDS = ("key", "name", "unit", "direction", "curve", "description")
MOST = 100
MOST_ROWS = 5_000
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
AHEAD = dt.timedelta(minutes=5)
"""Clocks differ."""
USUAL = {
    Direction.HIGHER: [[0.0, 0.0], [100.0, 100.0]],
    Direction.LOWER: [[0.0, 100.0], [100.0, 0.0]],
}
"""The curve where none is said: the number itself, as if from 0 to 100."""


@transaction.atomic
def make_signal(
    *, values: Mapping[str, Any], by: User | None, actor_label: str = ""
) -> CustomSignal:
    """A signal that models can weigh from now on. Raises ValidationError by field."""
    found = CustomSignal(
        **{name: values[name] for name in FIELDS if name != "curve" and name in values}
    )
    try:
        direction = Direction(found.direction)
        drawn = values.get("curve")
        curve = checked(USUAL[direction] if drawn is None else drawn, direction)
    except CurveError as error:
        raise ValidationError({"curve": str(error)}) from None
    except (ValueError, KeyError):
        raise ValidationError({"direction": "direction is higher or lower."}) from None
    found.curve = curve.pairs()
    found.full_clean(exclude=["curve"])
    if CustomSignal.objects.count() >= MOST:
        raise ValidationError({"key": f"There are {MOST} signals already, which is the most."})
    found.save()
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health.signal_made",
        subject=found,
        detail={"key": found.key, "direction": found.direction, "curve": found.curve},
    )
    return found


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a row: created, unchanged (the very same was sent before) or error."""

    outcome: str
    external_id: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    external_id: str
    value: float
    measured_at: dt.datetime


def store_values(
    *, signal: CustomSignal, rows: Sequence[object], is_all_or_nothing: bool
) -> list[Stored]:
    """Store values of customers, each as of `measured_at` (now where it is not said), in their
    order. The latest measured of a customer counts; its score follows within a minute."""
    now = timezone.now()
    read = [_read(row, now) for row in rows]
    ids = _customers([row.external_id for row in read if isinstance(row, _Row)])
    results: list[Stored] = []
    wanted: list[tuple[int, _Row]] = []
    for row in read:
        if isinstance(row, Stored):
            results.append(row)
        elif row.external_id not in ids:
            problem = Problem("customer", "unknown_customer", "There is no customer with this id.")
            results.append(Stored("error", row.external_id, (problem,)))
        else:
            wanted.append((len(results), row))
            results.append(Stored("created", row.external_id))
    if is_all_or_nothing and any(result.outcome == "error" for result in results):
        return results
    _store(signal, wanted, ids, results, now)
    return results


@transaction.atomic
def _store(
    signal: CustomSignal,
    wanted: Sequence[tuple[int, _Row]],
    ids: Mapping[str, int],
    results: list[Stored],
    now: dt.datetime,
) -> None:
    """Writes what is not held yet, and marks in `results` what is."""
    known = set(
        CustomSignalValue.objects.filter(
            signal=signal,
            customer_id__in=ids.values(),
            measured_at__in={row.measured_at for _, row in wanted},
        ).values_list("customer_id", "measured_at", "value")
    )
    new: list[CustomSignalValue] = []
    for place, row in wanted:
        same = (ids[row.external_id], row.measured_at, row.value)
        if same in known:
            results[place] = Stored("unchanged", row.external_id)
            continue
        known.add(same)
        new.append(
            CustomSignalValue(
                signal=signal,
                customer_id=same[0],
                value=row.value,
                measured_at=row.measured_at,
                recorded_at=now,
            )
        )
    if not new:
        return
    CustomSignalValue.objects.bulk_create(new, batch_size=2000)
    # What was measured earlier and comes now was not known earlier: today's scores alone change.
    customers = sorted({one.customer_id for one in new})
    note_changes(SIGNALS, from_day=current_company().today(), customer_ids=customers)


def _read(row: object, now: dt.datetime) -> _Row | Stored:
    if not isinstance(row, Mapping):
        return Stored("error", "", (Problem("", "invalid", "A row is an object of fields."),))
    customer = row.get("customer")
    external_id = customer if isinstance(customer, str) else ""
    problems = [
        Problem(str(name)[:100], "unknown_field", "There are customer, value and measured_at.")
        for name in sorted(set(row) - {"customer", "value", "measured_at"}, key=str)[:20]
    ]
    if not external_id or len(external_id) > 200 or "\0" in external_id:
        problems.append(Problem("customer", "required", "Give your id of the customer, a text."))
    value = row.get("value")
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > 1e15:  # type: ignore[arg-type]
        problems.append(Problem("value", "invalid", "The value is a number."))
    measured_at = _instant(row.get("measured_at"), now, problems)
    if problems:
        return Stored("error", external_id[:200], tuple(problems))
    return _Row(external_id, float(value), measured_at)  # type: ignore[arg-type]


def _instant(text: object, now: dt.datetime, problems: list[Problem]) -> dt.datetime:
    if text is None:
        return now
    try:
        found = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        problems.append(
            Problem(
                "measured_at",
                "invalid",
                "An instant with its offset, as in 2026-05-01T09:30:00Z.",
            )
        )
        return now
    if not EARLIEST <= found <= now + AHEAD:
        problems.append(Problem("measured_at", "invalid", f"From {EARLIEST:%Y-%m-%d} until now."))
    return found


def _customers(external_ids: Sequence[str]) -> dict[str, int]:
    """The customers whose ids these are, or were before they were merged into another."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT external_id, id FROM {KNOWN_CUSTOMERS} AS known"  # noqa: S608
            " WHERE external_id = ANY(%s)",
            [list(set(external_ids))],
        )
        return dict(cursor.fetchall())
