"""What mail servers and providers tell of addresses and mails."""

from __future__ import annotations

from django.db import transaction

from accounts.actions import audit
from customers.models import Contact
from surveys import suppressions
from surveys.models import Campaign, Suppression

ACTIONS = {
    Suppression.Reason.BOUNCED: "contact.bounced",
    Suppression.Reason.COMPLAINED: "contact.complained",
    Suppression.Reason.UNSUBSCRIBED: "contact.unsubscribed",
}


@transaction.atomic
def suppress(
    *, contact: Contact, reason: Suppression.Reason, campaign: Campaign, words: str
) -> bool:
    """Write to a contact's address no more; whether it was new on the list. Twice is harmless."""
    _, is_new = Suppression.objects.get_or_create(
        email_hash=suppressions.hash_of(contact.email),
        defaults={"reason": reason, "campaign": campaign},
    )
    if is_new:
        audit.record(
            by=None,
            action=ACTIONS[reason],
            subject=contact,
            detail={"campaign": campaign.pk, "words": words[:200]},
            actor_label="The mail server",
        )
    return is_new
