"""How it goes with a customer: who it brought in, talks with it, what it says and asks for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from customers.models.customer import Contact, Customer
from customers.models.fact import CustomerFact, FactQuerySet

TEXT_LENGTH = 10_000


class Referral(CustomerFact):
    """A customer brings in another. `referred` once that one is a customer itself."""

    referred = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    referred_name = models.CharField(max_length=300, blank=True)
    referred_on = models.DateField()
    converted_on = models.DateField(null=True, blank=True)

    objects = FactQuerySet["Referral"].as_manager()

    class Meta(CustomerFact.Meta):
        indexes = [models.Index(fields=["referred_on"], name="referral_day")]


class TouchpointKind(models.TextChoices):
    CALL = "call", gettext_lazy("Call")
    MEETING = "meeting", gettext_lazy("Meeting")
    REVIEW = "review", gettext_lazy("Business review")
    EMAIL = "email", gettext_lazy("E-mail")
    OTHER = "other", gettext_lazy("Other")


class Touchpoint(CustomerFact):
    """Somebody of the company talked with the customer."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=TouchpointKind)
    happened_at = models.DateTimeField()
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True)
    held_by = models.CharField(max_length=200, blank=True, help_text="Who of the company.")

    objects = FactQuerySet["Touchpoint"].as_manager()

    class Meta(CustomerFact.Meta):
        constraints = [
            *CustomerFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(kind__in=["call", "meeting", "review", "email", "other"]),
                name="touchpoint_kind_known",
            ),
        ]


class Review(CustomerFact):
    """A public review by somebody at the customer; `rating` of `best_rating`."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    site = models.CharField(max_length=100)
    published_on = models.DateField()
    rating = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    best_rating = models.DecimalField(max_digits=6, decimal_places=2, default=5)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True)
    url = models.CharField(max_length=1000, blank=True)

    objects = FactQuerySet["Review"].as_manager()

    class Meta(CustomerFact.Meta):
        indexes = [models.Index(fields=["published_on"], name="review_day")]
        constraints = [
            *CustomerFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(rating=None)
                | models.Q(rating__gte=0, rating__lte=models.F("best_rating")),
                name="review_rating_on_scale",
            ),
        ]


class FeatureRequest(CustomerFact):
    """Something the customer asks the company to build."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    title = models.CharField(max_length=300)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True)
    status = models.CharField(max_length=50, blank=True)
    requested_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    objects = FactQuerySet["FeatureRequest"].as_manager()


class Note(CustomerFact):
    """What somebody of the company wrote down about the customer."""

    text = models.TextField(max_length=TEXT_LENGTH)
    author = models.CharField(max_length=200, blank=True)
    written_at = models.DateTimeField()

    objects = FactQuerySet["Note"].as_manager()
