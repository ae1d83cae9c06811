"""The pages of campaigns: who may what, and what they show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry
from surveys.models import Campaign, Invitation, Response
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

ClientOf = Callable[..., Client]
READING = ("", "progress/", "mail/")
WORKING = ("edit/", "contacts/", "send/")
ACTING = ("send/", "pause/", "resume/", "delete/")


@pytest.fixture
def manager(company: Company, client_of: ClientOf) -> Client:
    return client_of(company, "manager")


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_a_viewer_reads_and_sends_nothing(
    company: Company, client_of: ClientOf, mailbox: Mailbox
) -> None:
    facts.make_contacts(2)
    campaign = facts.make_campaign()
    viewer = client_of(company, "viewer")
    base = f"/campaigns/{campaign.pk}/"
    for path in ("/campaigns/", *(base + rest for rest in READING)):
        assert viewer.get(path).status_code == 200
    assert "Preview and send" not in text(viewer, base)
    for path in ("/campaigns/new/", *(base + rest for rest in WORKING)):
        assert viewer.get(path).status_code == 403
    for rest in ("edit/", "contacts/", *ACTING):
        assert viewer.post(base + rest, {"count": "2"}).status_code == 403
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    assert not Invitation.objects.exists()


def test_nobody_signed_in_is_sent_to_sign_in(company: Company, client_of: ClientOf) -> None:
    campaign = facts.make_campaign()
    visitor = client_of(company, None)
    base = f"/campaigns/{campaign.pk}/"
    for path in ("/campaigns/", "/campaigns/new/", *(base + rest for rest in READING + WORKING)):
        assert "/accounts/login/" in visitor.get(path)["Location"]
    for rest in ACTING:
        assert visitor.post(base + rest).status_code == 302
    assert Campaign.objects.get().state == Campaign.State.DRAFT


def test_a_count_of_thousands_of_digits_is_no_error(company: Company, manager: Client) -> None:
    facts.make_contacts(1)
    campaign = facts.make_campaign()
    sent = manager.post(f"/campaigns/{campaign.pk}/send/", {"count": "9" * 5000})
    assert sent.status_code == 302


def test_another_companys_session_does_nothing_here(
    company: Company, other_company: Company, client_of: ClientOf
) -> None:
    facts.make_contacts(1)
    campaign = facts.make_campaign()
    outsider = client_of(other_company, "owner")
    assert outsider.get(f"/campaigns/{campaign.pk}/").status_code == 404
    assert outsider.post(f"/campaigns/{campaign.pk}/send/").status_code == 404
    assert not Invitation.objects.exists()


def test_a_get_never_acts(company: Company, manager: Client) -> None:
    facts.make_contacts(1)
    campaign = facts.make_campaign()
    for rest in ("pause/", "resume/"):
        assert manager.get(f"/campaigns/{campaign.pk}/{rest}").status_code == 405
    for rest in ("send/", "delete/", "end/"):  # they ask
        manager.get(f"/campaigns/{campaign.pk}/{rest}")
    assert Campaign.objects.get().state == Campaign.State.DRAFT


def test_from_nothing_to_an_answer_in_the_nps(
    company: Company, manager: Client, client_of: ClientOf, mailbox: Mailbox
) -> None:
    """The whole way by the pages."""
    assert "Import contacts" in text(manager, "/campaigns/")
    facts.make_contact(facts.at("ann"), "Ann")
    assert "No campaigns yet" in text(manager, "/campaigns/")

    assert "What is measured" in text(manager, "/campaigns/new/")
    made = manager.post(
        "/campaigns/new/",
        {"name": "Autumn", "kind": "nps:0-10", "language": "en", "is_relational": "on"},
    )
    campaign = Campaign.objects.get()
    base = f"/campaigns/{campaign.pk}"
    assert made["Location"] == f"{base}/edit/"
    assert campaign.created_by is not None
    assert "How likely are you to recommend {company}" in text(manager, f"{base}/edit/")
    told = manager.post(
        f"{base}/edit/",
        {
            "do": "next",
            "name": "Autumn",
            "kind": "nps:0-10",
            "is_relational": "on",
            "tag": "en",
            "en-question": "Would you recommend {company}?",
            "en-follow_up": "Why?",
        },
    )
    assert told["Location"] == f"{base}/contacts/"

    send = text(manager, f"/campaigns/{campaign.pk}/send/")
    assert "Send to 1 contact" in send
    assert "Would you recommend Acme?" in text(manager, f"/campaigns/{campaign.pk}/mail/")
    started = manager.post(f"/campaigns/{campaign.pk}/send/", {"count": "1"})
    assert started["Location"] == f"/campaigns/{campaign.pk}/"
    assert "every 2s" in text(manager, f"/campaigns/{campaign.pk}/progress/")
    run_pending(queue="mail")
    finished = manager.get(f"/campaigns/{campaign.pk}/progress/")
    assert finished["HX-Refresh"] == "true"
    assert "every 2s" not in finished.content.decode()

    link = facts.link_of(Invitation.objects.get())
    client_of(company, None).post(link, {"score": "9", "comment": "Fast help"})
    page = text(manager, f"/campaigns/{campaign.pk}/")
    assert "Fast help" in page
    assert "100.0" in page
    assert "100.0" in text(manager, "/campaigns/")
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"campaign.created", "campaign.started"} <= actions


def test_choosing_can_go_straight_on_to_when(company: Company, manager: Client) -> None:
    facts.make_contacts(1)
    campaign = facts.make_campaign()
    base = f"/campaigns/{campaign.pk}/"
    data = {"who": "all", "not_asked_days": "90", "sample_percent": "100"}
    counted = manager.post(f"{base}contacts/", data)
    assert counted["Location"] == f"{base}contacts/"
    previewed = manager.post(f"{base}contacts/", {**data, "then": "next"})
    assert previewed["Location"] == f"{base}when/"


def test_a_changed_count_is_shown_again_before_anything_is_sent(
    company: Company, manager: Client
) -> None:
    facts.make_contacts(2)
    campaign = facts.make_campaign()
    response = manager.post(f"/campaigns/{campaign.pk}/send/", {"count": "1"}, follow=True)
    assert "In the meantime it has come to 2 contacts" in response.content.decode()
    assert not Invitation.objects.exists()


def test_a_sent_survey_leads_to_the_mailbox_where_mail_goes_to_the_portals_own_sink(
    company: Company, manager: Client, mailbox: Mailbox, settings: Any
) -> None:
    facts.make_contacts(1)
    campaign = facts.started()
    base, link = f"/campaigns/{campaign.pk}/", f'href="{settings.SITE_URL}/mailbox"'
    assert link not in text(manager, base), "there is nothing to see yet"
    run_pending(queue="mail")
    assert link in text(manager, base)
    assert link in text(manager, base + "progress/")
    settings.MAILBOX = ""
    assert link not in text(manager, base)


def test_pausing_and_going_on(company: Company, manager: Client, mailbox: Mailbox) -> None:
    facts.make_contacts(3)
    campaign = facts.started()
    base = f"/campaigns/{campaign.pk}/"
    manager.post(base + "pause/")
    run_pending(queue="mail")
    assert mailbox.mails(facts.DOMAIN) == []
    assert "Go on sending" in text(manager, base)
    again = manager.post(base + "pause/", follow=True)
    assert "Only a campaign that is sending can be paused" in again.content.decode()
    manager.post(base + "resume/")
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 3


def test_a_draft_can_be_deleted_and_a_started_campaign_cannot(
    company: Company, manager: Client
) -> None:
    facts.make_contacts(1)
    draft, campaign = facts.make_campaign(name="Draft"), facts.started()
    manager.post(f"/campaigns/{draft.pk}/delete/")
    manager.post(f"/campaigns/{campaign.pk}/delete/")
    assert Campaign.objects.get() == campaign


def test_answers_by_users_show_and_do_not_count(
    company: Company, manager: Client, client_of: ClientOf, mailbox: Mailbox
) -> None:
    invitation = facts.asked()
    manager.post(facts.link_of(invitation), {"score": "10", "comment": "testing"})
    page = text(manager, f"/campaigns/{invitation.campaign_id}/")
    assert "by a user, not counted" in page
    assert "No answers yet. Each shows here" in page


def test_ending_and_deleting_ask_first(
    company: Company, manager: Client, client_of: Callable[..., Client]
) -> None:
    facts.make_contacts(3)
    running, draft = facts.started(name="Running"), facts.make_campaign(name="A draft")
    end, delete = f"/campaigns/{running.pk}/end/", f"/campaigns/{draft.pk}/delete/"
    assert end in text(manager, f"/campaigns/{running.pk}/")
    assert delete in text(manager, f"/campaigns/{draft.pk}/")
    page = text(manager, end)
    assert "End this campaign?" in page
    assert "3 mails that wait are not sent" in page
    assert "gone for good" in text(manager, delete)
    running.refresh_from_db()
    assert running.state == "running"
    assert Campaign.objects.filter(pk=draft.pk).exists()
    for path in (end, delete):
        assert client_of(company, "viewer").get(path).status_code == 403
    # What cannot be any more leads back.
    assert manager.get(f"/campaigns/{draft.pk}/end/").status_code == 302
    assert manager.get(f"/campaigns/{running.pk}/delete/").status_code == 302
    assert manager.post(end).status_code == 302
    assert manager.post(delete)["Location"] == "/campaigns/"
    running.refresh_from_db()
    assert running.state == "done"
    assert not Campaign.objects.filter(pk=draft.pk).exists()


def test_the_list_costs_the_same_for_one_campaign_and_for_twenty(
    company: Company, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    facts.make_contacts(2)
    for number in range(20):
        facts.make_campaign(name=f"Campaign {number}")
    text(manager, "/campaigns/")
    with django_assert_max_num_queries(12):
        text(manager, "/campaigns/")


def test_the_answers_of_a_big_campaign_are_paged(
    company: Company, manager: Client, mailbox: Mailbox
) -> None:
    facts.make_contacts(60)
    campaign = facts.sent()
    Response.objects.bulk_create(
        Response(invitation=row, score=7, comment=f"words {row.pk}", origin="page")
        for row in Invitation.objects.all()
    )
    base = f"/campaigns/{campaign.pk}/"
    assert text(manager, base).count("words ") == 50
    assert "1\N{EN DASH}50 of 60" in text(manager, base)
    assert text(manager, f"{base}?show=all&page=2").count("words ") == 10
