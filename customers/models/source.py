"""Where a fact came from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy


class Source(models.Model):
    """One place that facts came in from: an import, an API key, a user, a command.

    Facts point at it, so that every number can be followed back to a file's upload or a key.
    """

    class Kind(models.TextChoices):
        IMPORT = "import", gettext_lazy("Import")
        API_KEY = "api_key", gettext_lazy("API key")
        WEBHOOK = "webhook", gettext_lazy("Webhook")
        USER = "user", gettext_lazy("User")
        COMMAND = "command", gettext_lazy("Command")
        REFERRAL_LINK = "referral_link", gettext_lazy("Referral link")

    kind = models.CharField(max_length=16, choices=Kind)
    label = models.CharField(max_length=200, help_text="What a reader sees, e.g. the file's name.")
    reference_id = models.BigIntegerField(
        null=True, blank=True, help_text="Id of the import, key or user within its own table."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["import", "api_key", "webhook", "user", "command", "referral_link"]
                ),
                name="source_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label}"
