"""Everybody is spoken to in their own language, or in the company's."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts import emails
from accounts.actions import invitations
from accounts.models import User
from csm_portal.templatetags import portal
from tenants.languages import speaking
from tenants.models import Company
from tests.cast import PASSWORD, Mailbox
from tests.casting import Clients, Jobs, Users
from tests.clients import HostClient

pytestmark = pytest.mark.usefixtures("catalogues")


def speak(company: Company, language: str) -> None:
    Company.objects.filter(pk=company.pk).update(language=language)
    company.language = language


def test_two_users_read_one_page_each_in_their_language(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    User.objects.filter(pk=user_of(company, "owner").pk).update(language="de")
    english, german = client_of(company, "admin"), client_of(company, "owner")
    for _again in range(2):
        page = english.get("/settings/people/").content.decode()
        assert '<html lang="en" dir="ltr"' in page
        assert "Works with customers" in page
        assert "Audit trail" in page
        answer = german.get("/settings/people/")
        seite = answer.content.decode()
        assert answer["Content-Language"] == "de"
        assert '<html lang="de" dir="ltr"' in seite
        assert "Arbeitet mit Kunden" in seite
        assert "Protokoll" in seite
        assert "Kunden" in seite
        assert "Audit trail" not in seite
        assert "Settings" not in seite


def test_forms_and_the_words_of_libraries_are_german(company: Company, client_of: Clients) -> None:
    speak(company, "de")
    visitor = client_of(company, None)
    seite = visitor.get("/accounts/login/").content.decode()
    assert "Angemeldet bleiben" in seite
    assert "Passwort" in seite
    refused = visitor.post("/accounts/login/", {"login": "nobody@acme.example", "password": "x"})
    assert "das Passwort sind leider falsch" in refused.content.decode()  # allauth's
    settings = client_of(company, "admin").get("/settings/").content.decode()
    assert "Montag" in settings
    assert "CHF \u2013 Schweizer Franken" in settings
    missing = client_of(company, "admin").post("/settings/people/invitations/", {"email": ""})
    assert "Dieses Feld ist zwingend erforderlich." in missing.content.decode()  # Django's
    short = client_of(company, "admin").get("/accounts/password/change/").content.decode()
    assert "mindestens 10 Zeichen" in short


def test_a_role_in_a_sentence(company: Company, client_of: Clients) -> None:
    assert "Your role at Acme is viewer." in client_of(company, "viewer").get("/profile/").text
    speak(company, "de")
    viewer = client_of(company, "viewer")
    assert "Ihre Rolle bei Acme ist Leser." in viewer.get("/profile/").text
    assert "Personen, Schlüssel und die Einstellungen" in viewer.get("/settings/").text


def test_the_search_finds_pages_by_the_words_of_both_languages(
    company: Company, client_of: Clients
) -> None:
    speak(company, "de")
    client = client_of(company, "admin")
    for words in ("Kohorten", "cohorts", "Heatmap"):
        assert "Kohorten" in client.get("/search/", {"q": words}).text


def test_mails_are_in_the_language_of_who_gets_them(
    company: Company, user_of: Users, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    speak(company, "de")
    owner, viewer = user_of(company, "owner"), user_of(company, "viewer")
    User.objects.filter(pk=viewer.pk).update(language="en")
    invitations.invite_user(email="neu@acme.example", role="manager", by=owner)
    for user in (owner, viewer):
        emails.queue_notice("password_changed", to=user.email, detail={})
        emails.queue_password_reset(user)
    do_jobs(company)
    (invited,) = mailbox.wait_for("neu@acme.example")
    assert "lädt Sie zu Acme ein" in str(invited["Subject"])
    assert "eingeladen, als Manager." in mailbox.text(invited)
    body = invited.get_body(preferencelist=("html",))
    assert body is not None
    assert '<html lang="de" dir="ltr">' in body.get_content()
    german = {str(mail["Subject"]) for mail in mailbox.wait_for(owner.email, count=2)}
    assert german == {"Ihr Passwort wurde geändert", "Setzen Sie Ihr Passwort bei Acme zurück"}
    english = {str(mail["Subject"]) for mail in mailbox.wait_for(viewer.email, count=2)}
    assert english == {"Your password was changed", "Reset your password at Acme"}
    assert translation.get_language() == "en"


def test_what_is_kept_is_kept_by_language() -> None:
    assert "Where you are" in portal.kept("components/_breadcrumbs.html", items=())
    with speaking("de"):
        assert "Wo Sie sind" in portal.kept("components/_breadcrumbs.html", items=())
    assert "Where you are" in portal.kept("components/_breadcrumbs.html", items=())


def test_pages_of_no_view_speak_too(company: Company, client_of: Clients) -> None:
    speak(company, "de")
    client = client_of(company, "admin")
    gone = client.get("/nowhere/").text
    assert "Hier ist nichts" in gone
    assert '<html lang="de" dir="ltr">' in gone
    large = client.post(
        "/settings/", b"x", content_type="text/plain", headers={"Content-Length": "99999999"}
    )
    assert large.status_code == 413
    assert "zu viel auf einmal" in large.content.decode()
    Company.objects.filter(pk=company.pk).update(state="provisioning")
    waiting = HostClient("acme.localhost").get("/")
    assert waiting.status_code == 503
    assert "Noch nicht bereit" in waiting.content.decode()


def test_programs_are_told_in_english(company: Company, client_of: Clients) -> None:
    speak(company, "de")
    told = client_of(company, "admin").get("/api/v1/search/", {"q": "cohorts"})
    assert "Cohorts" in told.content.decode()


def test_libraries_speak_to_a_customer_too(company: Company, client_of: Clients) -> None:
    speak(company, "de")
    typed = {"oldpassword": PASSWORD, "password1": "ganz anders 4711", "password2": "und noch 0815"}
    said = client_of(company, "viewer").post("/accounts/password/change/", typed)
    assert "Geben Sie beide Male dasselbe Passwort ein." in said.content.decode()
