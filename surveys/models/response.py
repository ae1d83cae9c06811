"""What was answered, in every version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from customers.models import Source
from surveys.models.invitation import Invitation

COMMENT_LENGTH = 5000
# Whoever wrote a comment, or something to further questions.
MAY_HAVE_WORDS = ~Q(comment="") | ~Q(answers={})


class Origin(models.TextChoices):
    """How an answer reached us."""

    MAIL_LINK = "mail_link", gettext_lazy("Link in the mail")
    PAGE = "page", gettext_lazy("Answer page")
    API = "api", "API"
    USER = "user", gettext_lazy("A user of the company")
    IMPORT = "import", gettext_lazy("Import of past answers")


class ResponseQuerySet(models.QuerySet["Response"]):
    def current(self) -> ResponseQuerySet:
        """The latest version of each answer."""
        return self.filter(superseded_at=None)

    def counted(self) -> ResponseQuerySet:
        """Current, and not given by the company's own users: what figures rest on."""
        return self.current().filter(is_by_user=False)


class Response(models.Model):
    """One version of the answer to an invitation; the current one has no `superseded_at`.

    A change of mind sets `superseded_at` and adds a row that carries over what was not changed;
    rows are never overwritten. The constraint lets one version per invitation be current.
    """

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="responses")
    score = models.SmallIntegerField()
    comment = models.TextField(blank=True)
    answers = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="To further questions: {question: choice, [choices] or text}.",
    )
    origin = models.CharField(max_length=16, choices=Origin)
    is_by_user = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Given while signed in as a user of the company; left out of figures.",
    )
    answered_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now, help_text="When we learned of it.")
    superseded_at = models.DateTimeField(null=True, blank=True)
    # Of answers that were brought in: what names them, and who brought and who closed a version.
    external_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_by = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source_updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last changed where it comes from, if told."
    )

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=10), name="response_score_on_scale"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["mail_link", "page", "api", "user", "import"]),
                name="response_origin_known",
            ),
            models.UniqueConstraint(
                fields=["external_id"],
                condition=Q(superseded_at=None),
                name="response_one_current_per_id",
            ),
            models.UniqueConstraint(
                fields=["invitation"],
                condition=Q(superseded_at=None),
                name="response_one_current",
            ),
        ]
        indexes = [
            models.Index(
                fields=["answered_at"],
                condition=Q(superseded_at=None),
                include=["invitation", "score", "is_by_user"],
                name="response_current_by_time",
            ),
            models.Index(
                fields=["-answered_at", "-id"],
                condition=Q(superseded_at=None) & MAY_HAVE_WORDS,
                name="response_said_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score} from {self.invitation_id}"
