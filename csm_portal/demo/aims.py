"""What the demo companies aim at, and what they noted on their charts."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_FLOOR, Decimal

from accounts.models import User
from metrics.actions.annotations import save_annotation
from metrics.actions.goals import save_goal
from metrics.models import Annotation, Goal
from metrics.periods import Grain, advance, floor, latest
from metrics.registry import metric
from metrics.values import series
from tenants.context import current_company

ROUND = Decimal(1000)
GROWTH = Decimal("1.12")
GOALS = (("net_revenue_retention", Decimal("1.01")), ("csat", Decimal("0.85")))
# Of the month before this one: so many customers that it came true.
MET = "customers"
TEN = Decimal(10)
NOTES = ((5, "", "Prices raised for new customers"), (2, "", "New onboarding for everybody"))
"""How many months ago, on which metric, what."""


def set_aims(*, as_of: dt.date, by: User) -> None:
    """Goals by eight months from now, and annotations; unless there are some."""
    this = floor(as_of, Grain.MONTH)
    due_on = advance(this, Grain.MONTH, 8) - dt.timedelta(days=1)
    begins_on = advance(this, Grain.MONTH, -3)
    if not Goal.objects.exists():
        (month,) = latest(Grain.MONTH, 1, as_of=as_of)
        found = series(metric("mrr"), [month], company=current_company(), as_of=as_of).totals[0]
        mrr = Decimal(found.value or 0)
        wanted = (("mrr", (mrr * GROWTH / ROUND).to_integral_value() * ROUND), *GOALS)
        for key, target in wanted:
            said = {"metric": key, "target": target, "begins_on": begins_on, "due_on": due_on}
            save_goal(values=said, by=by)
        _save_the_met(this, by=by)
    if not Annotation.objects.exists():
        for months, key, text in NOTES:
            day = advance(this, Grain.MONTH, -months) + dt.timedelta(days=9)
            save_annotation(values={"metric": key, "day": day, "text": text}, by=by)


def _save_the_met(this: dt.date, *, by: User) -> None:
    """A goal of half a year that ended with the last month, and was reached."""
    last = this - dt.timedelta(days=1)
    (month,) = latest(Grain.MONTH, 1, as_of=last)
    found = series(metric(MET), [month], company=current_company(), as_of=last).totals[0]
    target = (Decimal(found.value or 0) / TEN).to_integral_value(ROUND_FLOOR) * TEN
    begins_on = advance(this, Grain.MONTH, -6)
    save_goal(
        values={"metric": MET, "target": target, "begins_on": begins_on, "due_on": last}, by=by
    )
