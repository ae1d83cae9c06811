"""The hours in which a campaign may write, by the clock where the contact is. Pure.

A moment is within them when the contact's clock shows a time from `send_from` up to, not
including, `send_until`, and a weekday where only these will do. Changes of the clock are no
exception: an hour that is skipped has no moments, one that comes twice counts both times.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from surveys.models import Campaign

DAY = dt.timedelta(days=1)
_SATURDAY = 5
# From Friday night a weekday is three days off; a change of the clock may swallow one window.
_DAYS_TO_LOOK = 12
_NEAR_MIDNIGHT = dt.timedelta(hours=3)


@dataclass(frozen=True)
class Hours:
    """Both times or none."""

    send_from: dt.time | None = None
    send_until: dt.time | None = None
    is_weekdays_only: bool = False

    @classmethod
    def of(cls, campaign: Campaign) -> Hours:
        return cls(campaign.send_from, campaign.send_until, campaign.is_weekdays_only)

    @property
    def is_any(self) -> bool:
        """Whether every moment will do."""
        return self.send_from is None and not self.is_weekdays_only

    def allow(self, shown: dt.datetime) -> bool:
        """Whether a local clock showing this is within them."""
        if self.is_weekdays_only and shown.weekday() >= _SATURDAY:
            return False
        if self.send_from is None or self.send_until is None:
            return True
        return self.send_from <= shown.time().replace(fold=0) < self.send_until


@dataclass(frozen=True)
class Window:
    """Moments that follow one another and are all allowed: `until` is the first that is not."""

    begins_at: dt.datetime
    until: dt.datetime


def zone_named(name: str, company_zone: str) -> ZoneInfo:
    """The contact's zone, or the company's where the contact has none (or one nobody knows)."""
    for one in (name, company_zone):
        if one:
            try:
                return ZoneInfo(one)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return ZoneInfo("UTC")


def is_within(hours: Hours, moment: dt.datetime, zone: ZoneInfo) -> bool:
    return hours.is_any or hours.allow(moment.astimezone(zone))


def first_moment(hours: Hours, not_before: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first moment not before `not_before` that is within the hours, in UTC.

    Raises ValueError when there is none within days: a window that the clock always skips.
    """
    asked = not_before.astimezone(dt.UTC)
    if is_within(hours, asked, zone):
        return asked
    first = asked.astimezone(zone).date() - DAY
    for number in range(_DAYS_TO_LOOK):
        found = [
            moment
            for moment in _openings(hours.send_from or dt.time(), first + number * DAY, zone)
            if moment >= asked and hours.allow(moment.astimezone(zone))
        ]
        if found:
            return min(found)
    raise ValueError(f"No moment of {hours} comes in {zone}")


def windows(hours: Hours, not_before: dt.datetime, zone: ZoneInfo, days: int) -> Sequence[Window]:
    """What a round is spread over: the allowed moments from `not_before` on, of so many days on
    which there are any; the first day may have begun. In order, UTC."""
    begins_at = not_before.astimezone(dt.UTC)
    if hours.is_any:
        return [Window(begins_at, begins_at + days * DAY)]
    found: list[Window] = []
    dates: set[dt.date] = set()
    moment = begins_at
    while True:
        moment = first_moment(hours, moment, zone)
        dates.add(moment.astimezone(zone).date())
        if len(dates) > days:
            return found
        until = _closing(hours, moment, zone)
        found.append(Window(moment, until))
        moment = until


def at_share(found: Sequence[Window], share: float) -> dt.datetime:
    """The moment at which `share` (0 to below 1) of the windows' time is over."""
    left = sum(((one.until - one.begins_at) for one in found), dt.timedelta()) * share
    for one in found:
        length = one.until - one.begins_at
        if left < length:
            return one.begins_at + left
        left -= length
    return found[-1].begins_at


def _openings(at: dt.time, day: dt.date, zone: ZoneInfo) -> list[dt.datetime]:
    """The moments of a day at which moments may begin to be allowed: when the clock shows `at`
    (twice where it is turned back), and when it changes."""
    shown = dt.datetime.combine(day, at)
    found = [shown.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)]
    changed = _change(day, zone)
    return found if changed is None else [*found, changed]


def _closing(hours: Hours, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first moment after an allowed one that may not be allowed: it ends a day's hours, the
    day, or lies at a change of the clock."""
    day = moment.astimezone(zone).date()
    at = hours.send_until
    found = _openings(at, day, zone) if at is not None else []
    found += _openings(dt.time(), day + DAY, zone)
    found += [one for one in [_change(day, zone)] if one is not None]
    return min(one for one in found if one > moment)


@lru_cache(maxsize=4096)
def _change(day: dt.date, zone: ZoneInfo) -> dt.datetime | None:
    """The moment of the day (or about its midnights) at which the zone's clock is changed."""
    low = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) - _NEAR_MIDNIGHT
    high = dt.datetime.combine(day + DAY, dt.time(), zone).astimezone(dt.UTC) + _NEAR_MIDNIGHT
    before = low.astimezone(zone).utcoffset()
    if before == high.astimezone(zone).utcoffset():
        return None
    while high - low > dt.timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
