"""Shapes of results, answers and follow-ups."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from surveys.models import FollowUp, Kind, Reply, Response, Sentiment, SentimentWord
from surveys.models.follow_up import NOTE_LENGTH, REPLY_LENGTH
from surveys.results import Figure, Funnel, QuestionResult, Row
from surveys.results.rows import AnswerRow
from surveys.results.worklist import seconds_to_first_reply
from surveys.scales import Level

Json = dict[str, Any]
LEVELS = [level.value for level in Level]


class CampaignScoreShape(serializers.Serializer[Any]):
    """NPS in points, -100 to 100; CSAT and CES as the share of high answers, 0 to 1. `low` and
    `high` bound its 95 % interval; null without answers."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    distribution = serializers.DictField(child=serializers.IntegerField())
    levels = serializers.DictField(child=serializers.IntegerField())
    is_small = serializers.BooleanField(help_text="Fewer answers than the company's minimum n.")


class CampaignPeriodShape(CampaignScoreShape):
    """`start`: the first day of the week or month."""

    start = serializers.DateField()


class CampaignSegmentShape(CampaignScoreShape):
    """`segment` null: no value."""

    segment = serializers.CharField(allow_null=True)


class SkippedShape(serializers.Serializer[Any]):
    reason = serializers.CharField()
    count = serializers.IntegerField()


class FunnelShape(serializers.Serializer[Any]):
    """Counts of invitations. `delivered` and `opened` are null where nobody knows."""

    invited = serializers.IntegerField()
    waiting = serializers.IntegerField()
    sent = serializers.IntegerField()
    delivered = serializers.IntegerField(allow_null=True)
    opened = serializers.IntegerField(allow_null=True)
    answered = serializers.IntegerField()
    failed = serializers.IntegerField()
    unknown = serializers.IntegerField()
    bounced = serializers.IntegerField()
    complained = serializers.IntegerField()
    reminders = serializers.IntegerField()
    skipped = SkippedShape(many=True)
    response_rate = serializers.FloatField(allow_null=True)


class QuestionChoiceShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    text = serializers.CharField()
    count = serializers.IntegerField()


class QuestionResultShape(serializers.Serializer[Any]):
    """The texts of a text question are among the answers."""

    key = serializers.CharField()
    type = serializers.CharField()
    question = serializers.CharField()
    n = serializers.IntegerField()
    choices = QuestionChoiceShape(many=True)


class CampaignResultsShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Kind.choices)
    score = CampaignScoreShape()
    grain = serializers.ChoiceField(choices=["week", "month"])
    over_time = CampaignPeriodShape(many=True)
    by = serializers.CharField(allow_null=True)
    segments = CampaignSegmentShape(many=True)
    others = serializers.IntegerField(help_text="Answers in segments beyond the largest 50.")
    funnel = FunnelShape()
    questions = QuestionResultShape(many=True)


def score_json(figure: Figure, *, is_small: bool) -> Json:
    interval = figure.interval
    return {
        "value": _number(figure.value),
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "mean": _number(figure.mean),
        "n": figure.n,
        "distribution": {
            str(score): figure.counts.get(score, 0)
            for score in range(figure.lowest, figure.highest + 1)
        },
        "levels": {one.level.value: one.count for one in figure.levels},
        "is_small": is_small,
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def row_json(row: Row) -> Json:
    return score_json(row.figure, is_small=row.is_small)


def funnel_json(funnel: Funnel) -> Json:
    names = ["invited", "waiting", "sent", "delivered", "opened", "answered", "failed", "unknown"]
    names += ["bounced", "complained", "reminders"]
    return {
        **{name: getattr(funnel, name) for name in names},
        "skipped": [{"reason": one.reason, "count": one.count} for one in funnel.skipped],
        "response_rate": _number(funnel.response_rate),
    }


def question_json(found: QuestionResult) -> Json:
    return {
        "key": found.key,
        "type": found.type,
        "question": found.question,
        "n": found.n,
        "choices": [
            {"key": one.key, "text": one.label, "count": one.count} for one in found.choices
        ],
    }


class AnswerTagShape(serializers.Serializer[Any]):
    """`words`: those that made it; empty: given by hand."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField())


class AnswerShape(serializers.Serializer[Any]):
    """A current answer. `id` is its invitation's and stays when the answer is changed."""

    id = serializers.IntegerField()
    campaign = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    customer = serializers.CharField()
    contact = serializers.CharField(allow_null=True, help_text="The contact's id, if it has one.")
    email = serializers.CharField()
    score = serializers.IntegerField()
    level = serializers.ChoiceField(choices=LEVELS)
    comment = serializers.CharField()
    answers = serializers.DictField(help_text="To further questions.")
    answered_at = serializers.DateTimeField()
    is_by_user = serializers.BooleanField()
    sentiment = serializers.ChoiceField(choices=Sentiment.choices, allow_null=True)
    positive_words = serializers.ListField(child=serializers.CharField())
    negative_words = serializers.ListField(child=serializers.CharField())
    tags = AnswerTagShape(many=True)
    follow_up = serializers.IntegerField(allow_null=True)


class AnswerListShape(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    results = AnswerShape(many=True)


def answer_json(row: AnswerRow) -> Json:
    response: Response = row.response
    contact = response.invitation.contact
    found = row.reading.found if row.reading else {}
    return {
        "id": response.invitation_id,
        "campaign": response.invitation.campaign_id,
        "kind": response.invitation.campaign.kind,
        "customer": contact.customer.external_id,
        "contact": contact.external_id,
        "email": contact.email,
        "score": response.score,
        "level": row.level.value,
        "comment": response.comment,
        "answers": response.answers,
        "answered_at": response.answered_at,
        "is_by_user": response.is_by_user,
        "sentiment": row.sentiment or None,
        "positive_words": found.get("positive", []),
        "negative_words": found.get("negative", []),
        "tags": [
            {"id": one.tag.pk, "name": one.tag.name, "words": list(one.words)} for one in row.tags
        ],
        "follow_up": row.follow_up.pk if row.follow_up else None,
    }


class AnswerTagBody(serializers.Serializer[Any]):
    tag = serializers.IntegerField(min_value=1)
    is_taken = serializers.BooleanField(
        default=False, help_text="Take it away instead of giving it."
    )


class TagShape(serializers.Serializer[Any]):
    """An answer that holds one of the phrases has the tag."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=60)
    phrases = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list, max_length=200
    )


class TagListShape(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    results = TagShape(many=True)


class SentimentWordsShape(serializers.Serializer[Any]):
    """The company's own words of one meaning, all of them."""

    meaning = serializers.ChoiceField(choices=SentimentWord.Meaning.choices)
    phrases = serializers.ListField(child=serializers.CharField(max_length=200), max_length=1000)


class SentimentWordListShape(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    results = SentimentWordsShape(many=True)


class FollowUpShape(serializers.Serializer[FollowUp]):
    """`answer` is the id of the answer it is about."""

    id = serializers.IntegerField()
    answer = serializers.IntegerField()
    campaign = serializers.IntegerField()
    customer = serializers.CharField()
    email = serializers.CharField()
    score = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=FollowUp.State.choices)
    outcome = serializers.ChoiceField(choices=FollowUp.Outcome.choices, allow_null=True)
    owner = serializers.CharField(allow_null=True, help_text="A user's address.")
    opened_at = serializers.DateTimeField()
    first_reply_at = serializers.DateTimeField(allow_null=True)
    hours_to_first_reply = serializers.FloatField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class FollowUpListShape(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    results = FollowUpShape(many=True)


def follow_up_json(found: Any) -> Json:
    """Of a row of surveys.results.worklist.follow_ups."""
    seconds = seconds_to_first_reply(found)
    contact = found.invitation.contact
    return {
        "id": found.pk,
        "answer": found.invitation_id,
        "campaign": found.invitation.campaign_id,
        "customer": contact.customer.external_id,
        "email": contact.email,
        "score": found.score,
        "comment": found.comment,
        "state": found.state,
        "outcome": found.outcome or None,
        "owner": found.owner.email if found.owner else None,
        "opened_at": found.opened_at,
        "first_reply_at": found.first_reply_at,
        "hours_to_first_reply": None if seconds is None else seconds / 3600,
        "closed_at": found.closed_at,
    }


class FollowUpNoteShape(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    by = serializers.CharField(read_only=True, allow_null=True)
    text = serializers.CharField(max_length=NOTE_LENGTH)
    created_at = serializers.DateTimeField(read_only=True)


class FollowUpReplyShape(serializers.Serializer[Any]):
    """A mail to the contact. `by` is the user it is from, and whom the contact answers to."""

    id = serializers.IntegerField(read_only=True)
    by = serializers.EmailField(
        required=False, help_text="A user's address; needed with a key, else who calls."
    )
    text = serializers.CharField(max_length=REPLY_LENGTH)
    subject = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=Reply.State.choices, read_only=True)
    error = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    sent_at = serializers.DateTimeField(read_only=True, allow_null=True)


class OneFollowUpShape(FollowUpShape):
    notes = FollowUpNoteShape(many=True)
    replies = FollowUpReplyShape(many=True)


class FollowUpBody(serializers.Serializer[Any]):
    """`state` closed takes an `outcome`, and a `note` if there is one to keep."""

    owner = serializers.CharField(
        required=False, allow_null=True, help_text="A user's address; null: nobody."
    )
    state = serializers.ChoiceField(choices=FollowUp.State.choices, required=False)
    outcome = serializers.CharField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_LENGTH)


class ReplyingShape(serializers.Serializer[Any]):
    """Of the follow-ups opened in the last `days`. `median_hours`: from opening to the first
    reply, of the `n` that got one."""

    days = serializers.IntegerField()
    median_hours = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    waiting = serializers.IntegerField()
    overdue = serializers.IntegerField()
