"""The mail itself: eleven links, both parts, headers, and nothing of a tenant's that acts."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client

from surveys.models import Invitation, Suppression
from surveys.models.campaign import Language
from surveys.texts import fill
from surveys.wording import WORDINGS
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

NASTY = "<script>alert(1)</script> {{ company.pk }} {% debug %} {question}"


def test_both_parts_carry_eleven_links_on_the_companys_domain(
    company: Company, mailbox: Mailbox
) -> None:
    invitation = facts.asked(facts.at("ann"), "Ann")
    mail = mailbox.mails(facts.at("ann"))[0]
    for part in (facts.html_of(mail), mailbox.text(mail)):
        links = facts.score_links(part)
        wanted = [
            f"http://acme.localhost:8000{facts.link_of(invitation)}?score={score}"
            for score in range(11)
        ]
        assert sorted(links) == sorted(wanted)
    assert re.search(r'aria-label="9 out of 10"[^>]*>9</a>', facts.html_of(mail))
    assert "<img" not in facts.html_of(mail)
    assert "Hello Ann," in mailbox.text(mail)
    assert str(mail["Subject"]) == "Would you recommend Acme?"
    assert "Acme" in str(mail["From"])


def test_the_unsubscribe_headers_work(
    company: Company, mailbox: Mailbox, client_of: Callable[..., Client]
) -> None:
    facts.asked(facts.at("ann"))
    mail = mailbox.mails(facts.at("ann"))[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(
        r"<(http://acme\.localhost:8000/\S+)>", str(mail["List-Unsubscribe"]).strip()
    )
    assert found is not None
    client_of(company, None).post(urlsplit(found[1]).path, {"List-Unsubscribe": "One-Click"})
    assert Suppression.objects.count() == 1


def test_what_a_company_wrote_is_text_and_nothing_else(
    company: Company, mailbox: Mailbox, client_of: Callable[..., Client]
) -> None:
    customer = facts.make_customer(name=f"Customer {NASTY}")
    contact = facts.make_contact(facts.at("ann"), f"Ann {NASTY}", customer)
    facts.sent(question=f"{{contact}}? {NASTY}", follow_up=NASTY, thank_you=NASTY)
    invitation = Invitation.objects.get(contact=contact)
    mail = mailbox.mails(facts.at("ann"))[0]
    visitor = client_of(company, None)
    link = facts.link_of(invitation)
    answer_page = visitor.get(link).content.decode()
    visitor.post(link, {"score": "9", "comment": NASTY})
    manager = client_of(company, "manager")
    campaign = f"/campaigns/{invitation.campaign_id}/"
    pages = [
        facts.html_of(mail),
        answer_page,
        visitor.get(f"{link}thanks/").content.decode(),
        manager.get(campaign).content.decode(),
        manager.get(f"{campaign}mail/").content.decode(),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ company.pk }} {% debug %} {question}" in page
    assert f"Ann {NASTY}? {NASTY}" in mailbox.text(mail)
    assert "\n" not in str(mail["Subject"])


def test_a_name_cannot_add_a_header(company: Company, mailbox: Mailbox) -> None:
    facts.asked(facts.at("ann"), "Ann\r\nBcc: eve@example.com", question="Well {contact}?")
    mail = mailbox.mails(facts.DOMAIN)[0]
    assert mail["Bcc"] is None
    assert str(mail["Subject"]) == "Well Ann Bcc: eve@example.com?"


@pytest.mark.parametrize("language", Language.values)
def test_every_language_says_its_direction_and_its_own_words(
    company: Company, mailbox: Mailbox, client_of: Callable[..., Client], language: str
) -> None:
    words = WORDINGS[language]
    invitation = facts.asked(language=language, question=words.kinds["nps"].question)
    html = facts.html_of(mailbox.mails(facts.at("ann"))[0])
    page = client_of(company, None).get(facts.link_of(invitation)).content.decode()
    for part in (html, page):
        assert f'<html lang="{language}" dir="{words.direction}">' in part
        assert words.kinds["nps"].most in part
    assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_filling_is_one_pass_over_known_names() -> None:
    assert fill("{a} {b} {c} {a.x} {0} {}", a="{b}", b="2") == "{b} 2 {c} {a.x} {0} {}"
