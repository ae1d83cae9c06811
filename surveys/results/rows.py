"""Answers as lists show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.content import Content, Type
from surveys.models import FollowUp, Response, ResponseReading, Sentiment, Tag
from surveys.results.answers import TagShown, known_tags, reading_of, tags_of
from surveys.results.figures import SERIES, level_name
from surveys.saying import quoted
from surveys.scales import Level

TONES = {"positive": "good", "neutral": "neutral", "mixed": "warning", "negative": "bad"}


@dataclass(frozen=True)
class TextAnswer:
    """What was written, or chosen, to a further question."""

    question: str
    text: str


@dataclass(frozen=True)
class AnswerRow:
    """One answer. `why`: in words, what its sentiment rests on."""

    response: Response
    level: Level
    level_name: str
    tags: Sequence[TagShown]
    texts: Sequence[TextAnswer]
    follow_up: FollowUp | None
    reading: ResponseReading | None

    @property
    def series(self) -> str:
        return SERIES[self.level]

    @property
    def level_words(self) -> str:
        """The level's name in the reader's language."""
        return _(self.level_name)

    @property
    def sentiment(self) -> str:
        return self.reading.sentiment if self.reading else ""

    @property
    def sentiment_label(self) -> str:
        return str(Sentiment(self.sentiment).label) if self.sentiment else ""

    @property
    def sentiment_tone(self) -> str:
        return TONES.get(self.sentiment, "neutral")

    @property
    def why(self) -> str:
        return why_of(self.reading, self.level) if self.reading else ""


def why_of(reading: ResponseReading, level: Level) -> str:
    """The words for and against, and whether the score counted."""
    parts = []
    for side, sentence, counting, score in (
        ("positive", _("For: {words}."), Level.HIGH, _("the high score")),
        ("negative", _("Against: {words}."), Level.LOW, _("the low score")),
    ):
        words = [quoted(word) for word in reading.found.get(side, [])]
        words += [score] if level is counting else []
        if words:
            parts.append(sentence.format(words=", ".join(words)))
    return " ".join(parts) or _("No word for or against, and a score in the middle.")


def rows_of(
    responses: Iterable[Response], tags: Mapping[int, Tag] | None = None
) -> list[AnswerRow]:
    """The rows of loaded answers (surveys.results.answers.with_all). Costs a query for the tags,
    where they are not given."""
    known = known_tags() if tags is None else tags
    contents: dict[int, Content] = {}
    return [row_of(one, known, contents) for one in responses]


def row_of(
    response: Response, known: Mapping[int, Tag], contents: dict[int, Content] | None = None
) -> AnswerRow:
    campaign = response.invitation.campaign
    contents = {} if contents is None else contents
    if campaign.pk not in contents:
        contents[campaign.pk] = Content.of(campaign)
    return AnswerRow(
        response=response,
        level=campaign.level_of(response.score),
        level_name=level_name(campaign.kind, campaign.highest_score, response.score),
        tags=tags_of(response, known),
        texts=texts_of(response, contents[campaign.pk]),
        follow_up=follow_up_of(response),
        reading=reading_of(response),
    )


def texts_of(response: Response, content: Content) -> list[TextAnswer]:
    """What was answered to further questions, in words of the campaign's first language."""
    own = content.texts[content.language]
    found = []
    for question in content.questions:
        said = (response.answers or {}).get(question.key)
        if not said:
            continue
        if question.type is Type.TEXT:
            text = str(said)
        else:
            chosen = said if isinstance(said, list) else [said]
            text = ", ".join(own.choice_of(question.key, str(one)) for one in chosen)
        found.append(TextAnswer(own.question_of(question.key), text))
    return found


def follow_up_of(response: Response) -> FollowUp | None:
    try:
        return response.invitation.follow_up
    except FollowUp.DoesNotExist:
        return None
