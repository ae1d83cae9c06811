"""What a section of the report is made of."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from accounts.formatting import format_month, format_number
from metrics.charts.specs import Spec
from metrics.downloads.pictures import SVG, picture
from metrics.estimates import Number
from metrics.periods import Grain, Period
from metrics.pickers import Chosen
from metrics.registry import metric
from metrics.reports.lines import words_of
from metrics.series import Series
from metrics.shared import Shared
from metrics.units import Unit
from metrics.values import series
from tenants.models import Company

SIZE = (640, 260)
FONT = re.compile(r'font-family="[^"]*"')


@dataclass(frozen=True)
class Asked:
    """The report's period with the one before it, and what its series share."""

    company: Company
    chosen: Chosen
    grain: Grain
    shared: Shared

    @property
    def period(self) -> Period:
        return self.chosen.period

    @property
    def as_of(self) -> dt.date:
        return self.shared.as_of

    def series(self, key: str, periods: list[Period] | None = None, **options: str) -> Series:
        """A metric in the report's period, or in others, with the company's options or these."""
        return series(
            metric(key),
            periods or [self.period],
            company=self.company,
            as_of=self.as_of,
            options=options or None,
            shared=self.shared,
        )

    def money(self, amount: Number | None, currency: str | None) -> str:
        return words_of(amount, Unit.MONEY, currency)


def chart(spec: Spec, *, alt: str) -> dict[str, Any]:
    """A picture that scales, with its words; its letters are the document's."""
    drawn = picture(spec, SVG, title="", subtitle="", size=SIZE).decode()
    return {"svg": FONT.sub('font-family="Noto Sans"', drawn), "alt": alt}


def month(period: Period) -> str:
    return format_month(period.start)


def share(value: float | None, places: int = 0) -> str:
    return "" if value is None else f"{format_number(100 * value, places)} %"
