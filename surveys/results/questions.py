"""What was answered to a campaign's further questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from surveys.content import Content, Question, Type
from surveys.models import Campaign

TEXTS_SHOWN = 5


@dataclass(frozen=True)
class ChoiceCount:
    """`key` is the choice's, `label` its text in the campaign's first language."""

    key: str
    label: str
    count: int
    share: Decimal | None


@dataclass(frozen=True)
class Text:
    """What one contact wrote."""

    invitation_id: int
    text: str


@dataclass(frozen=True)
class QuestionResult:
    """`n`: how many answered this question. Choices in the question's order (shares of `n`; of a
    question with several they may add up to more than all); texts the newest first."""

    key: str
    type: str
    question: str
    n: int
    choices: Sequence[ChoiceCount]
    texts: Sequence[Text]


def questions_of(
    campaign: Campaign, stored: Mapping[str, Any] | None = None
) -> list[QuestionResult]:
    """Costs up to three queries, however many questions there are; one where counts are stored."""
    content = Content.of(campaign)
    if not content.questions:
        return []
    counts = stored["questions"] if stored else count_questions(campaign)
    answered = dict(counts["answered"])
    chosen = {(key, choice): count for key, choice, count in counts["chosen"]}
    texts = _texts(campaign, [one.key for one in content.questions if one.type is Type.TEXT])
    return [
        QuestionResult(
            key=one.key,
            type=one.type.value,
            question=content.texts[content.language].question_of(one.key),
            n=answered.get(one.key, 0),
            choices=_choices(content, one, chosen, answered.get(one.key, 0)),
            texts=texts.get(one.key, []),
        )
        for one in content.questions
    ]


def _choices(
    content: Content, question: Question, chosen: dict[tuple[str, str], int], n: int
) -> list[ChoiceCount]:
    own = content.texts[content.language]
    counts = {choice: chosen.get((question.key, choice), 0) for choice in question.choices}
    return [
        ChoiceCount(
            choice, own.choice_of(question.key, choice), count, Decimal(count) / n if n else None
        )
        for choice, count in counts.items()
    ]


_ANSWERS = """
      FROM surveys_response r
      JOIN surveys_invitation i ON i.id = r.invitation_id
     CROSS JOIN LATERAL jsonb_each(r.answers) AS said (key, value)
"""
_COUNTED = """
     WHERE i.campaign_id = %(campaign)s AND r.superseded_at IS NULL AND NOT r.is_by_user
       AND said.value NOT IN ('""'::jsonb, '[]'::jsonb, 'null'::jsonb)
"""


def count_questions(campaign: Campaign) -> dict[str, list[Any]]:
    """`answered`: [question, answers]; `chosen`: [question, choice, answers]. Two queries, none
    without questions."""
    if not Content.of(campaign).questions:
        return {"answered": [], "chosen": []}
    return {"answered": _answered(campaign), "chosen": _chosen(campaign)}


def _answered(campaign: Campaign) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT said.key, count(*) {_ANSWERS} {_COUNTED} GROUP BY 1",
            {"campaign": campaign.pk},
        )
        return list(cursor.fetchall())


def _chosen(campaign: Campaign) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT said.key, choice, count(*) {_ANSWERS}
             CROSS JOIN LATERAL jsonb_array_elements_text(
                       CASE jsonb_typeof(said.value) WHEN 'array' THEN said.value
                            ELSE jsonb_build_array(said.value) END) AS choice
            {_COUNTED} GROUP BY 1, 2
            """,
            {"campaign": campaign.pk},
        )
        return list(cursor.fetchall())


def _texts(campaign: Campaign, keys: Sequence[str]) -> dict[str, list[Text]]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT key, invitation_id, text FROM (
                SELECT said.key, r.invitation_id, said.value #>> '{{}}' AS text,
                       row_number() OVER (PARTITION BY said.key
                                          ORDER BY r.answered_at DESC, r.id DESC) AS place
                {_ANSWERS} {_COUNTED} AND said.key = ANY(%(keys)s)
            ) AS ranked WHERE place <= {TEXTS_SHOWN:d} ORDER BY key, place
            """,  # noqa: S608 - texts of this module only
            {"campaign": campaign.pk, "keys": list(keys)},
        )
        found: dict[str, list[Text]] = {}
        for key, invitation_id, text in cursor.fetchall():
            found.setdefault(key, []).append(Text(invitation_id, text))
        return found
