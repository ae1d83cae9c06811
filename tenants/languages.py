"""The languages of the pages, and the notations of numbers, money and days.

What a person reads is in their own language and notation, or in the company's. A program reads
English, whoever calls: the API's words are for those who program against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from babel import Locale
from django.conf import settings
from django.utils import translation

ENGLISH = "en"
# A notation goes by a locale's tag; these are offered. "" is the one of the language.
NOTATIONS = (
    *("en-GB", "en-US", "en-CA", "en-AU", "en-IN", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-CA"),
    *("fr-CH", "es-ES", "es-MX", "it-IT", "pt-PT", "pt-BR", "nl-NL", "da-DK", "nb-NO", "sv-SE"),
    *("fi-FI", "pl-PL", "cs-CZ", "ja-JP", "ko-KR", "zh-CN"),
)
BY_LANGUAGE = {"de": "de-DE"}
_notation: ContextVar[str | None] = ContextVar("notation", default=None)


def is_language(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def language_choices() -> list[tuple[str, str]]:
    """[(code, name in itself)]."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


@lru_cache(maxsize=8)
def notation_choices(language: str) -> list[tuple[str, str]]:
    """[(tag, the locale's name in this language)], by name."""
    named = (
        (tag, Locale.parse(tag, sep="-").get_display_name(language) or tag) for tag in NOTATIONS
    )
    return sorted(named, key=lambda choice: choice[1])


def language() -> str:
    """The code of the language in force."""
    return translation.get_language() or ENGLISH


def notation() -> str:
    """The tag of the notation in force; "" is the portal's own, English without a country."""
    tag = _notation.get()
    return BY_LANGUAGE.get(language(), "") if tag is None else tag


def tongue() -> str:
    """The language and notation in force, as what is kept for their readers is known by."""
    return f"{language()} {notation()}"


def mid_sentence(label: str) -> str:
    """A label within a sentence: in English without its capitals, elsewhere as it is."""
    return label.lower() if language() == ENGLISH else label


@contextmanager
def speaking(language: str, notation: str = "") -> Iterator[None]:
    """Words in this language and figures in this notation, until the block ends."""
    spoken = language if is_language(language) else ENGLISH
    token = _notation.set(notation or BY_LANGUAGE.get(spoken, ""))
    try:
        with translation.override(spoken):
            yield
    finally:
        _notation.reset(token)
