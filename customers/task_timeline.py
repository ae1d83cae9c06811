"""What tasks put on a customer's timeline."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.looking import Look, TimelineEntry
from customers.models import Customer, Task


def task_entries(customer: Customer, look: Look) -> list[TimelineEntry]:
    """Tasks made and done. Costs two queries."""
    tasks = Task.objects.filter(customer=customer)
    done = look.rows(tasks.filter(state=Task.State.DONE), slot="tasks.1.done", at="done_at")
    made = look.rows(tasks, slot="tasks.2.made", at="made_at")
    entries = [_entry(task, _("Task done: {title}"), "check", "tasks.1.done") for task in done]
    entries += [_entry(task, _("Task: {title}"), "plus", "tasks.2.made") for task in made]
    return look.cut(entries)


def _entry(task: Task, words: str, icon: str, slot: str) -> TimelineEntry:
    return TimelineEntry(
        on=task.timeline_on,  # type: ignore[attr-defined]  # as annotated
        title=words.format(title=task.title),
        icon=icon,
        href=task.get_absolute_url(),
        kind="tasks",
        slot=slot,
        number=task.pk,
    )
