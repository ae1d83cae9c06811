"""The fast ways to a mail's bytes give what the plain ways give."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage as Parsed
from typing import cast

import pytest
from django.core.mail import EmailMultiAlternatives

from surveys import emails, moulds
from surveys.mime import as_bytes
from surveys.models import Campaign, Invitation
from surveys.reading import Reading
from surveys.tokens import token_of
from tenants.context import current_company
from tenants.models import Company
from tests.surveys import facts

NAMES = ["Ann", "", "Zoë <b>&amp;</b>", 'O"Hara {customer} {{ x }}', "\ue000subject\ue001", "محمد"]
QUESTIONS = ["Would you recommend {company}, {contact}?", "How was it, {customer}? & <so>"]


def parsed(raw: bytes) -> Parsed:
    return cast(Parsed, email.message_from_bytes(raw, policy=email.policy.default))


def content(message: Parsed) -> list[tuple[str, str]]:
    return [
        (part.get_content_type(), str(part.get_content()).rstrip("\n"))
        for part in message.walk()
        if not part.is_multipart()
    ]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_filled_mould_is_what_rendering_gives(
    company: Company, question: str, language: str
) -> None:
    campaign = facts.make_campaign(question=question, language=language)
    for number, name in enumerate(NAMES):
        contact = facts.make_contact(facts.at(f"n{number}"), name)
        invitation = Invitation.objects.create(
            campaign=campaign, contact=contact, token_seed=str(number), token_hash=str(number)
        )
        mail = emails.invitation_mail(invitation)
        links = emails.Links.of(token_of(invitation))
        plain = emails.composed(
            emails.mail_context(Reading.of(invitation), links), to=contact.email
        )
        assert (mail.subject, mail.body) == (plain.subject, plain.body)
        assert mail.alternatives[0][0] == plain.alternatives[0][0]
        assert mail.from_email == plain.from_email
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize("name", ["\ue000subject\ue001", "A\ue001", "\ue000nothing\ue001"])
def test_a_company_whose_name_has_our_marks_writes_its_mails(
    company: Company, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_company(), "name", name)
    campaign = facts.make_campaign(question="How was it?")
    invitation = Invitation.objects.create(
        campaign=campaign,
        contact=facts.make_contact(facts.at("ann"), "Ann"),
        token_seed="s",
        token_hash="h",
    )
    mail = emails.invitation_mail(invitation)
    links = emails.Links.of(token_of(invitation))
    plain = emails.composed(emails.mail_context(Reading.of(invitation), links), to=facts.at("ann"))
    assert (mail.subject, mail.body) == (plain.subject, plain.body)
    assert mail.alternatives[0][0] == plain.alternatives[0][0]
    assert name in str(mail.alternatives[0][0])


def test_moulds_are_kept_apart_where_the_texts_differ(company: Company) -> None:
    moulds._moulds.clear()
    for number, scale in enumerate(("A?", "B?")):
        campaign = facts.make_campaign(question=scale)
        contact = facts.make_contact(facts.at(f"m{number}"), "Ann")
        mail = emails.invitation_mail(
            Invitation.objects.create(
                campaign=campaign, contact=contact, token_seed=f"m{number}", token_hash=str(number)
            )
        )
        assert scale in mail.subject
    assert len(moulds._moulds) == 1  # the question is filled in


@pytest.mark.parametrize("subject", ["How are we doing?", "Wie läuft es? " * 9, "x" * 150])
@pytest.mark.parametrize(
    "text", ["plain\n.leading dot\n", "größer\r\nanders \n", "long " * 400, "tab\t\n\n é" * 300]
)
def test_the_bytes_say_what_djangos_say(subject: str, text: str) -> None:
    mail = EmailMultiAlternatives(
        subject,
        text,
        "Größe & Söhne <portal@localhost>",
        ["ann@münchen.example"],
        headers={"Message-ID": "<1@localhost>", "List-Unsubscribe": "<http://x.example/u>"},
    )
    mail.attach_alternative(f"<p>{text}</p>", "text/html")
    fast, slow = as_bytes(mail), mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    assert content(parsed(fast)) == content(parsed(slow))
    for name in ("Subject", "From", "To", "Message-ID", "List-Unsubscribe"):
        # Django breaks long ones into lines, which adds blanks.
        assert parsed(fast)[name].split() == parsed(slow)[name].split()
    assert parsed(fast)["Date"] is not None
    assert b"\n" not in fast.replace(b"\r\n", b"")
    assert max(map(len, fast.split(b"\r\n"))) <= 998


def test_a_header_of_two_lines_is_refused() -> None:
    mail = EmailMultiAlternatives("a\nBcc: x@x.example", "b", "a@x.example", ["b@x.example"])
    mail.attach_alternative("b", "text/html")
    with pytest.raises(ValueError):
        as_bytes(mail)


def test_anything_else_is_left_to_django() -> None:
    mail = EmailMultiAlternatives("a", "b", "a@x.example", ["b@x.example"])
    mail.attach("c.txt", "c", "text/plain")
    assert b"c.txt" in as_bytes(mail)
