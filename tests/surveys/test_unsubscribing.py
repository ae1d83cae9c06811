"""The way out of all surveys, as mail programs and people take it, and the way back in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry
from customers.actions.erasure import erase_contact
from surveys import suppressions
from surveys.actions.suppressions import find, suppress, take_off
from surveys.audience import Choice, plan
from surveys.models import Suppression
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

Reason = Suppression.Reason


def reason_of(email: str) -> str | None:
    row = Suppression.objects.filter(email_hash=suppressions.hash_of(email)).first()
    return row.reason if row else None


@pytest.fixture
def visitor(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, None)


@pytest.fixture
def path(company: Company, mailbox: Mailbox) -> str:
    """As a mail program finds it: in the header of the mail that came."""
    facts.asked(facts.at("ann"), "Ann")
    mail = mailbox.mails(facts.at("ann"))[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(http://acme\.localhost:8000/\S+)>", mail["List-Unsubscribe"].strip())
    assert found is not None
    return urlsplit(found[1]).path


def test_a_mail_program_unsubscribes_with_one_post_without_cookies(
    visitor: Client, path: str
) -> None:
    answer = visitor.post(
        path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not answer.cookies
    assert reason_of(facts.at("ann")) == Reason.UNSUBSCRIBED


@pytest.mark.parametrize("method", ["get", "head"])
def test_fetching_changes_nothing(visitor: Client, path: str, method: str) -> None:
    for address in (path, f"{path}?again=yes", f"{path}?List-Unsubscribe=One-Click"):
        answer = getattr(visitor, method)(address)
        assert answer.status_code == 200
        assert not answer.cookies
    assert Suppression.objects.count() == 0
    visitor.post(path)
    getattr(visitor, method)(f"{path}?again=yes")
    assert reason_of(facts.at("ann")) == Reason.UNSUBSCRIBED


def test_the_same_link_leads_back_in(visitor: Client, path: str) -> None:
    assert "No more surveys?" in visitor.get(path).content.decode()
    out = visitor.post(path).content.decode()
    assert "You will get no more surveys" in out
    assert 'name="again"' in out
    again = visitor.get(path).content.decode()
    assert f"Acme sends no surveys to {facts.at('ann')}." in again
    back = visitor.post(path, {"again": "yes"}).content.decode()
    assert "You get surveys again" in back
    assert reason_of(facts.at("ann")) is None
    actions = AuditEntry.objects.filter(action__startswith="contact.").order_by("pk")
    assert [entry.action for entry in actions] == [
        "contact.unsubscribed",
        "contact.subscribed_again",
    ]


@pytest.mark.parametrize("reason", [Reason.BOUNCED, Reason.COMPLAINED, Reason.BY_HAND])
def test_the_link_undoes_no_other_reason(visitor: Client, path: str, reason: str) -> None:
    email_hash = suppressions.hash_of(facts.at("ann"))
    Suppression.objects.create(email_hash=email_hash, reason=reason)
    page = visitor.get(path).content.decode()
    assert "You get no surveys" in page
    assert "<form" not in page
    assert "cannot be taken up" in visitor.post(path, {"again": "yes"}).content.decode()
    assert reason_of(facts.at("ann")) == reason


def test_who_was_erased_is_not_named_and_stays_out(
    visitor: Client, company: Company, path: str, user_of: Callable[..., Any]
) -> None:
    visitor.post(path)
    contact = facts.Contact.objects.get()
    erase_contact(contact=contact, by=user_of(company, "owner"))
    for answer in (visitor.get(path), visitor.post(path), visitor.post(path, {"again": "yes"})):
        assert answer.status_code == 200
        assert "You will get no more surveys" in answer.content.decode()
        assert "@" not in re.sub(r"<style.*?</style>", "", answer.content.decode(), flags=re.S)
    assert reason_of(facts.at("ann")) == Reason.ERASED


@pytest.mark.parametrize(("tag", "language"), [("de-AT", "de"), ("ar", "ar"), ("pt", "en")])
def test_the_page_speaks_the_contacts_language(
    visitor: Client, company: Company, mailbox: Mailbox, tag: str, language: str
) -> None:
    from surveys.content import Content, Texts
    from surveys.link_words import LINK_WORDS

    contact = facts.make_contact(facts.at("li"), "Li")
    facts.Contact.objects.filter(pk=contact.pk).update(language=tag.lower())
    campaign = facts.make_campaign()
    texts = {"de": Texts(question="Wie?"), "ar": Texts(question="كيف؟")}
    content = Content("en", {"en": Texts(question="How?"), **texts})
    for name, value in content.as_columns().items():
        setattr(campaign, name, value)
    campaign.save()
    facts.start_campaign(campaign=campaign, by=None)
    link = facts.link_of(facts.Invitation.objects.get(), "unsubscribe/")
    visitor.post(link)
    page = visitor.get(link).content.decode()
    assert f'<html lang="{language}"' in page
    assert LINK_WORDS[language].stopped in page


def test_an_address_is_put_on_the_list_by_hand_and_left_out_by_plans(company: Company) -> None:
    facts.make_contact(facts.at("ann"))
    row, is_new = suppress(email=f" {facts.at('ANN')} ", by=None)
    assert (is_new, row.reason) == (True, Reason.BY_HAND)
    assert suppress(email=facts.at("ann"), by=None) == (row, False)
    assert [(one.reason, one.count) for one in plan(Choice()).left_out] == [("by_hand", 1)]
    entry = AuditEntry.objects.get(action="suppression.added")
    assert facts.DOMAIN not in f"{entry.subject_label} {entry.detail}"
    with pytest.raises(Refused, match="whole e-mail address"):
        suppress(email="ann", by=None)


def test_taking_off_needs_the_word_where_the_person_wished_it(company: Company) -> None:
    rows = {}
    for reason in Reason.values:
        rows[reason] = Suppression.objects.create(
            email_hash=suppressions.hash_of(facts.at(reason)), reason=reason
        )
    for reason in (Reason.BOUNCED, Reason.BY_HAND):
        take_off(suppression=rows[reason], by=None)
    for reason in (Reason.UNSUBSCRIBED, Reason.COMPLAINED):
        with pytest.raises(Refused, match="wanted no more"):
            take_off(suppression=rows[reason], by=None)
        take_off(suppression=rows[reason], confirmation=" Write again ", by=None)
    with pytest.raises(Refused, match="erased on request"):
        take_off(suppression=rows[Reason.ERASED], confirmation="write again", by=None)
    assert list(Suppression.objects.values_list("reason", flat=True)) == [Reason.ERASED]
    assert AuditEntry.objects.filter(action="suppression.removed").count() == 4
    assert find(email=facts.at("erased")) == rows[Reason.ERASED]
    assert find(email=facts.at("bounced")) is None
