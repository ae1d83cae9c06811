"""The editor of what a campaign says: everything by posts, and nothing half kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from surveys.content import Content, Question, Type
from surveys.models import Campaign, Response
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

ClientOf = Callable[..., Client]
ARABIC = ("السعر", "السرعة")
FORM = {
    "name": "Ease",
    "kind": "ces:1-7",
    "tag": ["en", "ar"],
    "en-question": "Was it easy with {company}?",
    "en-follow_up": "Why?",
    "en-follow_up-low": "What went wrong?",
    "en-thank_you": "Thanks.",
    "en-highest_label": "Very easy",
    "en-text-reason": "What was it?",
    "en-choices-reason": "The price\r\n\r\nThe speed \r\n",
    "ar-question": "هل كان سهلاً؟",
    "ar-choices-reason": "\n".join(ARABIC),
    "q": ["reason"],
    "type-reason": "choice",
    "levels-reason": ["low", "middle"],
}


@pytest.fixture
def manager(company: Company, client_of: ClientOf) -> Client:
    return client_of(company, "manager")


@pytest.fixture
def campaign(company: Company) -> Campaign:
    return facts.make_campaign(name="Ease")


def post(client: Client, campaign: Campaign, rest: str = "edit/", **more: Any) -> Any:
    return client.post(f"/campaigns/{campaign.pk}/{rest}", {**FORM, **more})


def test_everything_is_kept_and_shown_again(manager: Client, campaign: Campaign) -> None:
    assert post(manager, campaign, do="save").status_code == 302
    campaign.refresh_from_db()
    assert (campaign.kind, campaign.lowest_score, campaign.highest_score) == ("ces", 1, 7)
    content = Content.of(campaign)
    assert list(content.texts) == ["en", "ar"]
    reason = Question("reason", Type.CHOICE, ("The price", "The speed"), ("low", "middle"))
    assert content.questions == (reason,)
    assert content.texts["en"].follow_ups == {"low": "What went wrong?"}
    assert content.texts["en"].highest_label == "Very easy"
    assert content.texts["ar"].choices == {"reason": {"The price": "السعر", "The speed": "السرعة"}}
    page = manager.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert "The price\nThe speed</textarea>" in page
    assert "\n".join(ARABIC) + "</textarea>" in page
    assert "low scores, 1 to 3" in page
    shown = manager.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "<dt>Languages</dt><dd><bdi>English</bdi>, <bdi>العربية</bdi></dd>" in shown
    again = post(manager, campaign, do="next")
    assert again["Location"] == f"/campaigns/{campaign.pk}/contacts/"
    campaign.refresh_from_db()
    assert Content.of(campaign) == content


def test_choices_that_a_program_named_keep_their_names(manager: Client, campaign: Campaign) -> None:
    post(manager, campaign)
    campaign.refresh_from_db()
    held = campaign.content
    held["questions"][0]["choices"] = ["price", "speed"]
    held["own"]["choices"] = {"reason": {"price": "The price", "speed": "The speed"}}
    held["texts"]["ar"]["choices"] = {"reason": {"price": "السعر"}}
    campaign.save()
    post(manager, campaign)
    campaign.refresh_from_db()
    content = Content.of(campaign)
    assert content.questions[0].choices == ("price", "speed")
    assert content.texts["en"].choice_of("reason", "price") == "The price"
    assert content.texts["ar"].choice_of("reason", "speed") == "السرعة"


def test_parts_are_added_and_taken_away_by_buttons(manager: Client, campaign: Campaign) -> None:
    added = post(manager, campaign, do="add-question", new_type="text")
    page = added.content.decode()
    assert added.status_code == 200
    assert "Not saved yet" in page
    assert 'name="type-question_1" value="text"' in page
    assert "The price" in page  # what was written stays
    moved = post(manager, campaign, do="up-question:second", q=["reason", "second"])
    page = moved.content.decode()
    assert page.index('value="second"') < page.index('name="q" value="reason"')
    gone = post(manager, campaign, do="remove-question:reason").content.decode()
    assert 'name="q" value=' not in gone
    german = post(manager, campaign, do="add-language", new_language="de").content.decode()
    assert "Wie sehr stimmen Sie zu" in german
    less = post(manager, campaign, do="remove-language:ar").content.decode()
    assert 'name="tag" value="ar"' not in less
    kept = post(manager, campaign, do="remove-language:en").content.decode()
    assert 'name="tag" value="en"' in kept
    campaign.refresh_from_db()
    assert campaign.kind == "nps"  # nothing of it was saved


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"kind": "nps:1-5"}, "Select a valid choice."),
        ({"en-question": ""}, "A campaign needs its question (en)."),
        ({"en-question": "Hi {kontact}?"}, "Only {company}, {contact}, {customer} can be filled"),
        ({"ar-question": "x" * 301}, "Up to 300 characters fit (ar)."),
        ({"en-text-reason": ""}, "Question 1 has no text."),
        ({"en-choices-reason": "only"}, "Question 1 needs 2 to 20 choices."),
        ({"ar-choices-reason": "واحد"}, "Write 2 lines, one per choice"),
        ({"levels-reason": []}, "Say whom Question 1 is asked"),
        ({"en-follow_up-low": "{oops}"}, "Only {company}"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    manager: Client, campaign: Campaign, wrong: dict[str, Any], words: str
) -> None:
    answer = post(manager, campaign, **wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.kind == "nps"


def test_another_kind_brings_its_own_words_where_nobody_wrote_any(
    manager: Client, campaign: Campaign
) -> None:
    manager.post("/campaigns/new/", {"name": "New", "kind": "nps:0-10", "language": "de"})
    new = Campaign.objects.get(name="New")
    texts = Content.of(new).texts["de"]
    data = {"name": "New", "kind": "csat:1-5", "tag": "de", "de-question": texts.question}
    manager.post(f"/campaigns/{new.pk}/edit/", {**data, "de-follow_up": "Meine Frage?"})
    new.refresh_from_db()
    assert new.question == "Wie zufrieden sind Sie mit {company}?"
    assert new.follow_up == "Meine Frage?"


def test_the_preview_shows_what_is_not_saved(manager: Client, campaign: Campaign) -> None:
    mail = post(manager, campaign, "look/mail/", look_language="ar")
    assert 'dir="rtl"' in mail.content.decode()
    assert "هل كان سهلاً؟" in mail.content.decode()
    assert "script-src 'none'" in mail["Content-Security-Policy"]
    page = post(manager, campaign, "look/page/", look_language="en", look_level="low")
    assert "What went wrong?" in page.content.decode()
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    thanks = post(manager, campaign, "look/page/?thanks", look_language="en")
    assert "Thanks." in thanks.content.decode()
    campaign.refresh_from_db()
    assert campaign.kind == "nps"
    assert not Response.objects.exists()


def test_a_test_mail_goes_to_oneself_and_leads_to_a_page_that_records_nothing(
    manager: Client, campaign: Campaign, mailbox: Mailbox, company: Company, client_of: ClientOf
) -> None:
    sent = post(manager, campaign, do="test", look_language="en")
    assert sent.status_code == 302
    user = manager.get("/").wsgi_request.user
    mail = mailbox.mails(user.email)[0]
    assert str(mail["Subject"]) == "[Test] Was it easy with Acme?"
    assert mail["List-Unsubscribe"] is None
    html = facts.html_of(mail)
    assert "This is a test." in html
    assert "This is a test." in mailbox.text(mail)
    place = f"/campaigns/{campaign.pk}/answer/"
    assert html.count(f"{place}?language=en&amp;score=") == 7
    page = manager.get(f"{place}?language=en&score=2").content.decode()
    assert "Nothing you enter is recorded." in page
    done = manager.post(f"{place}?language=en", {"score": "2", "level": "low"})
    assert "2 out of 7" in done.content.decode()
    assert not Response.objects.exists()
    assert client_of(company, None).get(place).status_code == 302


def test_a_viewer_changes_and_tests_nothing(
    company: Company, client_of: ClientOf, campaign: Campaign
) -> None:
    viewer = client_of(company, "viewer")
    for rest in ("edit/", "look/mail/", "look/page/"):
        assert post(viewer, campaign, rest).status_code == 403
    assert viewer.get(f"/campaigns/{campaign.pk}/answer/").status_code == 200
