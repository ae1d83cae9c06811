"""Noting what happened on a day, with a trace."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from metrics.actions.goals import EARLIEST, LATEST
from metrics.models import Annotation
from metrics.registry import UnknownMetricError, metric

FIELDS = ("metric", "day", "text")
MOST = 1000


@transaction.atomic
def save_annotation(
    *,
    values: dict[str, Any],
    by: User | None,
    actor_label: str = "",
    annotation: Annotation | None = None,
) -> Annotation:
    """A new one, or `annotation` with other values; absent ones are kept. `metric` empty: of all.
    Raises ValidationError by field."""
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        allowed = ", ".join(FIELDS)
        raise ValidationError({unknown[0][:100]: f"There is no such member; only {allowed}."})
    found = annotation or Annotation(written_by=_name(by, actor_label))
    before = {name: getattr(found, name) for name in FIELDS}
    for name, value in values.items():
        setattr(found, name, " ".join(value.split()) if name == "text" else value)
    _check(found)
    after = {name: getattr(found, name) for name in FIELDS}
    changes = audit.changes(before, after, is_new=found.pk is None)
    if not changes:
        return found
    action = "annotation.changed" if found.pk else "annotation.made"
    found.save()
    audit.record(
        by=by, actor_label=actor_label, action=action, subject=found, detail={"changes": changes}
    )
    return found


def _name(by: User | None, actor_label: str) -> str:
    return (by.name or by.email) if by else actor_label


def _check(found: Annotation) -> None:
    if found.metric:
        try:
            metric(found.metric)
        except UnknownMetricError as error:
            raise ValidationError({"metric": str(error)}) from None
    found.full_clean(validate_constraints=False, validate_unique=False)
    if not EARLIEST <= found.day <= LATEST:
        raise ValidationError(
            {
                "day": _("The day must lie between {first} and {last}.").format(
                    first=EARLIEST, last=LATEST
                )
            }
        )
    same = Annotation.objects.filter(metric=found.metric, day=found.day, text=found.text)
    if same.exclude(pk=found.pk).exists():
        raise ValidationError({"text": _("The same is noted for that day already.")})
    if found._state.adding and Annotation.objects.count() >= MOST:
        raise ValidationError(
            {"text": _("There can be at most {count}; remove some first.").format(count=MOST)}
        )


@transaction.atomic
def remove_annotation(*, annotation: Annotation, by: User | None, actor_label: str = "") -> None:
    audit.record(by=by, actor_label=actor_label, action="annotation.removed", subject=annotation)
    annotation.delete()
