"""Work to be done, as rows: one table per company, and one in `public` for shared work."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """A piece of work, written in the transaction that caused it.

    `key` names what it is about: there is at most one queued job per key, and never two running.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        PARKED = "parked", "parked after too many attempts"

    kind = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    queue = models.CharField(max_length=16)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(state="queued"), name="job_one_queued_per_key"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(state="running"), name="job_one_running_per_key"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "done", "parked"]),
                name="job_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "run_at", "id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
