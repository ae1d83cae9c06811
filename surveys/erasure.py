"""What is left of a person's answers when they are erased: score and date, which count on."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F
from django.db.models.functions import Least, Now

from customers.models import Contact
from customers.registry import Erasing
from surveys import suppressions
from surveys.models import Invitation, Response, Suppression


def erase(contacts: Sequence[Contact]) -> dict[str, int]:
    """Comments go from every version, links go dead, mails not sent yet are not sent, and the
    address is never asked again: its hash goes on the list."""
    for email in {contact.email for contact in contacts}:
        Suppression.objects.get_or_create(
            email_hash=suppressions.hash_of(email),
            defaults={"reason": Suppression.Reason.ERASED},
        )
    invitations = Invitation.objects.filter(contact__in=contacts)
    invitations.filter(state=Invitation.State.QUEUED).update(
        state=Invitation.State.FAILED, error="The contact was erased on request."
    )
    invitations.update(expires_at=Least(F("expires_at"), Now()))
    comments = Response.objects.filter(invitation__contact__in=contacts).exclude(comment="")
    return {"survey comments": comments.update(comment="")}


def told(contacts: Sequence[Contact]) -> dict[str, int]:
    responses = Response.objects.filter(invitation__contact__in=contacts)
    return {"survey comments": responses.exclude(comment="").count()}


ERASING = Erasing(key="answers", erase=erase, told=told)
