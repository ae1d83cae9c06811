"""What is rendered once for many reads as what is rendered for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from surveys.actions.content import draft_campaign
from surveys.asked import asked_by
from surveys.content import Content, Question, Texts, Type
from surveys.models import Campaign, Invitation
from surveys.reading import Reading
from surveys.tokens import token_of
from surveys.views import answer_moulds
from surveys.views.answer_pages import Said, question_context
from tenants.context import current_company
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

NAMES = ["Ann", "", "Zoë <b>&amp;</b>", "O'Hara {customer} {{ x }}", "\ue000contact\ue001", "محمد"]
CONTENT = Content(
    "en",
    {
        "en": Texts(
            question="Would you recommend {company}, {contact}? <&>",
            follow_ups={"low": "What went wrong, {contact}?", "high": "{customer} likes it?"},
            lowest_label="Never, {contact}",
            questions={"reason": "What was it about at {customer}?", "next": "And then?"},
            choices={"reason": {"Price": "The price of {company}"}},
        ),
        "ar": Texts(question="{contact}؟"),
    },
    (
        Question("reason", Type.CHOICE, ("Price", "Quality"), ("low", "middle")),
        Question("next", Type.TEXT),
    ),
)


@pytest.fixture
def invitations(company: Company, mailbox: Mailbox) -> list[Invitation]:
    """Of everybody in NAMES, at customers of the same names; the last two read Arabic."""
    for number, name in enumerate(NAMES):
        customer = facts.make_customer(f"c-{number}", name or "x")
        contact = facts.make_contact(facts.at(f"p{number}"), name, customer)
        contact.language = "ar" if number >= 4 else ""
        contact.save()
    facts.send(draft_campaign(name="Autumn", content=CONTENT, by=None))
    return list(Invitation.objects.order_by("contact__email"))


def plain(invitation: Invitation, score: int | None) -> str:
    found = Invitation.objects.select_related("campaign", "contact__customer")
    reading = Reading.of(found.get(pk=invitation.pk))
    return render_to_string("surveys/answer.html", question_context(reading, Said(score)))


@pytest.mark.parametrize("company_name", ["Acme", "A <b>", "\ue000customer\ue001"])
def test_a_filled_mould_is_what_rendering_gives(
    invitations: list[Invitation],
    company: Company,
    client_of: Callable[..., Client],
    company_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(current_company(), "name", company_name)
    answer_moulds._moulds.clear()
    for score in (None, 0, 10):
        for invitation in invitations:
            asked = asked_by(token_of(invitation))
            assert asked is not None
            reading = Reading.of(asked.invitation, asked.content)
            page = answer_moulds.question_page(reading, asked.texts, score)
            assert page == plain(invitation, score)
    # For each score and language one, and one more where there is no name.
    has_marks = company_name.startswith("\ue000")
    assert len(answer_moulds._moulds) == (0 if has_marks else 9)


def test_the_page_is_the_mould_until_it_is_answered(
    invitations: list[Invitation],
    company: Company,
    client_of: Callable[..., Client],
    user_of: Callable[..., Any],
) -> None:
    visitor = client_of(company, None)
    link = facts.link_of(invitations[0])
    assert visitor.get(f"{link}?score=9").content.decode() == plain(invitations[0], 9)
    assert "You are signed in" in client_of(company, "manager").get(link).content.decode()
    visitor.post(link, {"score": 3, "comment": "Words of mine"})
    assert "Words of mine" in visitor.get(f"{link}?score=9").content.decode()
    assert "Words of mine" not in visitor.get(facts.link_of(invitations[1])).content.decode()


def test_a_campaign_that_is_changed_reads_changed(
    invitations: list[Invitation], company: Company, client_of: Callable[..., Client]
) -> None:
    visitor, link = client_of(company, None), facts.link_of(invitations[0])
    assert "Would you recommend Acme, Ann?" in visitor.get(link).content.decode()
    Campaign.objects.update(question="And now, {contact}?")
    assert "And now, Ann?" in visitor.get(link).content.decode()
    content = Campaign.objects.get().content
    content["own"]["lowest_label"] = "By no means"
    Campaign.objects.update(content=content)
    assert "By no means" in visitor.get(link).content.decode()
    Company.objects.filter(pk=company.pk).update(name="Renamed")
    Campaign.objects.update(question="Would you recommend {company}?")
    assert "Would you recommend Renamed?" in visitor.get(link).content.decode()
