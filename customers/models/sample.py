"""The sample data of a company, while they are there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy

from accounts.models import User


class SampleData(models.Model):
    """One row while a company has sample data, or gets or loses them; none otherwise.

    `imports` are the ids of the imports that brought them in. `message`: why it stopped, if so.
    """

    class State(models.TextChoices):
        ADDING = "adding", gettext_lazy("being added")
        THERE = "there", gettext_lazy("there")
        REMOVING = "removing", gettext_lazy("being removed")

    state = models.CharField(max_length=16, choices=State, default=State.ADDING)
    as_of = models.DateField(help_text="The day their history ends on.")
    imports = ArrayField(models.BigIntegerField(), default=list)
    done = models.PositiveSmallIntegerField(default=0, help_text="Files, of `total`.")
    total = models.PositiveSmallIntegerField(default=0)
    doing = models.CharField(max_length=200, blank=True, default="")
    message = models.CharField(max_length=500, blank=True, default="")
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(models.Value(1), name="sample_data_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["adding", "there", "removing"]),
                name="sample_data_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Sample data, {self.get_state_display()}"

    @property
    def is_at_work(self) -> bool:
        return self.state != self.State.THERE
