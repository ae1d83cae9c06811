"""Reading an answer: its tags and its sentiment, by rules that can be shown. Pure.

Words are compared in lower case and without accents. Sentiment: each word for or against counts
once; a negation among the REACH words before it turns it round; a high score counts as one word
for, a low one as one against. Only for: positive; only against: negative; both: mixed, unless one
has at least CLEARLY times as many; neither: neutral.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from customers.spelling import plain
from surveys.scales import Level
from surveys.sentiment_words import WORDS

REACH = 3
CLEARLY = 3
FALLBACK = "en"
_WORD = re.compile(r"\w+(?:['\N{RIGHT SINGLE QUOTATION MARK}]\w+)?")
_APOSTROPHES = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]")
# Of `j'aime` the second part is the word.
_ELIDED = frozenset(["l", "d", "j", "n", "s", "m", "t", "c", "qu"])
# Where a sentence or clause ends, a negation ends too.
_ENDS = re.compile(r"[.!?;:,\n]")


def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a text; `don't` is `dont`, `j'aime` is `aime`."""
    return tuple(_whole(word) for word in _WORD.findall(plain(text)))


def _whole(word: str) -> str:
    before, *after = _APOSTROPHES.split(word, maxsplit=1)
    return "".join(after) if after and before in _ELIDED else before + "".join(after)


Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Phrases:
    """Phrases by their first word, each with what it means."""

    by_first: Mapping[str, Sequence[tuple[Phrase, str]]]

    @classmethod
    def of(cls, phrases: Iterable[tuple[str, str]]) -> Phrases:
        """From (phrase, meaning); longer ones are looked for first."""
        found: dict[str, list[tuple[Phrase, str]]] = {}
        for phrase, meaning in phrases:
            words = tokens_of(phrase)
            if words:
                found.setdefault(words[0], []).append((words, meaning))
        for held in found.values():
            held.sort(key=lambda one: -len(one[0]))
        return cls(found)

    def within(self, words: Phrase) -> Iterator[tuple[int, Phrase, str]]:
        """(place, phrase, meaning) of each that stands in `words`."""
        for place, word in enumerate(words):
            for phrase, meaning in self.by_first.get(word, ()):
                if words[place : place + len(phrase)] == phrase:
                    yield place, phrase, meaning


@dataclass(frozen=True)
class Rules:
    """`tags`: (phrase, the tag's id as text); `own`: the company's words, which go before the
    portal's: {phrase: positive, negative or nothing}."""

    tags: Phrases = field(default_factory=lambda: Phrases({}))
    own: Mapping[Phrase, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tags: Iterable[tuple[int, Sequence[str]]], own: Iterable[tuple[str, str]]) -> Rules:
        """From (tag's id, its phrases) and (phrase, meaning)."""
        by_tag = [(phrase, str(tag)) for tag, phrases in tags for phrase in phrases]
        return cls(Phrases.of(by_tag), {tokens_of(phrase): meaning for phrase, meaning in own})


@dataclass(frozen=True)
class Found:
    """What was read, and the words that made it. `tags`: {id: words}."""

    words: str
    sentiment: str
    tags: Mapping[int, Sequence[str]]
    positive: Sequence[str]
    negative: Sequence[str]


def read(text: str, *, level: Level | None, language: str, rules: Rules) -> Found:
    """Read a text of the language (its list and the English one count) and the score's level."""
    tags: dict[int, list[str]] = {}
    words = tokens_of(text)
    for _place, phrase, tag in rules.tags.within(words):
        held = tags.setdefault(int(tag), [])
        if " ".join(phrase) not in held:
            held.append(" ".join(phrase))
    positive, negative = _weighed(text, language, rules)
    sentiment = _sentiment(
        len(positive) + (level is Level.HIGH), len(negative) + (level is Level.LOW)
    )
    return Found(plain(text), sentiment, tags, positive, negative)


def _sentiment(speaking_for: int, against: int) -> str:
    if speaking_for and against:
        if speaking_for >= CLEARLY * against:
            return "positive"
        return "negative" if against >= CLEARLY * speaking_for else "mixed"
    if speaking_for:
        return "positive"
    return "negative" if against else "neutral"


def _weighed(text: str, language: str, rules: Rules) -> tuple[list[str], list[str]]:
    """The words for and those against, each once, with the negation that turned it."""
    phrases, negations = _vocabulary(language.split("-")[0].lower(), _key(rules.own))
    speaking: dict[str, list[str]] = {"positive": [], "negative": []}
    for clause in _ENDS.split(text):
        words = tokens_of(clause)
        taken_until = -1
        for place, phrase, meaning in phrases.within(words):
            if place <= taken_until:
                continue  # a part of a longer phrase
            taken_until = place + len(phrase) - 1
            if meaning not in speaking:
                continue
            turning = [word for word in words[max(place - REACH, 0) : place] if word in negations]
            shown = " ".join(phrase)
            if turning:
                shown = f"{turning[-1]} … {shown}"
                meaning = "negative" if meaning == "positive" else "positive"
            if shown not in speaking[meaning]:
                speaking[meaning].append(shown)
    return speaking["positive"], speaking["negative"]


def _key(own: Mapping[Phrase, str]) -> tuple[tuple[Phrase, str], ...]:
    return tuple(sorted(own.items()))


@lru_cache(maxsize=256)
def _vocabulary(
    language: str, own: tuple[tuple[Phrase, str], ...]
) -> tuple[Phrases, frozenset[str]]:
    """The words that speak in texts of a language, and those that turn them round."""
    lists = [WORDS[tag] for tag in dict.fromkeys((FALLBACK, language)) if tag in WORDS]
    meanings: dict[Phrase, str] = {}
    for one in lists:
        meanings |= {(plain(word),): "positive" for word in one.positive.split()}
        meanings |= {(plain(word),): "negative" for word in one.negative.split()}
    meanings |= dict(own)
    negations = frozenset(plain(word) for one in lists for word in one.negations.split())
    phrases = Phrases.of((" ".join(phrase), meaning) for phrase, meaning in meanings.items())
    return phrases, negations
