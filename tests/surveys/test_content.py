"""What a campaign says, by language and by level of the score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveys.content import Content, ContentError, Question, Texts, Type, checked
from surveys.models import Campaign
from surveys.scales import SCALES_OF, Level, level_of, scores_of
from tenants.models import Company

LANGUAGES = ("en", "de", "ar")
REASON = Question("reason", Type.CHOICE, ("price", "quality"), ("low",))
CONTENT = Content(
    "en",
    {
        "en": Texts(
            question="How likely?",
            follow_up="Why?",
            follow_ups={"low": "What went wrong?"},
            questions={"reason": "Which?"},
            choices={"reason": {"price": "The price"}},
        ),
        "de": Texts(question="Wie wahrscheinlich?"),
    },
    (REASON,),
)


def test_it_is_held_and_read_again(company: Company) -> None:
    campaign = Campaign(name="Spring", **CONTENT.as_columns())
    campaign.save()
    campaign.refresh_from_db()
    assert (campaign.question, campaign.follow_up) == ("How likely?", "Why?")
    assert Content.of(campaign) == CONTENT
    assert checked(Content.of(campaign), languages=LANGUAGES) == CONTENT


def test_a_contact_reads_its_language_or_the_first() -> None:
    assert [CONTENT.language_for(tag) for tag in ("de-at", "de", "fr", "")] == [
        "de",
        "de",
        "en",
        "en",
    ]
    assert CONTENT.text("de", "question") == "Wie wahrscheinlich?"
    assert CONTENT.text("de", "follow_up") == "Why?"


def test_what_follows_depends_on_the_level() -> None:
    texts = CONTENT.texts["en"]
    assert texts.follow_up_of(Level.LOW) == "What went wrong?"
    assert texts.follow_up_of(Level.HIGH) == "Why?"
    assert CONTENT.asked_of(Level.LOW) == [REASON]
    assert CONTENT.asked_of(Level.HIGH) == []
    assert texts.choice_of("reason", "price") == "The price"
    assert texts.choice_of("reason", "quality") == "quality"


def test_levels_are_what_the_metrics_count() -> None:
    """docs/metrics.md: promoters 9-10; satisfied 4-5 of 5, 7-10 of 10; easy 5-7 of 7, 4-5 of 5."""
    high = {
        (kind, highest): scores_of(kind, lowest, highest, Level.HIGH)
        for kind, scales in SCALES_OF.items()
        for lowest, highest in scales
    }
    assert high == {
        ("nps", 10): range(9, 11),
        ("csat", 5): range(4, 6),
        ("csat", 10): range(7, 11),
        ("ces", 7): range(5, 8),
        ("ces", 5): range(4, 6),
    }
    assert [level_of("nps", 10, score) for score in (6, 7, 8, 9)] == [
        "low",
        "middle",
        "middle",
        "high",
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (replace(CONTENT, texts={"en": Texts()}), "question"),
        (replace(CONTENT, texts=CONTENT.texts | {"xx": Texts()}), "language"),
        (replace(CONTENT, questions=(replace(REASON, choices=("one",)),)), "questions"),
        (replace(CONTENT, questions=(REASON, REASON)), "questions"),
        (replace(CONTENT, questions=(replace(REASON, key="No key"),)), "questions"),
        (replace(CONTENT, questions=(replace(REASON, levels=("best",)),)), "questions"),
        (replace(CONTENT, questions=(replace(REASON, key="other"),)), "questions"),
        (replace(CONTENT, texts={"en": Texts(question="How, {name}?")}), "question"),
        (replace(CONTENT, texts={"en": Texts(question="x" * 301)}), "question"),
        (
            replace(CONTENT, texts={"en": Texts(question="How?", thank_yous={"best": "T"})}),
            "thank_yous",
        ),
    ],
)
def test_what_is_wrong_is_said(wrong: Content, field: str) -> None:
    with pytest.raises(ContentError) as refused:
        checked(wrong, languages=LANGUAGES)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")
