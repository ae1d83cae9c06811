"""Erasures that could not be finished: they forget whom they looked for, and begin again when
somebody says it once more."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.actions.erasure import ERASE, sought_of
from customers.erased import erased_among
from customers.models import Contact, Erasure
from tenants.jobs import Job, enqueue

_OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@transaction.atomic
def stop(*, erasure_id: int) -> None:
    """Forget whom it looks for, also where its job said so in an error. What was done stays."""
    erasure = Erasure.objects.select_for_update().filter(pk=erasure_id).first()
    if erasure is None or erasure.state != Erasure.State.RUNNING:
        return
    steps = len(erasure.steps_done)
    erasure.state = Erasure.State.STOPPED
    erasure.sought, erasure.steps_done, erasure.waits_for = {}, [], []
    erasure.save(update_fields=["state", "sought", "steps_done", "waits_for"])
    Job.objects.filter(key=erasure.job_key).exclude(error="").update(error="")
    audit.record(
        by=None, action="contact.erasure_stopped", subject=erasure, detail={"steps_done": steps}
    )


def stop_abandoned() -> None:
    """Stop those whose job is no more: whoever ran it died each time."""
    for erasure in Erasure.objects.filter(state=Erasure.State.RUNNING):
        with transaction.atomic():
            # Its job is queued again, where it is, in the transaction that lets go of this row.
            Erasure.objects.select_for_update().get(pk=erasure.pk)
            is_open = Job.objects.filter(key=erasure.job_key, state__in=_OPEN).exists()
            if not is_open:
                stop(erasure_id=erasure.pk)


@transaction.atomic
def start_again(
    *, erasure: Erasure, by: User | None, address: str, ids: Sequence[str], names: Sequence[str]
) -> Erasure:
    """Look through everything anew, for what is said now. Raises Refused unless the erasure
    stopped and the address and ids are of somebody who was erased here."""
    erasure = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if erasure.state != Erasure.State.STOPPED:
        raise Refused(_("Only an erasure that stopped can be started again."), code="not_stopped")
    known = erased_among([address, *ids])
    if any(value not in known for value in (address, *ids)):
        raise Refused(
            _(
                "This is not the address and id of somebody who was erased here. Type them as "
                "they were."
            ),
            code="not_erased",
        )
    contacts = list(
        Contact.objects.filter(email__startswith=f"{erasure.pseudonym}-", removed_at__isnull=False)
    )
    sought = sought_of(
        contacts, erasure.pseudonym, addresses=[address], ids=list(ids), names=list(names)
    )
    erasure.state = Erasure.State.RUNNING
    erasure.sought = sought.as_json()
    erasure.save(update_fields=["state", "sought"])
    audit.record(by=by, action="contact.erasure_started_again", subject=erasure)
    enqueue(ERASE, key=erasure.job_key, payload={"erasure_id": erasure.pk})
    return erasure
