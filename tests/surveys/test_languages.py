"""Surveys speak the reader's language: users theirs, contacts theirs, programs English."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.actions.facts import store_rows
from customers.imports.kinds import KINDS
from customers.looking import Look
from customers.models import Source
from surveys.actions.campaigns import resume_campaign
from surveys.actions.content import send_test
from surveys.actions.running import schedule_campaign
from surveys.actions.suppressions import take_off
from surveys.models import Campaign, FollowUp, Reply, Suppression
from surveys.outcomes import DIED
from surveys.schedule import look
from surveys.suppressions import hash_of
from surveys.timeline import timeline
from surveys.tokens import token_of
from tenants.languages import speaking
from tenants.models import Company
from tests.cast import Mailbox
from tests.casting import Clients, Users
from tests.surveys import facts
from tests.surveys.test_follow_ups import opened
from tests.surveys.test_response_import import ROW, people  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("catalogues")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def german(company: Company, client_of: Clients, user_of: Users) -> Client:
    """A manager who reads German, at a company that speaks English."""
    User.objects.filter(pk=user_of(company, "manager").pk).update(language="de")
    return client_of(company, "manager")


def test_a_draft_and_who_is_asked(german: Client, company: Company) -> None:
    facts.make_contacts(2)
    campaign = facts.make_campaign()
    base = f"/campaigns/{campaign.pk}/"
    assert "Das ist ein Entwurf: Noch wurde niemand gefragt." in german.get(base).text
    contacts = german.get(f"{base}contacts/").text
    assert "<strong>2</strong> Kontakte bei 1 Kunden werden gefragt." in contacts
    assert "Kunde seit mindestens" in contacts
    editor = german.get(f"{base}edit/").text
    assert "Niedrige Bewertungen, 0 bis 6" in editor
    assert "Frage" in editor
    assert "An 2 Kontakte senden" in german.get(f"{base}send/").text
    sent = german.post(f"{base}send/", {"count": "7"}, follow=True)
    assert "Inzwischen sind es 2 Kontakte." in sent.content.decode()


def test_a_follow_up_and_its_work_list(german: Client, company: Company) -> None:
    found = opened(comment="Too slow")
    listed = german.get("/follow-ups/").text
    assert "3 von 10</" not in listed  # the level stands beside it
    assert "3 von 10, Kritiker" in listed
    FollowUp.objects.filter(pk=found.pk).update(state="in_progress")
    Reply.objects.create(
        follow_up=found, subject="Re", text="Sorry", quoted={}, state="unknown", error=DIED
    )
    page = german.get(f"/follow-ups/{found.pk}/").text
    assert "In Arbeit" in page
    assert "Der Versand brach ab" in page
    assert "Nicht erreicht" in page
    refused = german.post(f"/follow-ups/{found.pk}/notes/", {"text": " "}, follow=True)
    assert "Schreiben Sie zuerst die Notiz." in refused.content.decode()


def test_one_timeline_in_two_languages(company: Company) -> None:
    customer = opened().invitation.contact.customer
    entry, *_more = timeline(customer, Look(limit=10))
    assert entry.title == "Ann gave 3 of 10 (NPS, detractor)"
    with speaking("de"):
        entry, *_more = timeline(customer, Look(limit=10))
    assert entry.title == "Ann gab 3 von 10 (NPS, Kritiker)"


def test_why_a_campaign_waits_is_said_to_who_made_it(
    company: Company, german: Client, user_of: Users
) -> None:
    facts.make_contacts(2)
    campaign = facts.make_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(created_by=user_of(company, "manager"))
    starts_at = timezone.now() + HOUR
    schedule_campaign(campaign=campaign, starts_at=starts_at, by=None)
    look(starts_at + 25 * HOUR)
    campaign.refresh_from_db()
    assert campaign.paused_reason.startswith("Sie sollte am ")
    assert "das ist mehr als einen Tag her" in campaign.paused_reason
    resume_campaign(campaign=campaign, is_skipping=True, by=None)


def test_a_contact_reads_their_own_language_whatever_the_company_speaks(
    company: Company, client_of: Clients, mailbox: Mailbox
) -> None:
    Company.objects.filter(pk=company.pk).update(language="de")
    invitation = facts.asked(facts.at("ann"), "Ann")
    (mail,) = mailbox.wait_for(facts.at("ann"))
    assert '<html lang="en" dir="ltr">' in facts.html_of(mail)
    visitor = client_of(company, None)
    link = f"/s/{token_of(invitation)}/"
    for path in (link, f"{link}unsubscribe/"):
        page = visitor.get(path)
        assert page["Content-Language"] == "en"
        assert '<html lang="en" dir="ltr">' in page.text
    thanked = visitor.post(link, {"score": "9"}, follow=True)
    assert "Thank you" in thanked.content.decode()
    assert "You can change it until" in thanked.content.decode()


def test_a_preview_and_a_test_mail_speak_to_the_user_beside_the_contact(
    company: Company, german: Client, mailbox: Mailbox, user_of: Users
) -> None:
    campaign = facts.make_campaign()
    preview = german.get(f"/campaigns/{campaign.pk}/answer/")
    assert "Das ist eine Vorschau dessen, was ein Kontakt sieht." in preview.text
    assert '<div lang="de" dir="ltr" class="survey-note">' in preview.text
    assert '<html lang="en" dir="ltr">' in preview.text
    user = user_of(company, "manager")
    send_test(campaign=campaign, language="en", by=user)
    with speaking("de"):
        send_test(campaign=campaign, language="en", by=user)
    first, second = (facts.html_of(mail) for mail in mailbox.wait_for(user.email, count=2))
    assert "This is a test." in first
    assert '<html lang="en" dir="ltr">' in second
    assert '<p lang="de" dir="ltr"' in second
    assert "Dies ist ein Test." in second


def test_the_word_that_confirms_is_the_readers(german: Client, company: Company) -> None:
    for word in ("wieder schreiben", "write again"):
        row = Suppression.objects.create(
            email_hash=hash_of("ann@alpha.example"), reason=Suppression.Reason.UNSUBSCRIBED
        )
        with speaking("de"):
            take_off(suppression=row, confirmation=word, by=None)
        assert not Suppression.objects.exists()


def test_what_is_wrong_with_an_import_is_said_in_the_language_of_who_imports(
    people: Source,  # noqa: F811 - the fixture
) -> None:
    row = ROW | {"contact": "nobody", "customer": None}
    with speaking("de"):
        (result,) = store_rows(kind=KINDS["responses"], rows=[row], source=people)
    assert [problem.message for problem in result.problems] == [
        "es gibt keinen Kontakt mit dieser ID oder Adresse; importieren Sie zuerst die Kontakte"
    ]


def test_programs_are_told_in_english(company: Company, client_of: Clients) -> None:
    Company.objects.filter(pk=company.pk).update(language="de")
    query = {"since": "2026-02-01", "until": "2026-01-01"}
    refused = client_of(company, "manager").get("/api/v1/answers/", query)
    assert "until: choose a day after the first one." in refused.content.decode()
    page = client_of(company, "manager").get("/comments/", query)
    assert "Wählen Sie einen Tag nach dem ersten." in page.content.decode()
