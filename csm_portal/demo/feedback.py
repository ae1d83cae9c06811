"""What contacts said when they were asked: the campaigns of the past, wave by wave."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from csm_portal.demo.chance import clamped

PROMOTER_WORDS = (
    "Easy to set up and our team actually uses it.",
    "Support answers within the hour. That is rare.",
    "Saves us about a day a week.",
    "The new reports are exactly what we needed.",
    "Our customers noticed the difference.",
    "Rolled it out to a second department last month.",
    "Does what it promises, no drama.",
    "Our Monday meeting went from an hour to fifteen minutes.",
    "The only tool nobody had to be talked into.",
    "The import just worked.",
    "Dashboards our board understands.",
    "Our contact knows our business and thinks along.",
    "Cheaper than what we had, and better.",
    "New people find their way without training.",
    "Alerts have saved us twice this quarter.",
)
PASSIVE_WORDS = (
    "Good product, but the mobile app lags behind.",
    "Happy overall. Exports could be faster.",
    "It works. I would like better permissions.",
    "Solid, though some features are hard to find.",
    "Fine for us, not sure it would fit everyone.",
    "Reports are good, filters are clumsy.",
    "We use half of it. The half we use is fine.",
    "Support is friendly but sometimes slow.",
    "Would be a nine with single sign-on.",
    "Setup took longer than we planned.",
)
DETRACTOR_WORDS = (
    "Hardly anybody on our side still logs in.",
    "Onboarding took far too long and nobody followed up.",
    "We had to open the same ticket three times.",
    "Too complicated for what we need.",
    "Our main user left and nobody has taken over.",
    "Missing integrations, we copy things by hand.",
    "Exports time out when we need them most.",
    "Two releases in a row broke our dashboards.",
    "I never know whom to ask on your side.",
    "The mobile app loses what we enter.",
    "We were promised permissions a year ago.",
)
PRICE_WORDS = (
    "The price rise came without any warning.",
    "Paying more since the new prices and getting the same.",
    "Hard to justify at the new price.",
)
SHARE_WITH_WORDS = 0.42


@dataclass(frozen=True)
class Score:
    """`score` 0 to 10, `comment` perhaps empty."""

    score: int
    comment: str


@dataclass(frozen=True)
class PastAnswer:
    """What one contact (by its id of the contacts file) answered, and when."""

    contact: str
    given: Score
    answered_at: dt.datetime


@dataclass(frozen=True)
class PastCampaign:
    """A campaign that was sent before the company had the portal, to all in `asked`."""

    name: str
    question: str
    asked_at: dt.datetime
    asked: tuple[str, ...]
    answers: tuple[PastAnswer, ...]


@dataclass(frozen=True)
class Mood:
    """What a contact's answer depends on. `warmth`: what it has for the company beyond its use,
    in points; `is_angry`: prices rose not long ago."""

    contact: str
    level: float
    warmth: float
    is_angry: bool


def answers_to(
    rng: random.Random, moods: Sequence[Mood], *, asked_at: dt.datetime, until: dt.datetime
) -> Iterator[PastAnswer]:
    """Some answer, most of them soon, others after a reminder, all before `until`."""
    for mood in moods:
        if rng.random() < 0.27 + 0.17 * mood.level:
            answered_at = asked_at + _delay(rng)
            given = react(rng, mood)
            if answered_at < until:
                yield PastAnswer(mood.contact, given, answered_at)


def _delay(rng: random.Random) -> dt.timedelta:
    """From the mail, or one of two reminders, to the answer; at least a few minutes."""
    hours = min(rng.lognormvariate(2.1, 1.2), 24 * 6.0)
    week = rng.choices((0, 1, 2), (0.62, 0.24, 0.14))[0]
    return dt.timedelta(weeks=week, minutes=3 + int(hours * 60))


def react(rng: random.Random, mood: Mood) -> Score:
    """What a contact answers."""
    feeling = 4.65 + 6.9 * mood.level + mood.warmth + rng.gauss(0, 1.0)
    if mood.is_angry:
        feeling -= 1.3
    score = round(clamped(feeling, 0, 10))
    return Score(score, _comment(rng, score, is_angry=mood.is_angry))


def _comment(rng: random.Random, score: int, *, is_angry: bool) -> str:
    if rng.random() > SHARE_WITH_WORDS:
        return ""
    if score >= 9:
        return rng.choice(PROMOTER_WORDS)
    if is_angry and rng.random() < 0.6:
        return rng.choice(PRICE_WORDS)
    return rng.choice(PASSIVE_WORDS if score >= 7 else DETRACTOR_WORDS)
