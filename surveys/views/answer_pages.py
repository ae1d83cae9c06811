"""What the answer page and the page of thanks show, for a contact or for a preview."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from surveys.answers import ANSWER_LENGTH
from surveys.content import Question, Type
from surveys.forms.answers import PREFIX
from surveys.models.response import COMMENT_LENGTH
from surveys.reading import Reading
from surveys.scales import Level
from surveys.texts import fill
from surveys.wording import ENGLISH
from tenants.context import current_company

LEVELS = tuple(Level)


@dataclass(frozen=True)
class Said:
    """What the fields hold: what was just posted, or what was answered before.

    `errors`: {field: words}; fields are `score`, `comment`, and further questions by key.
    """

    score: int | None = None
    comment: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    seen: int | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def score_in(text: str | None, reading: Reading) -> int | None:
    """A score of the scale, or None for whatever else somebody put there."""
    if text and re.fullmatch(r"[0-9]|10", text):
        score = int(text)
        return score if score in reading.campaign.scores else None
    return None


def shared_context(reading: Reading) -> dict[str, Any]:
    return {
        "brand_name": reading.names["company"],
        "language": reading.language,
        "direction": reading.words.direction,
        "words": reading.words,
    }


def in_language(response: HttpResponse, language: str) -> HttpResponse:
    """A page for a contact says that it is in the contact's language, whatever the company's is."""
    response.headers["Content-Language"] = language
    return response


def question_context(reading: Reading, said: Said) -> dict[str, Any]:
    """Of surveys/answer.html: everything that may follow is there, what does not is hidden."""
    level = _level(reading, said.score)
    campaign = reading.campaign
    return {
        **shared_context(reading),
        **_fields(reading, said, level),
        "question": reading.question,
        "value": said.score,
        "level": level or "",
        "lowest": campaign.lowest_score,
        "highest": campaign.highest_score,
        "levels_of_scores": " ".join(campaign.level_of(score) for score in campaign.scores),
        "lowest_label": reading.lowest_label,
        "highest_label": reading.highest_label,
        "score_errors": [said.errors["score"]] if "score" in said.errors else [],
    }


def thanks_context(reading: Reading, said: Said, *, is_asking_more: bool) -> dict[str, Any]:
    """Of surveys/thanks.html; `is_asking_more`: with the fields of the score's level."""
    assert said.score is not None
    level = _level(reading, said.score)
    assert level is not None
    return {
        **shared_context(reading),
        **(_fields(reading, said, level) if is_asking_more else {}),
        "is_asking_more": is_asking_more,
        "level": level,
        "thank_you": reading.thank_you(level),
        "score_words": reading.score_words(said.score),
        "said_comment": said.comment,
        "said_answers": _said_answers(reading, said.answers),
    }


def too_long(reading: Reading, limit: int = COMMENT_LENGTH) -> str:
    return fill(reading.words.too_long, limit=str(limit))


def _level(reading: Reading, score: int | None) -> Level | None:
    return None if score is None else reading.campaign.level_of(score)


def _fields(reading: Reading, said: Said, level: Level | None) -> dict[str, Any]:
    return {
        "seen": said.seen or "",
        "follow_up": reading.follow_up(level),
        "follow_ups": {one.value: reading.follow_up(one) for one in LEVELS},
        "comment": said.comment,
        "comment_error": said.errors.get("comment", ""),
        "comment_length": COMMENT_LENGTH,
        "answer_length": ANSWER_LENGTH,
        "questions": [_question(reading, one, said, level) for one in reading.questions],
    }


def _question(
    reading: Reading, question: Question, said: Said, level: Level | None
) -> dict[str, Any]:
    given = said.answers.get(question.key)
    chosen = given if isinstance(given, list) else [given]
    return {
        "key": question.key,
        "name": PREFIX + question.key,
        "type": question.type.value,
        "input": "checkbox" if question.type is Type.CHOICES else "radio",
        "text": reading.question_text(question.key),
        "value": given or "",
        "choices": [
            (choice, reading.choice_text(question.key, choice), choice in chosen)
            for choice in question.choices
        ],
        "levels": " ".join(question.levels),
        "is_asked": level is not None and level in question.levels,
        "error": said.errors.get(question.key, ""),
    }


def _said_answers(reading: Reading, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(question, answer) in words."""
    rows = []
    for question in reading.questions:
        given = answers.get(question.key)
        if not given:
            continue
        if question.type is Type.TEXT:
            rows.append((reading.question_text(question.key), str(given)))
            continue
        chosen = given if isinstance(given, list) else [given]
        words = [reading.choice_text(question.key, choice) for choice in chosen]
        rows.append((reading.question_text(question.key), "\n".join(words)))
    return rows


def unknown_link(request: HttpRequest) -> HttpResponse:
    """Whose link it is cannot be known, so neither can the language."""
    context = {
        "brand_name": current_company().name,
        "language": "en",
        "direction": ENGLISH.direction,
        "title": ENGLISH.unknown,
        "text": ENGLISH.unknown_text,
    }
    return in_language(render(request, "surveys/dead_link.html", context, status=404), "en")
