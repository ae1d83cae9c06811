"""Reading answers by rules: whole words, negations, the score's weight, the company's own words."""

from __future__ import annotations

import pytest

from surveys.scales import Level
from surveys.sentiment_words import WORDS
from surveys.word_rules import Found, Rules, plain, read, tokens_of

TAGS = [(1, ["slow", "too slow"]), (2, ["customer support", "Hilfe"]), (3, ["prix"])]


def found(text: str, level: Level | None = None, language: str = "en", **own: str) -> Found:
    return read(text, level=level, language=language, rules=Rules.of(TAGS, own.items()))


def test_words_are_compared_whole_and_without_case_and_accents() -> None:
    assert plain("ÜBER  den\nPreis, naïve") == "uber den preis, naive"
    assert tokens_of("Don't! J'aime l'École 24/7") == ("dont", "aime", "ecole", "24", "7")
    assert found("Slowly does it").tags == {}
    assert found("TOO SLOW, and slow again").tags == {1: ["too slow", "slow"]}
    assert found("Customer\nSUPPORT and hilfe").tags == {2: ["customer support", "hilfe"]}
    assert found("customer of support").tags == {}
    assert found("Le Prìx").tags == {3: ["prix"]}


@pytest.mark.parametrize(
    ("text", "level", "language", "sentiment"),
    [
        ("Great product", None, "en", "positive"),
        ("Not helpful", None, "en", "negative"),
        ("No, great product", None, "en", "positive"),  # the negation ends with its clause
        ("It isn\N{RIGHT SINGLE QUOTATION MARK}t bad", None, "en", "positive"),
        ("Great, but slow", None, "en", "mixed"),
        ("Great, fast and easy, once slow", None, "en", "positive"),
        ("We use it daily", None, "en", "neutral"),
        ("We use it daily", Level.MIDDLE, "en", "neutral"),
        ("The export takes hours", Level.LOW, "en", "negative"),
        ("Exports to SAP", Level.HIGH, "en", "positive"),
        ("Nice people", Level.LOW, "en", "mixed"),
        ("Nicht gut", None, "de", "negative"),
        ("Ce n'est pas lent", None, "fr", "positive"),
        ("J'aime", None, "fr-CA", "positive"),
        ("Muy difícil", None, "es", "negative"),
        ("ليس جيد", None, "ar", "negative"),
        ("Altijd snel en vriendelijk geholpen.", None, "nl", "positive"),
        ("Niet duidelijk.", None, "nl", "negative"),
        ("Veloce e affidabile.", None, "it", "positive"),
        ("Excellent service", None, "de", "positive"),  # English counts everywhere
        ("", Level.LOW, "en", "negative"),
    ],
)
def test_sentiment(text: str, level: Level | None, language: str, sentiment: str) -> None:
    assert found(text, level, language).sentiment == sentiment


def test_it_says_which_words_made_it() -> None:
    one = found("Not very helpful but easy, easy", Level.LOW)
    assert (one.positive, one.negative) == (["easy"], ["not … helpful"])


def test_the_companys_words_go_before_the_portals() -> None:
    assert found("Gold standard", **{"gold standard": "positive"}).positive == ["gold standard"]
    assert found("Terribly fast", fast="nothing").sentiment == "neutral"
    assert found("Fast", fast="negative").sentiment == "negative"
    # The longer phrase takes the words within it.
    assert found("a bad hair day", **{"bad hair": "positive"}).negative == []


def test_no_word_stands_on_both_sides_of_a_language() -> None:
    for language, words in WORDS.items():
        sides = [
            {plain(word) for word in side.split()}
            for side in (words.positive, words.negative, words.negations)
        ]
        assert not sides[0] & sides[1], language
        assert not sides[2] & (sides[0] | sides[1]), language
        assert all(len(tokens_of(word)) == 1 for side in sides for word in side)
