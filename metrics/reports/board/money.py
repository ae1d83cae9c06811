"""MRR: how it moved, and what existing customers came to pay more."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.formatting import format_day, format_number
from metrics.charts.choosing import chart_of
from metrics.contributions.flows import LOSSES, MRR_PARTS
from metrics.models import Kind, Movement
from metrics.periods import Grain
from metrics.reports.board.asked import Asked, chart, month
from metrics.reports.lines import MINUS, words_of
from metrics.reports.months import twelve_months
from metrics.units import Unit
from metrics.words import said

MOST = 10
EXPANSIONS = {
    "cross_sell": gettext_noop("Cross-sell"),
    "upsell": gettext_noop("Upsell"),
    "renewal": gettext_noop("Renewal"),
    "price": gettext_noop("Price"),
}


def movements(asked: Asked) -> dict[str, Any] | None:
    """The period from opening to closing MRR, and the twelve months up to its end."""
    months = twelve_months(asked.period, as_of=asked.as_of)
    found = asked.series("mrr_movements", months)
    (value,) = asked.series("mrr_movements").totals
    if value.value is None and not any(value.parts.values()):
        return None
    drawn = chart_of(found, Grain.MONTH)
    used = [
        (kind, part)
        for kind, part in MRR_PARTS.items()
        if any(one.parts.get(part) for one in [*found.totals, value])
    ]
    steps = [
        {"name": _("Opening MRR"), "amount": asked.money(value.parts["opening"], found.currency)}
    ]
    for kind, part in used:
        amount = value.parts.get(part)
        if amount:
            sign = MINUS if (kind in LOSSES) == (amount > 0) else "+"
            text = words_of(abs(amount), Unit.MONEY, found.currency)
            steps.append({"name": said(part.title()), "amount": f"{sign}{text}"})
    closing = asked.money(value.parts["closing"], found.currency)
    return {
        "steps": [*steps, {"name": _("Closing MRR"), "amount": closing}],
        "chart": chart(
            drawn["spec"],
            alt=_(
                "Stacked bars by month: MRR gained above the line and lost below it. The table"
                " below has the same numbers."
            ),
        )
        if "spec" in drawn
        else None,
        "heads": [
            _("Month"),
            _("Opening"),
            *(said(part.title()) for _kind, part in used),
            _("Closing"),
        ],
        "rows": [
            [
                month(one.period),
                _whole(one.parts.get("opening")),
                *(_whole(one.parts.get(part)) for _kind, part in used),
                _whole(one.parts.get("closing")),
            ]
            for one in found.totals
            if one.parts
        ],
        "currency": found.currency or "",
    }


def _whole(amount: Any) -> str:
    return format_number(amount or 0, 0)


def expansion(asked: Asked) -> dict[str, Any] | None:
    """What expansion was, by kind, and the largest of it."""
    found = asked.series("expansion_revenue")
    (value,) = found.totals
    if not value.value:
        return None
    largest = (
        Movement.objects.within(asked.period)
        .filter(kind=Kind.EXPANSION, amount__gt=0)
        .largest()[:MOST]
    )
    return {
        "total": asked.money(value.value, found.currency),
        "parts": [
            {
                "name": _(EXPANSIONS.get(name, name.capitalize())),
                "amount": asked.money(amount, found.currency),
            }
            for name, amount in value.parts.items()
            if amount
        ],
        "rows": [
            [
                one.customer.name or one.customer.external_id,
                format_day(one.day),
                words_of(one.amount, Unit.MONEY, one.currency),
            ]
            for one in largest
        ],
    }
