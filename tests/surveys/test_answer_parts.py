"""What follows a score: by its level, in the contact's language, in parts that wipe nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from customers.models import Contact
from surveys.content import Content, Question, Texts, Type
from surveys.models import Campaign, Invitation, Origin, Response
from surveys.wording import WORDINGS
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

ClientOf = Callable[..., Client]
CONTENT = Content(
    "en",
    {
        "en": Texts(
            question="How easy was {company}?",
            follow_up="Why?",
            thank_you="Thanks.",
            follow_ups={"low": "What went wrong?"},
            thank_yous={"low": "We are sorry."},
            questions={"reason": "What was it?", "next": "What next?", "words": "Whom to call?"},
            choices={"reason": {"price": "The price"}},
        ),
        "ar": Texts(
            question="ما مدى سهولة {company}؟",
            questions={"reason": "ماذا كان؟"},
            choices={"reason": {"price": "السعر"}},
        ),
    },
    (
        Question("reason", Type.CHOICE, ("price", "quality"), ("low",)),
        Question("next", Type.CHOICES, ("call", "visit", "mail"), ("low", "middle")),
        Question("words", Type.TEXT, (), ("high",)),
    ),
)


def asked(kind: str = "ces", scale: tuple[int, int] = (1, 7), language: str = "") -> Invitation:
    """The invitation of Ann, who reads this language, to a campaign that says CONTENT."""
    contact = facts.make_contact(facts.at("ann"), "Ann")
    Contact.objects.filter(pk=contact.pk).update(language=language)
    campaign = facts.make_campaign(name="Easy")
    values = {**CONTENT.as_columns(), "kind": kind}
    values |= {"lowest_score": scale[0], "highest_score": scale[1]}
    Campaign.objects.filter(pk=campaign.pk).update(**values)
    campaign.refresh_from_db()
    facts.send(campaign)
    return Invitation.objects.select_related("campaign", "contact").get()


@pytest.fixture
def visitor(company: Company, client_of: ClientOf) -> Client:
    return client_of(company, None)


def current() -> Response:
    return Response.objects.current().get()


def asked_on(page: str) -> list[str]:
    """The further questions that are shown and sent."""
    fields = re.findall(r"<fieldset class=\"survey-further[^>]*>\s*<input[^>]*>", page)
    shown = [one for one in fields if " hidden disabled" not in one]
    return [re.findall(r'value="(\w+)"', one)[0] for one in shown]


def test_what_is_asked_follows_the_level(
    company: Company, mailbox: Mailbox, visitor: Client
) -> None:
    link = facts.link_of(asked())
    page = visitor.get(link).content.decode()
    assert page.count('name="score"') == 7
    assert asked_on(page) == []
    low = visitor.get(f"{link}?score=2").content.decode()
    assert asked_on(low) == ["reason", "next"]
    assert ">What went wrong?</label>" in low
    assert asked_on(visitor.get(f"{link}?score=4").content.decode()) == ["next"]
    high = visitor.get(f"{link}?score=7").content.decode()
    assert asked_on(high) == ["words"]
    assert ">Why?</label>" in high
    for off in ("0", "8", "10"):
        assert " checked" not in visitor.get(f"{link}?score={off}").content.decode()


def test_without_scripts_the_rest_is_asked_after_the_score(
    company: Company, mailbox: Mailbox, visitor: Client
) -> None:
    link = facts.link_of(asked())
    sent = visitor.post(link, {"score": "2", "level": ""})
    assert sent["Location"] == f"{link}thanks/?more"
    thanks = visitor.get(sent["Location"]).content.decode()
    assert "We are sorry." in thanks
    assert asked_on(thanks) == ["reason", "next"]
    assert f'action="{link}"' in thanks
    rest = {"level": "low", "seen": str(current().pk), "asked": ["reason", "next"]}
    done = visitor.post(link, {**rest, "comment": "Slow", "q_reason": "price", "q_next": ["mail"]})
    assert done["Location"] == f"{link}thanks/"
    answer = current()
    assert (answer.score, answer.comment) == (2, "Slow")
    assert answer.answers == {"reason": "price", "next": ["mail"]}
    page = visitor.get(done["Location"]).content.decode()
    assert "The price" in page
    assert asked_on(page) == []


def test_a_part_wipes_no_answer(company: Company, mailbox: Mailbox, visitor: Client) -> None:
    link = facts.link_of(asked())
    visitor.post(link, {"score": "2", "q_reason": "quality", "q_next": ["visit", "call"]})
    visitor.post(link, {"score": "7", "asked": ["words"], "q_words": "  Bob  "})
    everything = {"reason": "quality", "next": ["call", "visit"], "words": "Bob"}
    assert (current().score, current().answers) == (7, everything)
    # Shown, empty, but an old page: it stays. Emptied on the page that showed it: it goes.
    visitor.post(link, {"asked": ["words", "next"], "q_words": "", "seen": "1"})
    assert current().answers == everything
    visitor.post(link, {"asked": ["words", "next"], "q_words": "", "seen": str(current().pk)})
    assert current().answers == {"reason": "quality"}
    kept = list(Response.objects.order_by("pk").values_list("answers", flat=True))
    assert kept == [{"reason": "quality", "next": ["call", "visit"]}, everything, current().answers]


@pytest.mark.parametrize(
    "posted",
    [
        {"q_reason": "weather"},
        {"q_next": ["call", "fax"]},
        {"q_unheard_of": "x"},
        {"q_words": "x" * 5001},
        {"q_words": "a\0b"},
    ],
)
def test_what_fits_no_question_is_refused(
    company: Company, mailbox: Mailbox, visitor: Client, posted: dict[str, Any]
) -> None:
    link = facts.link_of(asked())
    refused = visitor.post(link, {"score": "2", "comment": "My words", **posted})
    assert refused.status_code == 422
    assert "My words" in refused.content.decode()
    assert not Response.objects.exists()


def test_a_contact_reads_its_own_language(
    company: Company, mailbox: Mailbox, visitor: Client
) -> None:
    invitation = asked(language="ar-eg")
    words = WORDINGS["ar"]
    mail = mailbox.mails(facts.at("ann"))[0]
    assert str(mail["Subject"]) == "ما مدى سهولة Acme؟"
    page = visitor.get(facts.link_of(invitation) + "?score=1").content.decode()
    for part in (facts.html_of(mail), page):
        assert '<html lang="ar" dir="rtl">' in part
        assert words.kinds["ces"].most in part
    assert "السعر" in page
    assert "quality" in page  # has no words of its own in any language
    assert "What went wrong?" in page  # the first language's, where there are none


@pytest.mark.parametrize(
    ("kind", "scale", "words"),
    [
        ("csat", (1, 5), "Very satisfied"),
        ("csat", (1, 10), "Very satisfied"),
        ("ces", (1, 7), "Strongly agree"),
        ("ces", (1, 5), "Strongly agree"),
    ],
)
def test_everything_follows_the_scale(
    company: Company,
    mailbox: Mailbox,
    visitor: Client,
    kind: str,
    scale: tuple[int, int],
    words: str,
) -> None:
    invitation = asked(kind, scale)
    lowest, highest = scale
    mail = mailbox.mails(facts.at("ann"))[0]
    for part in (facts.html_of(mail), mailbox.text(mail)):
        scores = [int(link.rsplit("=", 1)[1]) for link in facts.score_links(part)]
        assert sorted(scores) == list(range(lowest, highest + 1))
        assert words in part
        assert f"Choose a score from {lowest} to {highest}:" in part
    link = facts.link_of(invitation)
    page = visitor.get(link).content.decode()
    assert page.count('name="score"') == highest - lowest + 1
    assert words in page
    for off in (lowest - 1, highest + 1):
        refused = visitor.post(link, {"score": str(off)})
        assert refused.status_code == 422
        assert f"Please choose a score from {lowest} to {highest}." in refused.content.decode()
    visitor.post(link, {"score": str(highest)})
    assert current().score == highest
    thanks = visitor.get(f"{link}thanks/").content.decode()
    assert f"{highest} out of {highest}" in thanks


def test_words_added_later_leave_where_the_score_came_from(
    company: Company, mailbox: Mailbox, visitor: Client
) -> None:
    link = facts.link_of(asked())
    visitor.post(f"{link}?score=2", {"score": "2"})
    visitor.post(link, {"comment": "Slow"})
    assert current().origin == Origin.MAIL_LINK
    visitor.post(link, {"score": "3"})
    assert current().origin == Origin.PAGE


def test_what_a_user_says_neither_replaces_nor_becomes_what_the_contact_said(
    company: Company, mailbox: Mailbox, visitor: Client, client_of: ClientOf
) -> None:
    link = facts.link_of(asked())
    user = client_of(company, "manager")
    user.post(link, {"score": "7", "comment": "Trying"})
    assert visitor.post(link, {"comment": "Slow"}).status_code == 422  # its own score is needed
    visitor.post(link, {"score": "1"})
    assert (current().score, current().comment, current().is_by_user) == (1, "", False)
    user.post(link, {"score": "6"})
    assert (current().score, current().is_by_user) == (1, False)
    said = Response.objects.filter(is_by_user=True).order_by("pk")
    assert [(one.score, one.comment) for one in said] == [(7, "Trying"), (6, "Trying")]
    assert all(one.superseded_at is not None for one in said)
