"""Shapes of campaigns and of what they say."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from surveys.content import Content, Question, Texts, Type
from surveys.models import Campaign, Kind
from surveys.models.campaign import Language
from surveys.scales import SCALES_OF, Level

SCALES = list(
    dict.fromkeys(f"{low}-{high}" for scales in SCALES_OF.values() for low, high in scales)
)
OF_LEVEL = "By level of the score: low, middle, high. A level without one has the general text."


def _text(help_text: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, help_text=help_text)


def _texts(help_text: str) -> serializers.DictField:
    child = serializers.CharField(allow_blank=True)
    return serializers.DictField(child=child, required=False, help_text=help_text)


class CampaignTextsShape(serializers.Serializer[Texts]):
    """One language. {company}, {contact} and {customer} are filled in; nothing else is."""

    question = serializers.CharField()
    follow_up = _text("Asked beside the score.")
    thank_you = _text()
    lowest_label = _text("What the lowest score means; empty: the portal's words.")
    highest_label = _text("What the highest score means; empty: the portal's words.")
    follow_ups = _texts(OF_LEVEL)
    thank_yous = _texts(OF_LEVEL)
    questions = _texts("{question: its text}")
    choices = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True)),
        required=False,
        help_text="{question: {choice: its text}}; a choice without one is shown as it is.",
    )


class CampaignQuestionShape(serializers.Serializer[Question]):
    """A further question, asked of those whose score is on one of `levels`."""

    key = serializers.CharField()
    type = serializers.ChoiceField(choices=[one.value for one in Type])
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    levels = serializers.ListField(
        child=serializers.ChoiceField(choices=[one.value for one in Level]), required=False
    )


class CampaignContentShape(serializers.Serializer[Content]):
    """What the campaign says. A contact reads its own language, or else the first."""

    language = serializers.ChoiceField(choices=Language.choices, help_text="The first language.")
    texts = serializers.DictField(child=CampaignTextsShape(), help_text="{language: its texts}")
    questions = CampaignQuestionShape(many=True, required=False)


class CampaignBodyShape(serializers.Serializer[Any]):
    """What can be set while nobody has been asked."""

    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    scale = serializers.ChoiceField(
        choices=SCALES, required=False, help_text="Without one: the usual one of the kind."
    )
    is_relational = serializers.BooleanField(required=False)
    content = CampaignContentShape(
        required=False, help_text="Without it: the portal's own words, in English."
    )


class CampaignShape(CampaignBodyShape):
    """A campaign."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Campaign.State.choices)
    is_backfilled = serializers.BooleanField(help_text="Asked elsewhere; no mail was sent.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_reason = serializers.CharField(help_text="Why the portal paused it; else empty.")
    done_at = serializers.DateTimeField(allow_null=True)
    sending_error = serializers.CharField(help_text="In the mail server's words; else empty.")


class CampaignListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = CampaignShape(many=True)


class CampaignStartShape(serializers.Serializer[Any]):
    expected_count = serializers.IntegerField(
        required=False, min_value=0, help_text="Start only if it comes to so many contacts."
    )


class CampaignResumeShape(serializers.Serializer[Any]):
    is_skipping = serializers.BooleanField(
        required=False, help_text="Without what was due more than a day ago."
    )


class CampaignPreviewShape(serializers.Serializer[Any]):
    """The mail as somebody made up would get it."""

    language = serializers.CharField()
    direction = serializers.ChoiceField(choices=["ltr", "rtl"])
    sender = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """As CampaignShape."""
    columns = ("id", "name", "kind", "is_relational", "state", "is_backfilled", "paused_reason")
    instants = ("created_at", "started_at", "paused_at", "done_at")
    return {
        **{name: getattr(campaign, name) for name in (*columns, *instants, "sending_error")},
        "scale": f"{campaign.lowest_score}-{campaign.highest_score}",
        "content": content_json(Content.of(campaign)),
    }


def content_json(content: Content) -> dict[str, Any]:
    """As CampaignContentShape."""
    return {
        "language": content.language,
        "texts": {tag: asdict(texts) for tag, texts in content.texts.items()},
        "questions": [asdict(one) for one in content.questions],
    }


def content_of(values: dict[str, Any]) -> Content:
    """The content that a valid body says; not checked any further."""
    questions = [
        Question(
            key=one["key"],
            type=Type(one["type"]),
            choices=tuple(one.get("choices", ())),
            levels=tuple(one.get("levels") or [level.value for level in Level]),
        )
        for one in values.get("questions", [])
    ]
    texts = {tag: Texts(**one) for tag, one in values["texts"].items()}
    return Content(values["language"], texts, tuple(questions))


def members_of(values: dict[str, Any]) -> dict[str, Any]:
    """A valid body as the actions take it."""
    members = dict(values)
    if "content" in members:
        members["content"] = content_of(members["content"])
    if "scale" in members:
        lowest, highest = members["scale"].split("-")
        members["scale"] = (int(lowest), int(highest))
    return members
