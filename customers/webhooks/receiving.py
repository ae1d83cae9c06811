"""Taking an event in: checked, stored once, and a job queued to apply it, in one transaction."""

from __future__ import annotations

import stripe
from django.db import transaction
from django.utils import timezone

from customers.models import BillingSettings, StripeEvent
from customers.webhooks.events import parsed
from customers.webhooks.secrets import decrypted
from tenants.jobs import enqueue

APPLY = "customers.apply_stripe_event"
# How old a signature may be, so that a recorded request is worth nothing (Stripe's own default).
TOLERANCE_SECONDS = 300
# Stripe's events are a few KB; ones of invoices with many lines up to some hundred.
LARGEST_BODY = 1024 * 1024


class BadSignatureError(Exception):
    """The body was not signed with a secret of ours, or too long ago."""


def settings_of(token: str) -> BillingSettings | None:
    """The company's, if the token is its endpoint's and there is a secret."""
    if not (token.isascii() and token.isalnum()):  # the database takes no NUL
        return None
    return BillingSettings.objects.filter(stripe_token=token).exclude(stripe_secret="").first()


def receive(*, settings: BillingSettings, body: bytes, signature: str) -> bool:
    """Store the event; False when it is held already. It is durable when this returns.

    Raises BadSignatureError and BadEventError.
    """
    _verify(settings, body, signature)
    event = parsed(body.decode())
    with transaction.atomic():
        made = StripeEvent.objects.bulk_create(
            [
                StripeEvent(
                    event_id=event.event_id,
                    type=event.type,
                    kind=event.kind,
                    object_id=event.object_id,
                    occurred_at=event.occurred_at,
                    received_at=timezone.now(),
                    body=body.decode(),
                )
            ],
            ignore_conflicts=True,
        )
        is_new = StripeEvent.objects.filter(event_id=event.event_id, applied_at=None).exists()
        if made and is_new:
            enqueue(APPLY, key=APPLY)
    return is_new


def _verify(settings: BillingSettings, body: bytes, signature: str) -> None:
    """Raises BadSignatureError. While the secret is being changed two are good."""
    secrets = [decrypted(settings.stripe_secret)]
    if settings.stripe_former_until and settings.stripe_former_until > timezone.now():
        secrets.append(decrypted(settings.stripe_former_secret))
    for secret in filter(None, secrets):
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            continue  # the other secret may fit; none of them is refused below
        return
    raise BadSignatureError
