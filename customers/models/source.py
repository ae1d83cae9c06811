"""Where a fact came from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

UNDO_OF = gettext_noop("Undo of {name}")
MERGING_OF = gettext_noop("Merging of {name}")
REMOVAL_OF = gettext_noop("Removal of {name}")
DONE_TO = (UNDO_OF, MERGING_OF, REMOVAL_OF)
SAMPLE_DATA_REMOVED = gettext_noop("Removal of the sample data")
UNREACHED = gettext_noop("Mail does not reach them")
OF_REFERRAL_LINK = gettext_noop("Referral link of a contact")
OF_REFERRAL = gettext_noop("A referral")
OWN_LABELS = frozenset({SAMPLE_DATA_REMOVED, UNREACHED, OF_REFERRAL_LINK, OF_REFERRAL})


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
        return f"{self.get_kind_display()}: {self.words}"

    @property
    def words(self) -> str:
        """The label; in the reader's language where it is the portal's own and nobody's name."""
        if self.kind not in (self.Kind.USER, self.Kind.COMMAND, self.Kind.REFERRAL_LINK):
            return self.label
        if self.label in OWN_LABELS:
            return _(self.label)
        for words in DONE_TO:
            before = words.removesuffix("{name}")
            if self.label.startswith(before):
                return _(words).format(name=self.label.removeprefix(before))
        return self.label
