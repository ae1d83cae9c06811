"""The portal's own words, in every language that a survey can be in."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import pytest

from surveys import reply_mail, sentiment_words
from surveys.link_words import LINK_WORDS
from surveys.models.campaign import Language
from surveys.wording import WORDINGS

FIELD = re.compile(r"\{\w+\}")


def fields(words: Any) -> Any:
    """The fields in braces of each text."""
    if isinstance(words, dict):
        return {name: fields(text) for name, text in words.items()}
    return sorted(FIELD.findall(words))


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize(
    "spoken", [WORDINGS, LINK_WORDS, reply_mail.WORDS], ids=["wording", "links", "replies"]
)
def test_each_language_says_everything_with_the_fields_of_the_english(
    spoken: dict[str, Any], language: str
) -> None:
    said, english = asdict(spoken[language]), asdict(spoken["en"])

    assert fields(said) == fields(english)


@pytest.mark.parametrize("language", Language.values)
def test_no_word_speaks_for_and_against(language: str) -> None:
    words = sentiment_words.WORDS[language]
    lists = [set(one.split()) for one in (words.positive, words.negative, words.negations)]

    assert all(lists)
    assert sum(map(len, lists)) == len(set.union(*lists))
    assert all(word == word.lower() for one in lists for word in one)
