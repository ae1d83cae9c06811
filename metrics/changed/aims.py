"""Goals that were reached or missed in the period, and those that slip."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from accounts.formatting import format_metric, format_period
from metrics.changed.sentence import Sentence, rows_of
from metrics.models import Goal
from metrics.periods import Grain, Period, floor
from metrics.progress import Progress, Verdict, progress_of
from metrics.series import Value
from metrics.shared import Shared

LONGEST = dt.timedelta(days=366)
"""How long after the day of a goal its period may end."""


def about_goals(period: Period, *, shared: Shared) -> list[Sentence]:
    """Of goals decided in the period; and, where it is the present or the last full month, of open
    ones that were met already or that the trend misses."""
    goals = Goal.objects.filter(due_on__gte=period.start - LONGEST)
    is_present = period.end >= floor(shared.as_of, Grain.MONTH)
    listed = progress_of(goals, company=shared.company, as_of=shared.as_of, shared=shared)
    told = [_told(one, period, is_present=is_present) for one in listed]
    return [sentence for sentence in told if sentence is not None]


def _told(one: Progress, period: Period, *, is_present: bool) -> Sentence | None:
    if one.metric is None:
        return None
    if one.verdict in (Verdict.REACHED, Verdict.MISSED):
        begins_with_end = period.is_partial and one.due.end == period.start
        if one.decided is None or not (begins_with_end or period.start < one.due.end <= period.end):
            return None
        is_good = one.verdict is Verdict.REACHED
        words = (
            _("Goal reached: {aim}; it was {value}.")
            if is_good
            else _("Goal missed: {aim}; it was {value}.")
        )
        text = words.format(aim=_aim(one), value=_figure(one, one.decided))
        href = _rows(one, one.decided)
        return Sentence(text, href, 75 if is_good else 85, "goal", "good" if is_good else "bad")
    if not is_present or one.current is None:
        return None
    now = {
        "aim": _aim(one),
        "value": _figure(one, one.current),
        "period": _label(one.current.period),
    }
    href = _rows(one, one.current)
    if one.verdict is Verdict.OFF_COURSE:
        text = _("Goal slipping: {aim}; it was {value} in {period}. {words}")
        return Sentence(text.format(**now, words=one.words), href, 76, "goal", "bad")
    if one.done == 1.0:
        text = _("Goal met early: {aim}; it was {value} in {period}.")
        return Sentence(text.format(**now), href, 55, "goal", "good")
    return None


def _aim(one: Progress) -> str:
    """ "MRR in north at least $600.00 in Jun 2026"."""
    name = one.metric.name if one.metric else one.goal.metric
    target = format_metric(one.goal.target, one.unit.value, one.currency or "")
    words = (
        _("{name} in {segment} {sense} {target} in {period}")
        if one.goal.segment
        else _("{name} {sense} {target} in {period}")
    )
    return words.format(
        name=name,
        segment=one.goal.segment,
        sense=one.goal.get_sense_display(),
        target=target,
        period=_label(one.due),
    )


def _label(period: Period) -> str:
    return format_period(period.start, period.end)


def _figure(one: Progress, value: Value) -> str:
    return format_metric(value.value, one.unit.value, one.currency or "") or _("without a value")


def _rows(one: Progress, value: Value) -> str:
    more = {"by": one.goal.by, "segment": one.goal.segment} if one.goal.segment else {}
    return rows_of(one.goal.metric, value.period, **more)
