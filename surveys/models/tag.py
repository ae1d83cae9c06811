"""What is read out of answers by rules that everybody can see: tags and sentiment."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from surveys.models.invitation import Invitation
from surveys.models.response import Response


class Sentiment(models.TextChoices):
    """What the words of an answer, and its score, come to."""

    POSITIVE = "positive", gettext_lazy("Positive")
    NEUTRAL = "neutral", gettext_lazy("Neutral")
    MIXED = "mixed", gettext_lazy("Mixed")
    NEGATIVE = "negative", gettext_lazy("Negative")


class ReadingRules(models.Model):
    """The company's one row: how answers are read and worked on.

    `version` goes up with every change of tags and words; readings of an older one are made anew.
    """

    version = models.PositiveIntegerField(default=1, db_default=1)
    reply_days = models.PositiveSmallIntegerField(
        default=3,
        db_default=3,
        help_text="A follow-up without a reply is overdue after so many days.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="reading_rules_once"),
            models.CheckConstraint(
                condition=Q(reply_days__range=(1, 365)), name="reading_rules_days"
            ),
        ]

    def __str__(self) -> str:
        return f"Rules, version {self.version}"


def reading_rules() -> ReadingRules:
    """The company's, or what holds where nobody set any (not saved). Costs a query."""
    return ReadingRules.objects.filter(pk=1).first() or ReadingRules(pk=1)


class Tag(models.Model):
    """A theme. An answer that holds one of the `phrases` (whole words, without regard to case and
    accents) has it; without phrases only people give it."""

    name = models.CharField(max_length=60)
    phrases = models.JSONField(default=list, blank=True, db_default=[])
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="tag_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class TagMark(models.Model):
    """A tag that a person gave an answer, or took from it; it holds against the tag's rule."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="tag_marks")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="marks")
    is_taken = models.BooleanField(default=False)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invitation", "tag"], name="tag_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{'-' if self.is_taken else '+'}{self.tag_id} at {self.invitation_id}"


class SentimentWord(models.Model):
    """A word or phrase of the company's: it speaks for or against, or says nothing although the
    portal's own lists have it."""

    class Meaning(models.TextChoices):
        POSITIVE = "positive", gettext_lazy("Positive")
        NEGATIVE = "negative", gettext_lazy("Negative")
        NOTHING = "nothing", gettext_lazy("Says nothing")

    phrase = models.CharField(max_length=60)
    meaning = models.CharField(max_length=16, choices=Meaning)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("phrase"), name="sentiment_word_once"),
            models.CheckConstraint(condition=~Q(phrase=""), name="sentiment_word_given"),
            models.CheckConstraint(
                condition=Q(meaning__in=["positive", "negative", "nothing"]),
                name="sentiment_word_meaning_known",
            ),
        ]

    def __str__(self) -> str:
        return self.phrase


class ResponseReading(models.Model):
    """What the rules made of one version of an answer that has words. Derived: can be made anew.

    `words`: its comment and further texts, lower case and without accents, which is searched.
    `tags`: those it has, by the rules and by hand. `found`: {"tags": {tag: [words]}, "positive":
    [words], "negative": [words]}: why.
    """

    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, related_name="reading", primary_key=True
    )
    words = models.TextField(blank=True)
    sentiment = models.CharField(max_length=8, choices=Sentiment)
    tags = ArrayField(models.BigIntegerField(), default=list)
    found = models.JSONField(default=dict)
    version = models.PositiveIntegerField(help_text="Of the rules (ReadingRules).")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sentiment__in=["positive", "neutral", "mixed", "negative"]),
                name="reading_sentiment_known",
            ),
        ]
        indexes = [GinIndex(fields=["tags"], name="reading_tags")]

    def __str__(self) -> str:
        return f"{self.sentiment} {self.tags}"
