"""Who left, and why."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.formatting import format_day
from metrics.models import Departure, Movement
from metrics.reports.board.asked import Asked
from metrics.reports.lines import words_of
from metrics.units import Unit
from metrics.words import said

MOST = 25


def churn(asked: Asked) -> dict[str, Any] | None:
    """The reasons of the period, and the largest that were lost."""
    lost = Movement.objects.within(asked.period).lost()
    count = lost.count()
    if not count:
        return None
    shown = list(lost.largest()[:MOST])
    why = {
        (one.customer_id, one.day): one
        for one in Departure.objects.filter(
            customer__in=[one.customer_id for one in shown], day__in={one.day for one in shown}
        )
    }
    found = asked.series("churn_reasons", count="mrr")
    (value,) = found.totals
    return {
        "count": count,
        "more": count - len(shown),
        "reasons": [
            [_named(name), asked.money(amount, found.currency)]
            for name, amount in sorted(value.parts.items(), key=lambda one: -one[1])
            if amount
        ],
        "rows": [
            [
                one.customer.name or one.customer.external_id,
                format_day(one.day),
                words_of(abs(one.amount), Unit.MONEY, one.currency),
                _reason(why.get((one.customer_id, one.day))),
            ]
            for one in shown
        ],
    }


def _named(part: str) -> str:
    """A part of the reasons: its kind in the reader's language, the reason as it is."""
    kind, colon, reason = part.partition(": ")
    return f"{said(kind)}{colon}{reason}"


def _reason(one: Departure | None) -> str:
    if one is None:
        return _("no reason on record")
    return ", ".join(filter(None, (one.reason, said(one.kind))))
