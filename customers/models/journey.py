"""Where a customer is on its way: milestones, objectives, renewals and pauses."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from customers.models.fact import CustomerFact, FactQuerySet
from customers.models.subscription import Subscription


class Milestone(CustomerFact):
    """A step of onboarding. `reached_on` empty: not yet."""

    name = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    reached_on = models.DateField(null=True, blank=True)

    objects = FactQuerySet["Milestone"].as_manager()

    class Meta(CustomerFact.Meta):
        indexes = [
            models.Index(
                fields=["reached_on"],
                condition=models.Q(superseded_at=None, reached_on__isnull=False),
                name="milestone_reached_lately",
            )
        ]


class Objective(CustomerFact):
    """An outcome that the customer wants from what it bought."""

    outcome = models.CharField(max_length=500)
    agreed_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    reached_on = models.DateField(null=True, blank=True)

    objects = FactQuerySet["Objective"].as_manager()


class ChurnKind(models.TextChoices):
    VOLUNTARY = "voluntary", gettext_lazy("Voluntary")
    INVOLUNTARY = "involuntary", gettext_lazy("Involuntary")


class Renewal(CustomerFact):
    """A contract comes up for renewal; of one subscription, or of all the customer's.

    `cancelled_on`: notice was given that day, so it will not renew, for `churn_reason`.
    `agreed_on`: the customer said that day that it will.
    """

    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    renews_on = models.DateField()
    is_auto_renewed = models.BooleanField(null=True, blank=True)
    notice_by = models.DateField(null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    churn_reason = models.CharField(max_length=200, blank=True)
    churn_kind = models.CharField(max_length=16, choices=ChurnKind, blank=True)

    objects = FactQuerySet["Renewal"].as_manager()

    class Meta(CustomerFact.Meta):
        constraints = [
            *CustomerFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(churn_kind__in=["", "voluntary", "involuntary"]),
                name="renewal_churn_kind_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["renews_on"],
                condition=models.Q(superseded_at=None),
                name="renewal_ahead",
            )
        ]


class Pause(CustomerFact):
    """The customer (or one subscription) pays nothing from `starts_on` until `ends_on` and means
    to come back."""

    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The first day without.")
    reason = models.CharField(max_length=200, blank=True)

    objects = FactQuerySet["Pause"].as_manager()

    class Meta(CustomerFact.Meta):
        constraints = [
            *CustomerFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")),
                name="pause_ends_after_start",
            ),
        ]
