"""Who did what, when: rows written by actions and never changed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class AuditEntry(models.Model):
    """One action. The labels stay readable when the user or the subject is gone."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    actor_label = models.CharField(max_length=254)
    action = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=100, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    subject_label = models.CharField(max_length=254, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="accounts_audit_newest")]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.subject_label}".rstrip()
