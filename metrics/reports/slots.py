"""When a digest is due, and what days it is about. Pure: the clock is given.

A slot is the instant at which the chosen hour of the chosen day begins in the chosen time zone. An
hour that the clock leaves out that day is the one after; one that it has twice is the first.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from metrics.models import DigestChoice, DigestKind
from metrics.periods import DAY, Grain, latest
from metrics.pickers import Chosen

LATE = dt.timedelta(hours=12)
"""A digest is sent within so long after its slot, or not at all."""
APART = dt.timedelta(hours=24)
"""Two digests of a kind are at least so far apart: who moves the hour gets no second one."""


def latest_slot(choice: DigestChoice, *, now: dt.datetime, zone: str) -> dt.datetime:
    """The last slot up to `now`; `zone`: the company's, for who has chosen none."""
    own = ZoneInfo(choice.timezone or zone)
    day = now.astimezone(own).date()
    while True:
        if _is_the_day(choice, day):
            slot = dt.datetime(day.year, day.month, day.day, choice.hour, tzinfo=own)
            if slot.astimezone(dt.UTC) <= now:
                return slot.astimezone(dt.UTC)
        day -= DAY


def _is_the_day(choice: DigestChoice, day: dt.date) -> bool:
    if choice.kind == DigestKind.WEEKLY:
        return day.weekday() == choice.day
    return day.day == choice.day


def is_due(choice: DigestChoice, slot: dt.datetime, *, now: dt.datetime) -> bool:
    """Whether a slot is one to send for: not long past, and not of before it was wanted."""
    return choice.is_on and choice.on_since <= slot and now - slot <= LATE


def chosen_of(kind: str, *, as_of: dt.date, week_start: int) -> Chosen:
    """The last full week or month before the day, and the one before that."""
    grain = Grain.WEEK if kind == DigestKind.WEEKLY else Grain.MONTH
    before, period, _ = latest(grain, 3, as_of=as_of, week_start=week_start)
    name = "last_week" if grain is Grain.WEEK else "last_month"
    return Chosen(name, period, before, period.start, period.end - DAY)
