"""What all dated facts about customers share: where they came from and how they are corrected."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from customers.models.customer import Customer
from customers.models.source import Source

M = TypeVar("M", bound="Fact")


class FactQuerySet(models.QuerySet[M]):
    def current(self) -> FactQuerySet[M]:
        """What we hold to be true now: versions that no correction or removal has closed."""
        return self.filter(superseded_at=None)


class Fact(models.Model):
    """One version of a fact. `external_id` names the fact: all its versions share it.

    A correction sets `superseded_at` and `closed_by` and adds a row; a removal adds none. Rows
    are never overwritten, so what was known on a day can be told from `recorded_at` and
    `superseded_at`. Erasing a contact is the one exception: personal data leaves every version.
    """

    external_id = models.CharField(max_length=200)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(help_text="When we learned of it.")
    source_updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last changed where it comes from, if told."
    )
    is_backfilled = models.BooleanField(
        default=False,
        db_default=False,
        help_text="History from before we were told anything: known from its own date on.",
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                condition=models.Q(superseded_at=None),
                name="%(class)s_one_current",
            ),
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="%(class)s_external_id_given"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class CustomerFact(Fact):
    """A fact about one customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="%(class)s_set")

    class Meta(Fact.Meta):
        abstract = True
