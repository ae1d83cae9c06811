"""The chart of a forecast: what led to it, what it says, and what was said a year before."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from metrics.forecast.reading import Outlook
from metrics.periods import Grain

SHOWN = 24
LEGEND = [
    {"label": gettext_noop("MRR"), "series": "1"},
    {"label": gettext_noop("Forecast, with its 95 % interval"), "series": "3"},
    {"label": gettext_noop("What would have been said a year before"), "series": "2"},
]


def spec_of(found: Outlook) -> dict[str, Any]:
    """The last two years and the months ahead; the band begins at the last close known."""
    from metrics.charts import specs  # Altair takes a second to import

    said = {one.ahead.period.start: float(one.ahead.value) for one in found.score.months}
    rows: list[dict[str, Any]] = [
        {
            "period": specs.label_of(one.period, Grain.MONTH),
            "actual": float(one.mrr),
            "said": said.get(one.period.start),
        }
        for one in found.past[-SHOWN:]
    ]
    if rows and found.forecast.months:
        rows[-1] |= dict.fromkeys(("ahead", "low", "high"), rows[-1]["actual"])
    rows += [
        {
            "period": specs.label_of(one.period, Grain.MONTH),
            "ahead": float(one.value),
            "low": float(one.low),
            "high": float(one.high),
        }
        for one in found.forecast.months
    ]
    return specs.outlook(rows)
