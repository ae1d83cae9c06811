"""When a campaign asks: checking what was chosen, and saying it in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions.refusals import Refused
from accounts.formatting import format_time
from surveys.models import Campaign, Event, Timing
from surveys.saying import quoted

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
        raise TimingError(
            _("Choose one of {known}.").format(known=", ".join(Timing.values)), field="timing"
        )
    if found["timing"] == Timing.RECURRING:
        _within(
            found,
            "every_days",
            1,
            MOST_DAYS,
            _("Say after how many days a contact is asked again: {least} to {most}."),
        )
    else:
        found["every_days"] = None
    if found["timing"] == Timing.EVENT:
        _check_event(found)
    else:
        found.update(event="", event_name="", days_before=None, delay_hours=0)
    _within(
        found,
        "spread_days",
        1,
        365,
        _("Say over how many days a round is spread: {least} to {most}."),
    )
    if found["timing"] == Timing.EVENT:
        found["spread_days"] = 1
    _within(found, "reminders", 0, 2, _("Say how many reminders: {least} to {most}."))
    _within(found, "reminder_days", 1, 60, _("Say the days until a reminder: {least} to {most}."))
    _check_hours(found)
    _check_end(found, now)
    return found


def _check_event(found: dict[str, Any]) -> None:
    if found["event"] not in Event.values:
        words = _("Choose what happens: {known}.").format(known=", ".join(Event.values))
        raise TimingError(words, field="event")
    if found["event"] == Event.RENEWAL_AHEAD:
        _within(
            found,
            "days_before",
            0,
            MOST_DAYS,
            _("Say how many days before the renewal: {least} to {most}."),
        )
    else:
        found["days_before"] = None
    if found["event"] not in NAMED:
        found["event_name"] = ""
    if found["event"] == Event.USAGE_EVENT and not found["event_name"].strip():
        raise TimingError(_("Name the usage event, as it is sent."), field="event_name")
    found["event_name"] = found["event_name"].strip()
    _within(
        found, "delay_hours", 0, MOST_HOURS, _("Say how many hours after it: {least} to {most}.")
    )


def _check_hours(found: dict[str, Any]) -> None:
    begins, ends = found["send_from"], found["send_until"]
    if (begins is None) != (ends is None):
        missing = "send_from" if begins is None else "send_until"
        raise TimingError(_("Give both hours, or none."), field=missing)
    if begins is not None and begins >= ends:
        raise TimingError(_("The hours end after they begin."), field="send_until")


def _check_end(found: dict[str, Any], now: dt.datetime) -> None:
    ends_at, starts_at = found["ends_at"], found["starts_at"]
    if ends_at is not None and ends_at <= (starts_at or now):
        raise TimingError(_("It ends after it starts, and in the future."), field="ends_at")


def _within(found: dict[str, Any], name: str, least: int, most: int, words: str) -> None:
    value = found[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise TimingError(words.format(least=least, most=most), field=name)


def of_campaign(campaign: Campaign) -> dict[str, Any]:
    return {name: getattr(campaign, name) for name in FIELDS}


def in_words(campaign: Campaign) -> str:
    """`Again after 90 days, from 09:00 to 17:00 on weekdays, over 5 days`."""
    parts = [_occasion(campaign)]
    if campaign.send_from is not None and campaign.send_until is not None:
        words = _("from {begin} to {end}")
        begin, end = format_time(campaign.send_from), format_time(campaign.send_until)
        parts.append(words.format(begin=begin, end=end))
    if campaign.is_weekdays_only:
        parts.append(_("on weekdays"))
    if campaign.spread_days > 1:
        days = campaign.spread_days
        words = ngettext("spread over {days} day", "spread over {days} days", days)
        parts.append(words.format(days=days))
    if campaign.reminders:
        days, count = campaign.reminder_days, campaign.reminders
        after = ngettext(
            "after {days} day without an answer", "after {days} days without an answer", days
        )
        words = ngettext(
            "up to {count} reminder, {after}", "up to {count} reminders, {after}", count
        )
        parts.append(words.format(count=count, after=after.format(days=days)))
    return ", ".join(parts)


def _occasion(campaign: Campaign) -> str:
    if campaign.timing == Timing.RECURRING:
        days = campaign.every_days or 0
        words = ngettext(
            "Each contact again after {days} day", "Each contact again after {days} days", days
        )
        return words.format(days=days)
    if campaign.timing != Timing.EVENT:
        return str(Timing.ONCE.label)
    words = str(Event(campaign.event).label)
    if campaign.event == Event.RENEWAL_AHEAD:
        days = campaign.days_before or 0
        words = ngettext("{days} day before a renewal", "{days} days before a renewal", days)
        words = words.format(days=days)
    if campaign.event_name:
        words += f" ({quoted(campaign.event_name)})"
    hours = campaign.delay_hours
    if not hours:
        return words
    return ngettext("{event}, {hours} hour after", "{event}, {hours} hours after", hours).format(
        event=words, hours=hours
    )
