"""How a company's billing is read, and what its billing system sent."""

from __future__ import annotations

from django.db import models

from customers.imports.options import LONGEST_GAP


class BillingSettings(models.Model):
    """One row. `stripe_secret` and the former one are encrypted (customers.billing.secrets); two
    are valid while the endpoint's secret is being changed."""

    ONLY = 1
    LONGEST_GAP = LONGEST_GAP

    gap_days = models.PositiveSmallIntegerField(
        default=7,
        db_default=7,
        help_text="Invoiced periods of a subscription that are this many days apart are one.",
    )
    is_making_customers = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Customers that billing names and we do not know are made.",
    )
    stripe_token = models.CharField(max_length=64, help_text="In the endpoint's path.")
    stripe_secret = models.TextField(blank=True)
    stripe_former_secret = models.TextField(blank=True)
    stripe_former_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="billing_settings_once"),
            models.CheckConstraint(
                condition=models.Q(gap_days__lte=60), name="billing_gap_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return "Billing"


class StripeEvent(models.Model):
    """An event that Stripe sent, once. `body` is what it sent, until it is swept; `state` what
    was made of it, without personal data, and stays."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        SUBSCRIPTION = "subscription", "Subscription"
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"
        OTHER = "other", "Other"

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=Kind)
    object_id = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField(help_text="Stripe's `created`.")
    received_at = models.DateTimeField()
    body = models.TextField(blank=True)
    state = models.JSONField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["customer", "subscription", "invoice", "credit_note", "other"]
                ),
                name="stripe_event_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "object_id"], name="stripe_event_object"),
            models.Index(fields=["received_at"], name="stripe_event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
