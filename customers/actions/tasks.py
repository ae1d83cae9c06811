"""Work about customers: making, finishing, reopening, snoozing, handing over, editing. Audited."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from accounts.permissions import Permission
from customers.models import Customer, Task
from customers.models.task import (
    ABOUT_KEY_LENGTH,
    ABOUT_KIND_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
)
from tenants.context import current_company

_KIND = re.compile(r"[a-z][a-z_]*")
# Later than anybody plans; keeps a slip of the finger from hiding a task for good.
LONGEST_SNOOZE = dt.timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class About:
    """What a task was made of: a row of a list, by its kind and its key there."""

    kind: str
    key: str

    @classmethod
    def of(cls, text: str) -> About | None:
        """Of "kind:key"; None of an empty text. Raises Refused for anything else."""
        if not text:
            return None
        kind, _colon, key = text.partition(":")
        if (
            not _KIND.fullmatch(kind)
            or len(kind) > ABOUT_KIND_LENGTH
            or not 0 < len(key) <= ABOUT_KEY_LENGTH
            or not key.isprintable()
        ):
            raise Refused(
                _("What the task is about is written kind:key, like renewal:17."),
                code="about_invalid",
            )
        return cls(kind=kind, key=key)


def workers() -> list[User]:
    """Who can be given a task. Costs a query."""
    return [user for user in User.objects.active().order_by("name", "email") if user.may_work]


@transaction.atomic
def make(
    *,
    customer: Customer,
    title: str,
    by: User | None,
    text: str = "",
    assignee: User | None = None,
    due_on: dt.date | None = None,
    about: About | None = None,
    **actor: Any,
) -> Task:
    """A new open task; the one that is open about the same thing, if there is one."""
    title, text = _title(title), _text(text)
    _refuse_idle(assignee)
    # Two who make one of the same row wait here for each other; a merge or removal waits, too.
    locked = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).first()
    if locked is None:
        raise Refused(_("The customer is gone."), code="gone")
    if about is not None:
        found = Task.objects.open().filter(
            customer=locked, about_kind=about.kind, about_key=about.key
        )
        if (held := found.first()) is not None:
            return held
    task = Task.objects.create(
        customer=locked,
        title=title,
        text=text,
        assignee=assignee,
        due_on=due_on,
        about_kind=about.kind if about else "",
        about_key=about.key if about else "",
        made_by=by,
    )
    detail = {"customer": locked.external_id, "assignee": assignee.email if assignee else None}
    if about:
        detail["about"] = task.about
    audit.record(by=by, action="task.made", subject=task, detail=detail, **actor)
    return task


@transaction.atomic
def finish(*, task: Task, by: User | None, **actor: Any) -> Task:
    """Done, now. Twice is harmless."""
    task = _lock(task)
    if not task.is_done:
        _set(task, state=Task.State.DONE, done_at=timezone.now(), done_by=by, snoozed_until=None)
        audit.record(by=by, action="task.finished", subject=task, **actor)
    return task


@transaction.atomic
def reopen(*, task: Task, by: User | None, **actor: Any) -> Task:
    """Open again. Refused when another one about the same thing was opened since."""
    task = _lock(task)
    if not task.is_done:
        return task
    if task.about_kind and _is_another_open(task):
        raise Refused(
            _("There is another open task about the same. Work on that one."),
            code="task_open_about",
        )
    _set(task, state=Task.State.OPEN, done_at=None, done_by=None)
    audit.record(by=by, action="task.reopened", subject=task, **actor)
    return task


@transaction.atomic
def snooze(*, task: Task, until: dt.date | None, by: User | None, **actor: Any) -> Task:
    """Out of sight until the day; None: in sight again."""
    task = _lock_open(task)
    today = current_company().today()
    if until is not None and until <= today:
        raise Refused(_("Choose a day after today to snooze until."), code="snooze_past")
    if until is not None and until > today + LONGEST_SNOOZE:
        raise Refused(_("Choose a day within a year to snooze until."), code="snooze_too_long")
    if task.snoozed_until != until:
        _set(task, snoozed_until=until)
        detail = {"until": until.isoformat() if until else None}
        audit.record(by=by, action="task.snoozed", subject=task, detail=detail, **actor)
    return task


@transaction.atomic
def hand_over(*, task: Task, to: User | None, by: User | None, **actor: Any) -> Task:
    """Give it to somebody who may work with customers, or to nobody. It is in their sight at
    once, even if it was snoozed."""
    task = _lock_open(task)
    _refuse_idle(to)
    if task.assignee_id != (to.pk if to else None):
        before = task.assignee.email if task.assignee else None
        _set(task, assignee=to, snoozed_until=None)
        detail = {"assignee": [before, to.email if to else None]}
        audit.record(by=by, action="task.handed_over", subject=task, detail=detail, **actor)
    return task


@transaction.atomic
def edit(*, task: Task, by: User | None, actor_label: str = "", **said: Any) -> Task:
    """Change any of `title`, `text`, `due_on`, `assignee`; what is not said stays."""
    unknown = set(said) - {"title", "text", "due_on", "assignee"}
    if unknown:
        raise TypeError(f"A task has no {sorted(unknown)}.")
    task = _lock(task)
    if "title" in said:
        said["title"] = _title(said["title"])
    if "text" in said:
        said["text"] = _text(said["text"])
    if said.get("assignee") != task.assignee:
        _refuse_idle(said.get("assignee"))
    changed = {name: value for name, value in said.items() if getattr(task, name) != value}
    if changed:
        _set(task, **changed)
        detail = {"changed": sorted(changed)}
        audit.record(
            by=by, action="task.edited", subject=task, detail=detail, actor_label=actor_label
        )
    return task


def _title(title: str) -> str:
    title = " ".join(title.replace("\0", "").split())
    if not title:
        raise Refused(_("Say what is to be done."), code="title_missing")
    if len(title) > TITLE_LENGTH:
        raise Refused(
            _("The title takes up to {most} characters; put the rest into the text.").format(
                most=TITLE_LENGTH
            ),
            code="title_too_long",
        )
    return title


def _text(text: str) -> str:
    text = text.replace("\0", "").strip()
    if len(text) > TEXT_LENGTH:
        raise Refused(
            _("The text takes up to {most} characters.").format(most=format_number(TEXT_LENGTH)),
            code="text_too_long",
        )
    return text


def _refuse_idle(assignee: User | None) -> None:
    if assignee is not None and not (assignee.is_active and assignee.may(Permission.WORK)):
        raise Refused(
            _("{user} may not work on tasks. Choose a manager, admin or owner.").format(
                user=assignee
            ),
            code="assignee_may_not_work",
        )


def _is_another_open(task: Task) -> bool:
    # Who makes one about the same waits for the same row.
    Customer.objects.select_for_update(no_key=True).get(pk=task.customer_id)
    return (
        Task.objects.open()
        .filter(customer=task.customer_id, about_kind=task.about_kind, about_key=task.about_key)
        .exists()
    )


def _lock(task: Task) -> Task:
    found = Task.objects.select_for_update().filter(pk=task.pk).first()
    if found is None:
        raise Refused(_("The task is gone."), code="gone")
    return found


def _lock_open(task: Task) -> Task:
    task = _lock(task)
    if task.is_done:
        raise Refused(_("The task is done. Open it again first."), code="task_done")
    return task


def _set(task: Task, **values: Any) -> None:
    for name, value in values.items():
        setattr(task, name, value)
    task.save(update_fields=list(values))
