"""Taking back an import: what it would do, asking for it, doing it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.actions.imports import RUN
from customers.actions.locking import lock_to_undo
from customers.imports.kinds import KINDS
from customers.imports.undoing import Effect, Undo
from customers.models import Import, Source
from customers.models.source import UNDO_OF
from tenants.context import current_company
from tenants.jobs import enqueue


@dataclass(frozen=True)
class Undone:
    """What undoing an import does or did. `kept`: some of what stays, in words."""

    effects: list[Effect]
    kept: list[str]

    @property
    def removed(self) -> int:
        return sum(effect.removed for effect in self.effects)

    @property
    def restored(self) -> int:
        return sum(effect.restored for effect in self.effects)

    @property
    def kept_count(self) -> int:
        return sum(effect.kept for effect in self.effects)

    def as_json(self) -> dict[str, Any]:
        return {"effects": [asdict(effect) for effect in self.effects], "kept": self.kept}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Undone:
        effects = [Effect(**effect) for effect in stored.get("effects", [])]
        return cls(effects, list(stored.get("kept", [])))


@transaction.atomic
def preview(*, import_: Import) -> Undone:
    """What undoing it would do as things stand; changes nothing. Raises Refused."""
    undo = _undo_of(import_, timezone.now())
    return Undone(undo.find(), undo.kept())


@transaction.atomic
def start_undo(*, import_: Import, by: User | None) -> Import:
    """Queue the undo. Raises Refused when the import is not done."""
    import_ = Import.objects.select_for_update().get(pk=import_.pk)
    _undo_of(import_, timezone.now())
    import_.state = Import.State.UNDOING
    import_.undone_by = by
    import_.message = ""
    import_.save()
    enqueue(RUN, key=import_.job_key, payload={"import_id": import_.pk})
    audit.record(by=by, action="import.undo_asked", subject=import_)
    return import_


@transaction.atomic
def undo_import(*, import_id: int) -> None:
    """The job's part: all of the undo in one transaction; nothing when it is not asked for."""
    found = Import.objects.select_for_update().filter(pk=import_id, state=Import.State.UNDOING)
    import_ = found.first()
    if import_ is None:
        return
    lock_to_undo(KINDS[import_.kind], is_patient=True)
    import_.tell_progress(gettext_noop("Taking back what it brought"))
    now = timezone.now()
    undo = _undo_of(import_, now)
    undone = Undone(undo.find(), undo.kept())
    closed_by = Source.objects.create(
        kind=Source.Kind.COMMAND if import_.undone_by is None else Source.Kind.USER,
        label=UNDO_OF.format(name=import_.file_name)[:200],
        reference_id=import_.undone_by_id,
    )
    undo.do(closed_by_id=closed_by.pk)
    import_.state = Import.State.UNDONE
    import_.undone_at = now
    import_.undone = undone.as_json()
    import_.save()
    audit.record(
        by=import_.undone_by,
        action="import.undone",
        subject=import_,
        detail={
            "removed": undone.removed,
            "restored": undone.restored,
            "kept": undone.kept_count,
        },
    )
    enqueue("metrics.refresh", key="metrics.refresh")


def _undo_of(import_: Import, now: dt.datetime) -> Undo:
    is_due = import_.state in {Import.State.DONE, Import.State.UNDOING}
    if import_.source_id is None or not is_due:
        raise Refused(
            _("Only an import that is done can be undone; this one is {state}.").format(
                state=import_.get_state_display()
            ),
            code="not_done",
        )
    kind = KINDS.get(import_.kind)
    return Undo(
        source_id=import_.source_id,
        kind=kind.stored_as if kind else import_.kind,
        zone=current_company().timezone,
        now=now,
    )
