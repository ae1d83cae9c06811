"""When a campaign asks: checking what was chosen, and saying it in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.actions.refusals import Refused
from surveys.models import Campaign, Event, Timing

# What can be set, by name of the campaign's columns.
FIELDS = (
    "timing",
    "starts_at",
    "ends_at",
    "every_days",
    "event",
    "event_name",
    "days_before",
    "delay_hours",
    "send_from",
    "send_until",
    "is_weekdays_only",
    "spread_days",
    "reminders",
    "reminder_days",
)
MOST_DAYS = 3650
MOST_HOURS = 24 * 90
NAMED = (Event.MILESTONE_REACHED, Event.USAGE_EVENT)


class TimingError(Refused):
    """What was chosen does not go together; `field` is one of FIELDS."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message, code="timing_wrong")
        self.field = field


def checked(values: dict[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    """All of FIELDS, with what the timing does not use taken out. Raises TimingError."""
    found = {name: values[name] for name in FIELDS}
    if found["timing"] not in Timing.values:
        raise TimingError(f"Choose one of {', '.join(Timing.values)}.", field="timing")
    if found["timing"] == Timing.RECURRING:
        _within(found, "every_days", 1, MOST_DAYS, "after how many days a contact is asked again")
    else:
        found["every_days"] = None
    if found["timing"] == Timing.EVENT:
        _check_event(found)
    else:
        found.update(event="", event_name="", days_before=None, delay_hours=0)
    _within(found, "spread_days", 1, 365, "over how many days a round is spread")
    if found["timing"] == Timing.EVENT:
        found["spread_days"] = 1
    _within(found, "reminders", 0, 2, "how many reminders")
    _within(found, "reminder_days", 1, 60, "the days until a reminder")
    _check_hours(found)
    _check_end(found, now)
    return found


def _check_event(found: dict[str, Any]) -> None:
    if found["event"] not in Event.values:
        raise TimingError(f"Choose what happens: {', '.join(Event.values)}.", field="event")
    if found["event"] == Event.RENEWAL_AHEAD:
        _within(found, "days_before", 0, MOST_DAYS, "how many days before the renewal")
    else:
        found["days_before"] = None
    if found["event"] not in NAMED:
        found["event_name"] = ""
    if found["event"] == Event.USAGE_EVENT and not found["event_name"].strip():
        raise TimingError("Name the usage event, as it is sent.", field="event_name")
    found["event_name"] = found["event_name"].strip()
    _within(found, "delay_hours", 0, MOST_HOURS, "how many hours after it")


def _check_hours(found: dict[str, Any]) -> None:
    begins, ends = found["send_from"], found["send_until"]
    if (begins is None) != (ends is None):
        missing = "send_from" if begins is None else "send_until"
        raise TimingError("Give both hours, or none.", field=missing)
    if begins is not None and begins >= ends:
        raise TimingError("The hours end after they begin.", field="send_until")


def _check_end(found: dict[str, Any], now: dt.datetime) -> None:
    ends_at, starts_at = found["ends_at"], found["starts_at"]
    if ends_at is not None and ends_at <= (starts_at or now):
        raise TimingError("It ends after it starts, and in the future.", field="ends_at")


def _within(found: dict[str, Any], name: str, least: int, most: int, words: str) -> None:
    value = found[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise TimingError(f"Say {words}: {least} to {most}.", field=name)


def of_campaign(campaign: Campaign) -> dict[str, Any]:
    return {name: getattr(campaign, name) for name in FIELDS}


def in_words(campaign: Campaign) -> str:
    """`Again after 90 days, from 09:00 to 17:00 on weekdays, over 5 days`."""
    parts = [_occasion(campaign)]
    if campaign.send_from is not None and campaign.send_until is not None:
        parts.append(f"from {campaign.send_from:%H:%M} to {campaign.send_until:%H:%M}")
    if campaign.is_weekdays_only:
        parts.append("on weekdays")
    if campaign.spread_days > 1:
        parts.append(f"spread over {campaign.spread_days} days")
    if campaign.reminders:
        after = f"after {campaign.reminder_days} days without an answer"
        parts.append(f"up to {campaign.reminders} reminders, {after}")
    return ", ".join(parts)


def _occasion(campaign: Campaign) -> str:
    if campaign.timing == Timing.RECURRING:
        return f"Each contact again after {campaign.every_days} days"
    if campaign.timing != Timing.EVENT:
        return "Once"
    words = str(Event(campaign.event).label)
    if campaign.event == Event.RENEWAL_AHEAD:
        words = f"{campaign.days_before} days before a renewal"
    if campaign.event_name:
        words += f" (“{campaign.event_name}”)"
    return f"{words}, {campaign.delay_hours} hours after" if campaign.delay_hours else words
