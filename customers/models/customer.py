"""Customers, their dated attributes, and the contacts at them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from customers.models.source import Source


class Customer(models.Model):
    """An account of the company's: who pays, renews or churns."""

    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    signed_up_on = models.DateField(null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(help_text="When we learned of it.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="customer_external_id_given"
            ),
        ]
        indexes = [models.Index(Lower("name"), name="customer_name_lower")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.pk])


class CustomerAttribute(models.Model):
    """One version of one attribute of a customer, from a day on.

    The value holds from `valid_from` until the next current row's `valid_from`; the first one
    known holds for all time before, too. `valid_from` null is that first one when the source
    gave no date. A correction sets `superseded_at` and adds a row; rows are never overwritten.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attributes")
    key = models.CharField(max_length=63)
    value = models.CharField(max_length=200, help_text="Empty: known to have none.", blank=True)
    valid_from = models.DateField(null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    is_backfilled = models.BooleanField(
        default=False,
        db_default=False,
        help_text="History from before we were told anything: known from its own date on.",
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "key", "valid_from"],
                condition=models.Q(superseded_at=None),
                nulls_distinct=False,
                name="attribute_one_current_per_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["key", "customer"],
                condition=models.Q(superseded_at=None),
                include=["value", "valid_from"],
                name="attribute_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class Contact(models.Model):
    """A person at a customer; gets surveys."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    external_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("customer"), Lower("email"), name="contact_email_once_per_customer"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email
