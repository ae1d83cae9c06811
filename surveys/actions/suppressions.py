"""Taking an address out of all surveys."""

from __future__ import annotations

from django.db import transaction

from accounts.actions import audit
from surveys import suppressions, tokens
from surveys.actions.responses import UnknownTokenError
from surveys.models import Invitation, Suppression


@transaction.atomic
def unsubscribe(*, token: str) -> Invitation:
    """Write to the invitation's address no more. Twice is harmless; works after expiry, too.

    Raises UnknownTokenError.
    """
    invitation = (
        Invitation.objects.select_related("contact", "campaign")
        .filter(token_hash=tokens.hash_of(token))
        .first()
    )
    if invitation is None:
        raise UnknownTokenError
    _, is_new = Suppression.objects.get_or_create(
        email_hash=suppressions.hash_of(invitation.contact.email),
        defaults={"reason": Suppression.Reason.UNSUBSCRIBED, "campaign": invitation.campaign},
    )
    if is_new:
        audit.record(
            by=None,
            action="contact.unsubscribed",
            subject=invitation.contact,
            actor_label="The link in a survey's mail",
        )
    return invitation
