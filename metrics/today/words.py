"""Why a customer is on the list, in plain words of the reader's language. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formatting import format_day, format_number
from metrics.today.rules import DROP_DAYS, LABELS, TASK

QUOTED = 80
NAMES = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}
ICONS = {
    "drop": "arrow-down",
    "detractor": "campaigns",
    "renewal": "calendar",
    "onboarding": "clock",
    "silent": "minus",
    TASK: "check",
}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason to look at a customer. `since`: the day it counts from. `task_id`: the open task
    about it, or that it is."""

    customer_id: int
    kind: str
    key: str
    data: Mapping[str, Any]
    urgency: float
    task_id: int | None
    since: dt.date
    today: dt.date

    @property
    def label(self) -> str:
        return _(LABELS[self.kind])

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def about(self) -> str:
        return f"{self.kind}:{self.key}"

    @property
    def uid(self) -> str:
        """What a page calls it."""
        return f"{self.kind}-{self.customer_id}-{abs(hash_of(self.key))}"

    @property
    def href(self) -> str:
        """Where it can be looked into."""
        if self.kind == "drop":
            since = self.today - dt.timedelta(days=DROP_DAYS)
            return f"{reverse('metrics:customer_health', args=[self.customer_id])}?from={since}"
        if self.kind == "detractor":
            return reverse("surveys:follow_up", args=[self.key])
        if self.kind == TASK:
            return reverse("customers:task_edit", args=[self.key])
        return reverse("customers:detail", args=[self.customer_id])

    @property
    def words(self) -> str:
        return words_of(self.kind, self.data, self.today)


def hash_of(key: str) -> int:
    """A number for a key, the same in every process."""
    number = 0
    for character in key:
        number = (number * 31 + ord(character)) % 1_000_000_007
    return number


def words_of(kind: str, data: Mapping[str, Any], today: dt.date) -> str:
    """One line."""
    return _WORDS[kind](data, today)


def _drop(data: Mapping[str, Any], today: dt.date) -> str:
    words = (
        _("Health {score}, thirty days ago {before}; {fell} fell most")
        if data.get("fell")
        else _("Health {score}, thirty days ago {before}")
    )
    fell = _(data.get("fell", ""))
    return words.format(score=data["score"], before=data["before"], fell=fell)


def _detractor(data: Mapping[str, Any], today: dt.date) -> str:
    comment = " ".join(str(data.get("comment") or "").split())
    quoted = comment if len(comment) <= QUOTED else comment[: QUOTED - 1].rstrip() + "…"
    words = (
        _("{survey} {score}, {when}: “{quoted}”")
        if quoted
        else _("{survey} {score}, {when}, without a comment")
    )
    survey = NAMES.get(data["campaign"]) or _("Survey")
    when = _ago(data["on"], today)
    return words.format(survey=survey, score=data["score"], when=when, quoted=quoted)


def _renewal(data: Mapping[str, Any], today: dt.date) -> str:
    count = int(data.get("contracts", 1))
    words = (
        ngettext("Renews {when}, not decided", "{count} contracts renew {when}, not decided", count)
        if data.get("is_recorded")
        else ngettext(
            "Renews {when}, not decided (the end of a year paid for)",
            "{count} contracts renew {when}, not decided (the end of a year paid for)",
            count,
        )
    )
    return words.format(when=_ahead(data["on"], today), count=count)


def _onboarding(data: Mapping[str, Any], today: dt.date) -> str:
    late = (today - _day(data["due_on"])).days
    words = ngettext(
        "“{name}” is {count} day late: it was due on {day}",
        "“{name}” is {count} days late: it was due on {day}",
        late,
    )
    return words.format(name=data["name"], count=format_number(late), day=_said(data["due_on"]))


def _silent(data: Mapping[str, Any], today: dt.date) -> str:
    idle = (today - _day(data["last_on"])).days
    words = ngettext(
        "Nobody used the product for {count} day, last on {day}",
        "Nobody used the product for {count} days, last on {day}",
        idle,
    )
    return words.format(count=format_number(idle), day=_said(data["last_on"]))


def _task(data: Mapping[str, Any], today: dt.date) -> str:
    title = str(data["title"])
    due = data.get("due_on")
    if not due:
        return title
    late = (today - _day(due)).days
    if late == 0:
        return _("{title} (due today)").format(title=title)
    words = ngettext("{title} ({count} day overdue)", "{title} ({count} days overdue)", late)
    return words.format(title=title, count=format_number(late))


_WORDS = {
    "drop": _drop,
    "detractor": _detractor,
    "renewal": _renewal,
    "onboarding": _onboarding,
    "silent": _silent,
    TASK: _task,
}


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _said(text: str) -> str:
    return format_day(_day(text))


def _ago(text: str, today: dt.date) -> str:
    past = (today - _day(text)).days
    if past <= 0:
        return _("today")
    if past == 1:
        return _("yesterday")
    if past < 31:
        return _("{count} days ago").format(count=past)
    return _("on {day}").format(day=_said(text))


def _ahead(text: str, today: dt.date) -> str:
    left = (_day(text) - today).days
    if left <= 0:
        return _("today")
    if left == 1:
        return _("tomorrow")
    return _("in {count} days, on {day}").format(count=left, day=_said(text))
