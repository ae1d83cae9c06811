"""Health: the company's models, the scores they gave, and numbers sent to be weighed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from customers.models import Customer


class HealthModel(models.Model):
    """A recipe for customers of one kind, in all its versions.

    Of the models whose condition a customer meets, the one of the lowest `position` applies. The
    condition: the attribute `segment_key` is `segment_value`, and it has been a customer for at
    least `tenure_from` and less than `tenure_until` days; what is not said is not asked. A retired
    one applies to nobody and is kept for its record.
    """

    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(help_text="The lowest that fits applies.")
    segment_key = models.CharField(max_length=63, blank=True, default="")
    segment_value = models.CharField(max_length=200, blank=True, default="")
    tenure_from = models.PositiveIntegerField(null=True, blank=True)
    tenure_until = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(retired_at=None),
                name="health_model_name_once",
            ),
            models.CheckConstraint(
                condition=models.Q(segment_key="", segment_value="") | ~models.Q(segment_key=""),
                name="health_model_segment_has_its_key",
            ),
            models.CheckConstraint(
                condition=models.Q(tenure_from=None)
                | models.Q(tenure_until=None)
                | models.Q(tenure_until__gt=models.F("tenure_from")),
                name="health_model_tenure_passes",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HealthVersion(models.Model):
    """What a model says (`recipe`, see metrics.health.recipe), once published for good. A model
    has one draft at most, without a number; the latest published version is the one in force."""

    model = models.ForeignKey(HealthModel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(null=True, blank=True, help_text="None: a draft.")
    recipe = models.JSONField()
    note = models.CharField(max_length=500, blank=True, default="")
    made_by = models.CharField(max_length=200, blank=True, default="")
    changed_at = models.DateTimeField(default=timezone.now)
    published_by = models.CharField(max_length=200, blank=True, default="")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="health_version_number_once"),
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(number=None),
                name="health_version_one_draft",
            ),
            models.CheckConstraint(
                condition=models.Q(number=None, published_at=None)
                | models.Q(number__isnull=False, published_at__isnull=False),
                name="health_version_published_has_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {f'version {self.number}' if self.number else 'draft'}"


class HealthScore(models.Model):
    """A customer's score from `starts_on` until `ends_on` (null: now), the days on which it was
    the same by the same version. `score` is rounded; `coverage`: % of the weights that were
    measured. `band` changed where the span before, if it adjoins, has another."""

    class Band(models.TextChoices):
        GREEN = "green", gettext_lazy("Green")
        AMBER = "amber", gettext_lazy("Amber")
        RED = "red", gettext_lazy("Red")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(HealthVersion, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The first day without.")
    score = models.SmallIntegerField()
    coverage = models.SmallIntegerField()
    band = models.CharField(max_length=5, choices=Band)
    is_backfilled = models.BooleanField(
        default=False, db_default=False, help_text="Made afterwards, from what was known then."
    )

    class Meta:
        indexes = [
            models.Index(fields=["ends_on"], name="health_score_ended"),
            models.Index(
                fields=["score", "customer"],
                include=["band", "version", "coverage", "starts_on"],
                condition=models.Q(ends_on=None),
                name="health_score_now",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "starts_on"], name="health_score_once"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(ends_on=None),
                name="health_score_one_now",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")),
                name="health_score_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=0, score__lte=100),
                name="health_score_within_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score} from {self.starts_on}"


class HealthMeasures(models.Model):
    """What a customer's last scoring measured: `values` of the signals of `version`, in its order
    (NaN: not measured). Derived; metrics.health.kept writes and reads it, so that the draft of a
    model can be tried on everybody without measuring anything."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    version = models.ForeignKey(
        HealthVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    values = ArrayField(models.FloatField())

    def __str__(self) -> str:
        return f"{self.customer_id} by {self.version_id}"


class CustomSignal(models.Model):
    """A number of the company's own, sent by API, that models can weigh."""

    class Direction(models.TextChoices):
        HIGHER = "higher", "more is better"
        LOWER = "lower", "less is better"

    key = models.CharField(
        max_length=63,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*\Z", "Use small letters, digits and _, a letter first."
            )
        ],
    )
    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=30, blank=True, default="")
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.HIGHER)
    curve = ArrayField(ArrayField(models.FloatField(), size=2))
    description = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class CustomSignalValue(models.Model):
    """What was sent of a customer; the latest measured counts. Never overwritten."""

    signal = models.ForeignKey(CustomSignal, on_delete=models.CASCADE, related_name="values")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    value = models.FloatField()
    measured_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "signal", "-measured_at"], name="custom_signal_latest")
        ]

    def __str__(self) -> str:
        return f"{self.value:g}"
