"""Answers to further questions: what fits a question, and how parts of them come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.actions.refusals import Refused
from surveys.content import Question, Type

ANSWER_LENGTH = 5000


class AnswerError(Refused):
    """An answer does not fit its question, or there is no such question (`question`: its key)."""

    def __init__(self, message: str, *, code: str, question: str) -> None:
        super().__init__(message, code=code)
        self.question = question


def checked_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they are kept: {question: choice, [choices] or text}; None where it is empty.

    Raises AnswerError (`question_unknown`, `choice_unknown`, `answer_wrong`, `answer_too_long`).
    """
    by_key = {one.key: one for one in questions}
    kept = {}
    for key, answer in answers.items():
        if key not in by_key:
            raise AnswerError(
                f"There is no question “{key[:60]}” in this survey.",
                code="question_unknown",
                question=key,
            )
        kept[key] = _checked(by_key[key], answer)
    return kept


def _checked(question: Question, answer: Any) -> Any:
    if answer is None or answer in ("", []):
        return None
    if question.type is Type.TEXT:
        return _text(question, answer)
    if question.type is Type.CHOICE:
        return _choice(question, answer)
    if not isinstance(answer, list):
        raise AnswerError(
            f"“{question.key}” is answered by a list of its choices.",
            code="answer_wrong",
            question=question.key,
        )
    chosen = {_choice(question, one) for one in answer}
    return [choice for choice in question.choices if choice in chosen]


def _text(question: Question, answer: Any) -> str | None:
    if not isinstance(answer, str) or "\0" in answer:
        raise AnswerError(
            f"“{question.key}” is answered in words.", code="answer_wrong", question=question.key
        )
    if len(answer) > ANSWER_LENGTH:
        raise AnswerError(
            f"Please keep “{question.key}” to {ANSWER_LENGTH} characters.",
            code="answer_too_long",
            question=question.key,
        )
    return answer.strip() or None


def _choice(question: Question, answer: Any) -> str:
    if answer not in question.choices:
        raise AnswerError(
            f"“{question.key}” is answered by one of: {', '.join(question.choices)}.",
            code="choice_unknown",
            question=question.key,
        )
    return str(answer)


def merged(
    earlier: Mapping[str, Any], part: Mapping[str, Any], *, is_emptying: bool
) -> dict[str, Any]:
    """`earlier` with what came in (checked); an emptied answer goes only when `is_emptying`."""
    given = {key: answer for key, answer in part.items() if answer is not None}
    emptied = {key for key, answer in part.items() if answer is None and is_emptying}
    return {key: value for key, value in {**earlier, **given}.items() if key not in emptied}
