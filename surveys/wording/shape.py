"""What a language must have words for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KindWords:
    """What a new campaign of a kind begins with, and what its lowest and highest score mean."""

    question: str
    follow_up: str
    least: str
    most: str


@dataclass(frozen=True)
class Wording:
    """One language. Texts with a name in braces are filled by surveys.texts.fill.

    `kinds` is by campaign kind.
    """

    direction: str
    kinds: Mapping[str, KindWords]
    default_thank_you: str
    greeting: str
    greeting_without_name: str
    choose: str
    score_of: str
    why_you: str
    unsubscribe: str
    send: str
    save: str
    comment: str
    saved: str
    not_saved: str
    choose_first: str
    your_answer: str
    change: str
    expires: str
    thanks: str
    expired: str
    expired_text: str
    unknown: str
    unknown_text: str
    unsubscribe_question: str
    unsubscribe_text: str
    unsubscribed: str
    unsubscribed_text: str
    as_user: str
    too_long: str
    reminder: str
    reminder_text: str
    tell_more: str
    choose_any: str
    answer_wrong: str
    too_often: str
    refer: str
    refer_text: str
