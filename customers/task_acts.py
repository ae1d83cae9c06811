"""What a form can do with a task: its words in, the action done, what to say out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.refusals import Refused
from accounts.formatting import format_day
from accounts.models import User
from customers.actions import tasks as actions
from customers.models import Task
from tenants.context import current_company

FINISH, REOPEN, SNOOZE, HAND_OVER, WAKE = "finish", "reopen", "snooze", "hand_over", "wake"
TOMORROW, WEEK = "tomorrow", "week"


@dataclass(frozen=True)
class Done:
    """`undo`: what takes it back, empty where nothing does."""

    task: Task
    words: str
    undo: str = ""


@transaction.atomic
def act(find: Callable[[], Task], said: Mapping[str, Any], *, by: User) -> Done:
    """Do to the task what `said["do"]` names; all or nothing. Raises Refused."""
    act_of = _ACTS.get(str(said.get("do", "")))
    if act_of is None:
        raise Refused(
            _("What to do is one of {names}.").format(names=", ".join(_ACTS)), code="do_unknown"
        )
    return act_of(find(), said, by)


def _finish(task: Task, said: Mapping[str, Any], by: User) -> Done:
    task = actions.finish(task=task, by=by)
    return Done(task, _("Done: {title}").format(title=task.title), undo=REOPEN)


def _reopen(task: Task, said: Mapping[str, Any], by: User) -> Done:
    task = actions.reopen(task=task, by=by)
    return Done(task, _("Open again: {title}").format(title=task.title), undo=FINISH)


def _snooze(task: Task, said: Mapping[str, Any], by: User) -> Done:
    until = _day(str(said.get("until", "")), str(said.get("day", "")))
    task = actions.snooze(task=task, until=until, by=by)
    return Done(
        task,
        _("Snoozed until {day}: {title}").format(day=format_day(until), title=task.title),
        undo=WAKE,
    )


def _wake(task: Task, said: Mapping[str, Any], by: User) -> Done:
    task = actions.snooze(task=task, until=None, by=by)
    return Done(task, _("Back on the list: {title}").format(title=task.title))


def _day(until: str, day: str) -> dt.date:
    today = current_company().today()
    if until == TOMORROW:
        return today + dt.timedelta(days=1)
    if until == WEEK:
        return today + dt.timedelta(days=7)
    try:
        return dt.date.fromisoformat(day.strip())
    except ValueError:
        raise Refused(
            _("Choose the day to snooze until, like 2026-01-31."), code="day_invalid"
        ) from None


def _hand_over(task: Task, said: Mapping[str, Any], by: User) -> Done:
    email = str(said.get("to", "")).replace("\0", "").strip().lower()
    to = User.objects.active().filter(email=email).first() if email else None
    if email and to is None:
        raise Refused(_("Nobody who may sign in has this address."), code="user_unknown")
    task = actions.hand_over(task=task, to=to, by=by)
    if to is None:
        return Done(task, _("Handed over to nobody: {title}").format(title=task.title))
    return Done(task, _("Handed over to {user}: {title}").format(user=to, title=task.title))


_ACTS: dict[str, Callable[[Task, Mapping[str, Any], User], Done]] = {
    FINISH: _finish,
    REOPEN: _reopen,
    SNOOZE: _snooze,
    WAKE: _wake,
    HAND_OVER: _hand_over,
}
