"""Changing how billing is read."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.models import User
from customers.models import BillingSettings
from customers.webhooks.secrets import encrypted

# How long the former secret stays good: as long as Stripe signs with both (up to a day).
BOTH_VALID_FOR = dt.timedelta(hours=24)


@transaction.atomic
def endpoint_settings() -> BillingSettings:
    """The company's row, made on first need, with a token for the endpoint's path; locked."""
    BillingSettings.objects.bulk_create(
        [BillingSettings(pk=BillingSettings.ONLY, stripe_token=secrets.token_hex(16))],
        ignore_conflicts=True,
    )
    return BillingSettings.objects.select_for_update().get(pk=BillingSettings.ONLY)


@transaction.atomic
def change_billing_settings(*, gap_days: int, is_making_customers: bool, by: User) -> None:
    found = endpoint_settings()
    if (found.gap_days, found.is_making_customers) == (gap_days, is_making_customers):
        return
    found.gap_days, found.is_making_customers = gap_days, is_making_customers
    found.save(update_fields=["gap_days", "is_making_customers"])
    detail = {"gap_days": gap_days, "is_making_customers": is_making_customers}
    audit.record(by=by, action="billing.changed", subject="billing", detail=detail)


@transaction.atomic
def store_stripe_secret(*, secret: str, by: User) -> None:
    """Take the endpoint's signing secret; one there was stays good for BOTH_VALID_FOR."""
    found = endpoint_settings()
    if found.stripe_secret:
        found.stripe_former_secret = found.stripe_secret
        found.stripe_former_until = timezone.now() + BOTH_VALID_FOR
    found.stripe_secret = encrypted(secret)
    found.save()
    audit.record(by=by, action="billing.stripe_secret_stored", subject="billing", detail={})


@transaction.atomic
def remove_stripe_secret(*, by: User) -> None:
    """Take no more events; what came in stays."""
    found = endpoint_settings()
    found.stripe_secret = found.stripe_former_secret = ""
    found.stripe_former_until = None
    found.save()
    audit.record(by=by, action="billing.stripe_secret_removed", subject="billing", detail={})
