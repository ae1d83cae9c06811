"""What MRR is expected to be."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from metrics import words
from metrics.charts.outlook import spec_of
from metrics.forecast.reading import outlook
from metrics.reports.board.asked import Asked, chart, month


def forecast(asked: Asked) -> dict[str, Any] | None:
    """Twelve months ahead of the last full month before the report was made."""
    found = outlook(asked.company, as_of=asked.as_of)
    said = found.forecast
    if said.reason:
        return {"reason": words.said(said.reason)}
    return {
        "reason": "",
        "base": month(said.base),
        "chart": chart(
            spec_of(found),
            alt=_(
                "MRR so far, the forecast of twelve months with its 95 % interval, and what would"
                " have been said a year before. The table below has the forecast's numbers."
            ),
        ),
        "rows": [
            [
                month(one.period),
                asked.money(one.value, found.currency),
                _("{low} to {high}").format(
                    low=asked.money(one.low, None), high=asked.money(one.high, None)
                ),
            ]
            for one in said.months
        ],
    }
