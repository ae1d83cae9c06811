"""What health models would have said of the past, and weights learned from it: made by jobs."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from metrics.models.health import HealthModel, HealthVersion


class Asked(models.Model):
    """Something that a job makes and keeps until it is asked for anew. `found` (as JSON, see
    metrics.health.telling) is of `made_at`; `done` of `steps` is how far the job is."""

    asked_at = models.DateTimeField(default=timezone.now)
    done = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    found = models.JSONField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_waited_for(self) -> bool:
        return self.made_at is None or self.made_at < self.asked_at


class HealthProof(Asked):
    """The record of a version, beside another one's where there is one. `recipe` and
    `against_recipe`: what was proved; a draft may say something else by now."""

    version = models.ForeignKey(HealthVersion, on_delete=models.CASCADE, related_name="proofs")
    against = models.ForeignKey(
        HealthVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    recipe = models.JSONField(null=True, blank=True)
    against_recipe = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "against"],
                nulls_distinct=False,
                name="health_proof_once",
            ),
            models.CheckConstraint(
                condition=models.Q(against=None) | ~models.Q(against=models.F("version")),
                name="health_proof_against_another",
            ),
        ]

    def __str__(self) -> str:
        return f"proof of {self.version_id}"

    @property
    def job_key(self) -> str:
        return f"metrics.health_proof:{self.pk}"

    @property
    def is_of_another_draft(self) -> bool:
        """A draft was changed since."""
        was = [self.recipe, self.against_recipe]
        return self.found is not None and was != [
            self.version.recipe,
            self.against.recipe if self.against else None,
        ]


class HealthSuggestion(Asked):
    """Weights learned from who left, the latest of a model, that became its draft unless there
    were too few. `made_by`: who asked, whose draft it is."""

    model = models.OneToOneField(HealthModel, on_delete=models.CASCADE, related_name="suggestion")
    horizon = models.PositiveSmallIntegerField()
    made_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"suggestion for {self.model_id}"

    @property
    def job_key(self) -> str:
        return f"metrics.health_suggestion:{self.pk}"
