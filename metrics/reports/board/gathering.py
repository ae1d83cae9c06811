"""What a board report says, as plain values (texts and numbers), section by section."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.formatting import format_time
from metrics.models import BoardReport
from metrics.periods import Grain, Period, as_of_day, previous
from metrics.pickers import Chosen
from metrics.reports.board import future, losses, money, people, summary
from metrics.reports.board.asked import Asked
from metrics.reports.board.words import words_of_report
from metrics.reports.days import long_day
from metrics.shared import Shared
from tenants.models import Company

Json = dict[str, Any]
SECTIONS: tuple[tuple[str, Callable[[Asked], Any]], ...] = (
    ("lines", summary.lines),
    ("told", summary.sentences),
    ("movements", money.movements),
    ("cohorts", people.cohorts_of),
    ("churn", losses.churn),
    ("expansion", money.expansion),
    ("health", people.health),
    ("nps", people.nps),
    ("forecast", future.forecast),
    ("definitions", summary.definitions),
)


def gather(
    report: BoardReport,
    company: Company,
    *,
    as_of: dt.date,
    made_at: dt.datetime,
    tell: Callable[[int], None] = lambda done: None,
) -> Json:
    """Everything the document shows, as known on `as_of`; `tell` hears how many sections are done.
    An empty section holds None, and the document says why it is empty."""
    asked = _asked(report, company, as_of)
    local = made_at.astimezone(ZoneInfo(company.timezone))
    zone = company.timezone.replace("_", " ")
    found: Json = {
        "company": company.name,
        "period": report.name,
        "title": _("{company}: board report, {name}").format(
            company=company.name, name=report.name
        ),
        "before": _name(asked.chosen.before, report.grain),
        "is_partial": asked.period.is_partial,
        "last_day": long_day(asked.chosen.last_day),
        "as_of": long_day(as_of),
        "made_at": f"{long_day(local.date())}, {format_time(local.time())} ({zone})",
        "made_by": report.made_by_label,
        "minimum_n": company.minimum_n,
    }
    for number, (key, section) in enumerate(SECTIONS, start=1):
        found[key] = section(asked)
        tell(number)
    found["words"] = words_of_report(found)
    return found


def _asked(report: BoardReport, company: Company, as_of: dt.date) -> Asked:
    grain = Grain(report.grain)
    period = as_of_day(Period(report.start, report.end), as_of)
    before = previous(period, grain, week_start=company.week_start)
    chosen = Chosen("custom", period, before, period.start, period.end - dt.timedelta(days=1))
    return Asked(company=company, chosen=chosen, grain=grain, shared=Shared(company, as_of))


def _name(period: Period, grain: str) -> str:
    name = BoardReport(grain=grain, start=period.start, end=period.end).name
    return _("{name}, as many days").format(name=name) if period.days < 28 else name
