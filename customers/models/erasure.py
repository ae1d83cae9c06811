"""People erased on request: how far it is, and how they are known not to come back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


class Erasure(models.Model):
    """The erasure of one person, who may be a contact of several customers by the same address.

    The contacts lose name, id and address at once; a job looks through everything else. What it
    looks for (`sought`, see customers.erasing.Sought) is emptied when it is done, and when the job
    gives up: then somebody has to say again who it is about. `found` counts
    what was changed, by place. `pseudonym` stands where an end user's id was.
    """

    class State(models.TextChoices):
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        STOPPED = "stopped", gettext_lazy("stopped after too many attempts")

    # No foreign key: the record of an erasure outlives the row of the contact.
    contact_id = models.BigIntegerField(unique=True, help_text="Who was asked for.")
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    reason = models.CharField(max_length=300, blank=True)
    pseudonym = models.CharField(max_length=40, unique=True)
    sought = models.JSONField(default=dict)
    steps_done = models.JSONField(default=list)
    waits_for = models.JSONField(
        default=list,
        db_default=[],
        help_text="Transactions that were running when it began: what they store is looked"
        " through again when they have ended.",
    )
    found = models.JSONField(default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="running", finished_at=None)
                | models.Q(state="done", finished_at__isnull=False, sought={})
                | models.Q(state="stopped", finished_at=None, sought={}),
                name="erasure_forgets_when_done",
            ),
        ]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"

    @property
    def job_key(self) -> str:
        return f"erasure-{self.pk}"


class ErasedIdentity(models.Model):
    """An address or id of somebody who was erased, as a hash (customers.erased.hash_of): rows
    that would bring it back are refused."""

    hash = models.CharField(max_length=64, unique=True)
    erased_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.hash[:8]} erased on {self.erased_on}"
