"""Numbers that the company sends itself, by API: each counts from when it came until the next."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from psycopg.sql import SQL, Composed, Literal

from metrics.definition import Direction
from metrics.health.curves import Curve
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Group, Reader, Signal
from metrics.models import CustomSignal

PREFIX = "custom:"

# The latest of each as of the day, of those that came by then; what was measured earlier and came
# later is history.
SELECT = SQL("""
    SELECT asked.customer_id, asked.day, {columns}
    FROM asked
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (sent.signal_id) sent.signal_id, sent.value, sent.measured_at
        FROM metrics_customsignalvalue AS sent
        WHERE sent.customer_id = asked.customer_id AND sent.signal_id = ANY({ids})
            AND sent.measured_at < asked.until AND sent.recorded_at < asked.until
        ORDER BY sent.signal_id, sent.measured_at DESC, sent.id DESC
    ) AS latest
    GROUP BY asked.customer_id, asked.day
""")
COLUMN = SQL("""
    max(value) FILTER (WHERE signal_id = {id}),
    (max(measured_at) FILTER (WHERE signal_id = {id}) AT TIME ZONE %(timezone)s)::date
""")


def signals() -> list[Signal]:
    """The company's own. Costs a query."""
    return [_signal(one) for one in CustomSignal.objects.order_by("name")]


def _signal(row: CustomSignal) -> Signal:
    measures, points = zip(*row.curve, strict=True)
    return Signal(
        key=f"{PREFIX}{row.key}",
        name=row.name,
        group=Group.CUSTOM,
        unit=row.unit,
        direction=Direction(row.direction),
        curve=Curve(tuple(measures), tuple(points)),
        help=row.description or _("A number that the company sends."),
        missing=_("none was sent yet"),
    )


def reader(chosen: Sequence[Signal]) -> Reader:
    """Of these of the company's own. Costs a query."""
    ids = dict(CustomSignal.objects.values_list("key", "id"))
    numbers = [ids[signal.key.removeprefix(PREFIX)] for signal in chosen]

    def query(then: Then) -> tuple[SQL, Composed]:
        columns = SQL(", ").join(COLUMN.format(id=Literal(number)) for number in numbers)
        return SQL(""), SELECT.format(columns=columns, ids=Literal(numbers))

    return Reader(key="custom", signals=tuple(chosen), query=query)
