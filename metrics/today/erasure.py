"""Today quotes answers, and so do the tasks made of them: what an erased person wrote goes from
both, and from what the audit calls such a task."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import JSONField, QuerySet, Value
from django.db.models.expressions import CombinedExpression, F
from django.utils.translation import gettext_noop

from accounts.models import AuditEntry
from customers.models import Contact, Task
from customers.registry import Erasing
from metrics.models import Attention
from surveys.models import FollowUp

KIND = Attention.Kind.DETRACTOR
TITLE = "Survey answer, erased on request"
TEXT = "Erased on request."
PLACE = gettext_noop("tasks about survey answers")


def erase(contacts: Sequence[Contact]) -> dict[str, int]:
    keys = _keys(contacts)
    _reasons(keys).update(
        data=CombinedExpression(
            F("data"), "||", Value({"comment": ""}, JSONField()), output_field=JSONField()
        )
    )
    tasks = _tasks(keys)
    AuditEntry.objects.filter(
        subject_type=Task._meta.label_lower,
        subject_id__in=[str(pk) for pk in tasks.values_list("pk", flat=True)],
    ).update(subject_label=TITLE)
    tasks.exclude(text="").update(text=TEXT)
    return {PLACE: tasks.exclude(title=TITLE).update(title=TITLE)}


def told(contacts: Sequence[Contact]) -> dict[str, int]:
    return {PLACE: _tasks(_keys(contacts)).count()}


def _keys(contacts: Sequence[Contact]) -> list[str]:
    """What Today and tasks call the answers of these contacts."""
    found = FollowUp.objects.filter(invitation__contact__in=contacts)
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def _reasons(keys: list[str]) -> QuerySet[Attention]:
    return Attention.objects.filter(kind=KIND, key__in=keys)


def _tasks(keys: list[str]) -> QuerySet[Task]:
    return Task.objects.filter(about_kind=KIND, about_key__in=keys)


ERASING = Erasing(key="today", erase=erase, told=told)
