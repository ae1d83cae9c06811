"""What a campaign says: its texts per language, and per level of the score, and more questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.actions.refusals import Refused
from surveys.saying import quoted
from surveys.scales import Level
from surveys.texts import FIELDS, unknown_fields

if TYPE_CHECKING:
    from surveys.models import Campaign

MOST_QUESTIONS = 10
MOST_CHOICES = 20
QUESTION_LENGTH = 300
TEXT_LENGTH = 1000
LABEL_LENGTH = 60
CHOICE_LENGTH = 120
_KEY = re.compile(r"\A[a-z][a-z0-9_]{0,39}\Z")
_LEVELS = [level.value for level in Level]


class ContentError(Refused):
    """A text or question is not as it must be; `field` names which (as in Texts, or `questions`,
    `choices`, `language`), in which language, and of which further question."""

    def __init__(self, message: str, *, field: str, language: str = "", question: str = "") -> None:
        super().__init__(message, code="content_wrong")
        self.field = field
        self.language = language
        self.question = question


class Type(StrEnum):
    """What is answered to a further question."""

    CHOICE = "choice"  # one of its choices
    CHOICES = "choices"  # any of its choices
    TEXT = "text"


@dataclass(frozen=True)
class Question:
    """A question after the score; asked of those whose score is on one of `levels`.

    `choices` are keys: what each language calls them is in its texts.
    """

    key: str
    type: Type
    choices: Sequence[str] = ()
    levels: Sequence[str] = tuple(_LEVELS)


@dataclass(frozen=True)
class Texts:
    """A campaign in one language. Empty: the portal's own words (surveys.wording), or the
    campaign's first language where there are none.

    `follow_ups` and `thank_yous` are by level (low, middle, high); a level without one has
    `follow_up` and `thank_you`. `questions`: {question: its text}; `choices`: {question: {choice:
    its text}}.
    """

    question: str = ""
    follow_up: str = ""
    thank_you: str = ""
    lowest_label: str = ""
    highest_label: str = ""
    follow_ups: Mapping[str, str] = field(default_factory=dict)
    thank_yous: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def follow_up_of(self, level: Level | None) -> str:
        return self.follow_ups.get(level or "") or self.follow_up

    def thank_you_of(self, level: Level | None) -> str:
        return self.thank_yous.get(level or "") or self.thank_you

    def question_of(self, key: str) -> str:
        return self.questions.get(key, "")

    def choice_of(self, question: str, choice: str) -> str:
        return self.choices.get(question, {}).get(choice) or choice


_OF_COLUMNS = ("question", "follow_up", "thank_you")


@dataclass(frozen=True)
class Content:
    """`texts` by language, `language` first: what a contact of no or another language reads."""

    language: str
    texts: Mapping[str, Texts]
    questions: Sequence[Question] = ()

    @classmethod
    def of(cls, campaign: Campaign) -> Content:
        """The campaign's; what its columns hold are the first language's texts."""
        held = campaign.content or {}
        in_columns = {name: getattr(campaign, name) for name in _OF_COLUMNS}
        texts = {campaign.language: Texts(**in_columns, **held.get("own", {}))}
        texts |= {tag: Texts(**one) for tag, one in held.get("texts", {}).items()}
        questions = [
            Question(
                key=one["key"],
                type=Type(one["type"]),
                choices=tuple(one["choices"]),
                levels=tuple(one["levels"]),
            )
            for one in held.get("questions", [])
        ]
        return cls(campaign.language, texts, tuple(questions))

    def as_columns(self) -> dict[str, Any]:
        """The fields of a campaign that hold this."""
        own = asdict(self.texts[self.language])
        columns = {name: own.pop(name) for name in _OF_COLUMNS}
        others = {tag: asdict(one) for tag, one in self.texts.items() if tag != self.language}
        questions = [
            {**asdict(one), "choices": list(one.choices), "levels": list(one.levels)}
            for one in self.questions
        ]
        content = {"own": own, "texts": others, "questions": questions}
        return {**columns, "language": self.language, "content": content}

    def language_for(self, wanted: str) -> str:
        """The language a contact of this tag reads: the same, or the same without its region
        (`de-at` reads `de`), else the first."""
        for tag in (wanted, wanted.split("-")[0]):
            if tag in self.texts:
                return tag
        return self.language

    def asked_of(self, level: Level | None) -> Sequence[Question]:
        """The further questions for a score of this level; all of them for None."""
        return [one for one in self.questions if level is None or level in one.levels]

    def text(self, language: str, name: str) -> str:
        """A text of `Texts` by name, in that language, else in the first."""
        found: str = getattr(self.texts[language], name)
        return found or str(getattr(self.texts[self.language], name))


def checked(content: Content, *, languages: Sequence[str]) -> Content:
    """The content itself. Raises ContentError with what is wrong, and where."""
    for problem in problems(content, languages=languages):
        raise problem
    return content


def problems(content: Content, *, languages: Sequence[str]) -> Iterator[ContentError]:
    """Everything that is not as it must be."""
    if content.language not in content.texts:
        tag = content.language
        yield _wrong(
            "language", _("There are no texts in “{tag}”, the first language.").format(tag=tag), tag
        )
        return
    for tag, texts in content.texts.items():
        if tag not in languages:
            words = _("“{tag}” is no language of surveys; {known}.")
            yield _wrong("language", words.format(tag=tag, known=", ".join(languages)))
        if not texts.question.strip():
            yield _wrong(
                "question", _("A campaign needs its question ({tag}).").format(tag=tag), tag
            )
    yield from _of_questions(content.questions)
    for tag, texts in content.texts.items():
        yield from _of_texts(content, tag, texts)


def _of_questions(questions: Sequence[Question]) -> Iterator[ContentError]:
    if len(questions) > MOST_QUESTIONS:
        yield _wrong(
            "questions",
            _("Up to {most} further questions can be asked.").format(most=MOST_QUESTIONS),
        )
    keys = [one.key for one in questions]
    for one in questions:
        words = ""
        if not _KEY.match(one.key):
            words = _("{question} is no key: letters, digits and _.").format(
                question=quoted(one.key[:60])
            )
        elif keys.count(one.key) > 1:
            words = _("Two questions have the key {question}.").format(question=quoted(one.key))
        elif not one.levels or set(one.levels) - set(_LEVELS):
            words = _("Say whom {question} is asked: {levels}, or some of these.")
            words = words.format(question=quoted(one.key), levels=", ".join(_LEVELS))
        elif one.type is Type.TEXT and one.choices:
            words = _("{question} is answered in words and has no choices.").format(
                question=quoted(one.key)
            )
        elif one.type is not Type.TEXT:
            words = _of_choices(one)
        if words:
            yield _wrong("questions", words, question=one.key)


def _of_choices(one: Question) -> str:
    """What is wrong with a question's choices; empty when nothing is."""
    if not 2 <= len(one.choices) <= MOST_CHOICES:
        return _("{question} needs 2 to {most} choices.").format(
            question=quoted(one.key), most=MOST_CHOICES
        )
    if len(set(one.choices)) != len(one.choices):
        return _("{question} has a choice twice.").format(question=quoted(one.key))
    if any(not choice.strip() or len(choice) > CHOICE_LENGTH for choice in one.choices):
        return _("A choice has 1 to {most} characters.").format(most=CHOICE_LENGTH)
    if any("\0" in choice for choice in one.choices):
        return _("A choice of {question} has a character that cannot be kept.").format(
            question=quoted(one.key)
        )
    return ""


def _of_texts(content: Content, tag: str, texts: Texts) -> Iterator[ContentError]:
    limits = {"question": QUESTION_LENGTH, "follow_up": QUESTION_LENGTH, "thank_you": TEXT_LENGTH}
    limits |= {"lowest_label": LABEL_LENGTH, "highest_label": LABEL_LENGTH}
    for name, limit in limits.items():
        yield from _of_text(getattr(texts, name), name, tag, limit)
    for name, limit in (("follow_ups", QUESTION_LENGTH), ("thank_yous", TEXT_LENGTH)):
        for level, text in getattr(texts, name).items():
            if level not in _LEVELS:
                words = _("“{level}” is none of {levels}.")
                yield _wrong(name, words.format(level=level, levels=", ".join(_LEVELS)), tag)
            yield from _of_text(text, name, tag, limit)
    yield from _of_question_texts(content, tag, texts)


def _of_question_texts(content: Content, tag: str, texts: Texts) -> Iterator[ContentError]:
    keys = {one.key: one for one in content.questions}
    for key, text in texts.questions.items():
        if key not in keys:
            said = _("There is no question {question}, but a text for it.")
            yield _wrong("questions", said.format(question=quoted(key)), tag)
        yield from _of_text(text, "questions", tag, QUESTION_LENGTH, question=key)
    for key, words in texts.choices.items():
        if key not in keys or set(words) - set(keys[key].choices):
            said = _("There are texts for choices that {question} does not have.")
            said = said.format(question=quoted(key))
            yield _wrong("choices", said, tag, question=key)
        for text in words.values():
            yield from _of_text(text, "choices", tag, CHOICE_LENGTH, question=key)
    if tag == content.language:
        for key in keys:
            if not texts.question_of(key).strip():
                said = _("{question} has no text.").format(question=quoted(key))
                yield _wrong("questions", said, tag, question=key)


def _of_text(
    text: str, name: str, tag: str, limit: int, question: str = ""
) -> Iterator[ContentError]:
    if len(text) > limit:
        words = _("Up to {limit} characters fit ({tag}).").format(limit=limit, tag=tag)
        yield _wrong(name, words, tag, question=question)
    if "\0" in text:
        words = _("A character of it cannot be kept ({tag}).").format(tag=tag)
        yield _wrong(name, words, tag, question=question)
    if unknown_fields(text):
        named = ", ".join(f"{{{one}}}" for one in FIELDS)
        words = _("Only {fields} can be filled in ({tag}).").format(fields=named, tag=tag)
        yield _wrong(name, words, tag, question=question)


def _wrong(where: str, words: str, language: str = "", *, question: str = "") -> ContentError:
    return ContentError(words, field=where, language=language, question=question)
