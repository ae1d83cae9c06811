"""What the editor of a campaign's texts shows: a box per text, in sections by language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.wording import within
from surveys.content import (
    LABEL_LENGTH,
    MOST_QUESTIONS,
    QUESTION_LENGTH,
    TEXT_LENGTH,
    Content,
    ContentError,
    Question,
    Texts,
    Type,
)
from surveys.models import Campaign
from surveys.models.campaign import Language
from surveys.saying import quoted
from surveys.scales import Level, scores_of
from surveys.wording import WORDINGS

TYPES = [
    (Type.CHOICE.value, gettext_noop("One of several choices")),
    (Type.CHOICES.value, gettext_noop("Any of several choices")),
    (Type.TEXT.value, gettext_noop("A few words")),
]
LEVEL_NAMES = {
    Level.LOW: gettext_noop("Low scores"),
    Level.MIDDLE: gettext_noop("Middle scores"),
    Level.HIGH: gettext_noop("High scores"),
}


@dataclass(frozen=True)
class Box:
    """One text to fill in."""

    name: str
    label: str
    value: str
    limit: int
    rows: int = 1
    help: str = ""
    placeholder: str = ""
    errors: Sequence[str] = ()
    is_required: bool = False


class _Section:
    """The boxes of one language."""

    def __init__(
        self, campaign: Campaign, content: Content, tag: str, problems: Sequence[ContentError]
    ) -> None:
        self.campaign, self.content, self.tag = campaign, content, tag
        self.texts: Texts = content.texts[tag]
        self.words = WORDINGS[tag]
        self.is_first = tag == content.language
        self.problems = [one for one in problems if one.language in ("", tag)]

    def as_context(self) -> dict[str, Any]:
        kind = self.words.kinds[self.campaign.kind]
        ends = (self.campaign.lowest_score, self.campaign.highest_score)
        help_text = _(
            "Also the subject of the mail. {company}, {contact}, {customer} are filled in."
        )
        return {
            "tag": self.tag,
            "name": Language(self.tag).label,
            "direction": self.words.direction,
            "is_first": self.is_first,
            "has_errors": any(one.language == self.tag for one in self.problems),
            "question": self.box(
                "question", _("Question"), QUESTION_LENGTH, rows=2, help=help_text, is_required=True
            ),
            "labels": [
                self.box(
                    name,
                    _("What {score} means").format(score=score),
                    LABEL_LENGTH,
                    placeholder=words,
                )
                for name, score, words in zip(
                    ("lowest_label", "highest_label"), ends, (kind.least, kind.most), strict=True
                )
            ],
            "follow_up": self.box(
                "follow_up",
                _("Follow-up question"),
                QUESTION_LENGTH,
                rows=2,
                help=_("Asked beside the score, with room for a few words."),
            ),
            "follow_ups": self.levels("follow_up", self.texts.follow_ups, QUESTION_LENGTH),
            "thank_you": self.box(
                "thank_you",
                _("Thank-you text"),
                TEXT_LENGTH,
                rows=2,
                help=_("Shown after the answer."),
            ),
            "thank_yous": self.levels("thank_you", self.texts.thank_yous, TEXT_LENGTH),
            "has_levels": bool(self.texts.follow_ups or self.texts.thank_yous),
            "questions": [
                self.question(place, one)
                for place, one in enumerate(self.content.questions, start=1)
            ],
        }

    def box(self, name: str, label: str, limit: int, **more: Any) -> Box:
        # A text by level has no box of its own among the problems: it stands with the general one.
        names = (name, f"{name}s") if name in ("follow_up", "thank_you") else (name,)
        errors = [
            one.message for one in self.problems if one.field in names and one.language == self.tag
        ]
        value = getattr(self.texts, name)
        return Box(f"{self.tag}-{name}", label, value, limit, errors=errors, **more)

    def levels(self, name: str, texts: Any, limit: int) -> list[Box]:
        return [
            Box(
                f"{self.tag}-{name}-{level}",
                level_name(self.campaign, level),
                texts.get(level, ""),
                limit,
                rows=2,
            )
            for level in Level
        ]

    def question(self, place: int, one: Question) -> dict[str, Any]:
        named = [self.texts.choices.get(one.key, {}).get(choice, "") for choice in one.choices]
        if self.is_first:
            named = [text or choice for text, choice in zip(named, one.choices, strict=True)]
        named_by_place = _("Question {place}").format(place=place)
        errors = [
            problem.message.replace(quoted(one.key), named_by_place)  # by its key: in the API
            for problem in self.problems
            if problem.question == one.key and (problem.language == self.tag or self.is_first)
        ]
        first = self.content.texts[self.content.language]
        return {
            "key": one.key,
            "place": place,
            "type": one.type.value,
            "type_words": within(_(dict(TYPES)[one.type.value])),
            "has_choices": one.type is not Type.TEXT,
            "levels": [
                (level.value, within(level_name(self.campaign, level)), level in one.levels)
                for level in Level
            ],
            "errors": errors,
            "text": Box(
                f"{self.tag}-text-{one.key}",
                named_by_place,
                self.texts.question_of(one.key),
                QUESTION_LENGTH,
                rows=2,
                placeholder="" if self.is_first else first.question_of(one.key),
                is_required=self.is_first,
            ),
            "choices": Box(
                f"{self.tag}-choices-{one.key}",
                _("Choices of question {place}, one per line").format(place=place),
                "\n".join(named) if any(named) else "",
                20 * 122,
                rows=4,
                placeholder="" if self.is_first else "\n".join(one.choices),
                is_required=self.is_first,
            ),
        }


def level_name(campaign: Campaign, level: Level) -> str:
    """`Low scores, 0 to 6`."""
    scores = scores_of(campaign.kind, campaign.lowest_score, campaign.highest_score, level)
    first, last = scores[0], scores[-1]
    if first == last:
        return f"{_(LEVEL_NAMES[level])}, {first}"
    words = _("{level}, {first} to {last}")
    return words.format(level=_(LEVEL_NAMES[level]), first=first, last=last)


def editor_context(
    campaign: Campaign, content: Content, problems: Sequence[ContentError]
) -> dict[str, Any]:
    """Of the sections and the preview; `campaign` is of the kind that is being edited."""
    sections = [_Section(campaign, content, tag, problems).as_context() for tag in content.texts]
    others = [(tag, name) for tag, name in Language.choices if tag not in content.texts]
    return {
        "sections": sections,
        "other_languages": others,
        "types": [(value, _(label)) for value, label in TYPES],
        "levels": [(level.value, within(level_name(campaign, level))) for level in Level],
        "can_add_question": len(content.questions) < MOST_QUESTIONS,
        "content_errors": [
            one.message for one in problems if not one.language and not one.question
        ],
        "has_problems": bool(problems),
    }
