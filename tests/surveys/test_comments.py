"""The comments of all campaigns: search, filters, pages, tags, sentiment, files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry
from customers.models import Contact
from surveys.actions import readings, tags
from surveys.actions.history import PastAnswer, record_past_campaign
from surveys.models import Campaign, Invitation, Response, ResponseReading, Tag, TagMark
from surveys.results import answers
from surveys.results.answers import FilterError, Filters
from tenants.jobs import Job, run_pending
from tenants.models import Company
from tests.surveys import facts
from tests.surveys.test_follow_ups import invitation_of, say, user

ClientOf = Callable[..., Client]


def found(**query: str) -> list[str]:
    """The comments that fit, newest first."""
    return [row.comment for row in answers.page(Filters.of(query)).rows]


@pytest.fixture
def said(company: Company) -> list[Invitation]:
    """Four answers, oldest first."""
    rows = []
    for person, kind, score, comment, region in (
        ("ann", "nps", 2, "Too slow, über all", "north"),
        ("bob", "nps", 10, "Great support", "south"),
        ("cid", "csat", 3, "Fine", "north"),
        ("dee", "nps", 9, "", "south"),
    ):
        invitation = invitation_of(person, kind, region=region)
        Contact.objects.filter(pk=invitation.contact_id).update(
            role="user" if person == "bob" else ""
        )
        say(invitation, score, comment)
        rows.append(invitation)
    return rows


def test_search_and_filters(company: Company, said: list[Invitation]) -> None:
    assert found() == ["Fine", "Great support", "Too slow, über all"]
    assert found(q="SLOW uber") == ["Too slow, über all"]
    assert found(q="100%") == []
    assert found(q="_") == []
    assert found(kind="csat") == ["Fine"]
    assert found(level="low") == ["Too slow, über all"]
    assert found(level="middle") == ["Fine"]
    assert found(level="high", comment="any") == ["", "Great support"]
    assert found(comment="no") == [""]
    assert found(sentiment="negative") == ["Too slow, über all"]
    assert found(segment="attribute.region:north") == ["Fine", "Too slow, über all"]
    assert found(segment="role:user") == ["Great support"]
    assert found(segment="role:", level="high", comment="any") == [""]
    assert found(customer="c-bob") == ["Great support"]
    assert found(campaign=str(said[2].campaign_id)) == ["Fine"]
    assert found(by_user="yes") == []
    tomorrow = company.today() + dt.timedelta(days=1)
    assert found(since=tomorrow.isoformat()) == []
    assert len(found(since=company.today().isoformat(), until=tomorrow.isoformat())) == 3


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "x"},
        {"campaign": "9" * 30},
        {"campaign": "\N{SUPERSCRIPT TWO}"},
        {"since": "yesterday"},
        {"since": "2026-02-02", "until": "2026-02-01"},
        {"segment": "nothing"},
        {"segment": "attribute.nothing:x"},
        {"level": "0"},
    ],
)
def test_what_cannot_be_asked_is_said(company: Company, query: dict[str, str]) -> None:
    with pytest.raises(FilterError):
        Filters.of(query)


def test_pages_hold_each_answer_once(company: Company, client_of: ClientOf) -> None:
    campaign = invitation_of("first").campaign
    same = timezone.now()
    contacts = facts.make_contacts(60)
    rows = Invitation.objects.bulk_create(
        Invitation(campaign=campaign, contact=one, token_seed="x", token_hash=f"t{one.pk}")
        for one in contacts
    )
    Response.objects.bulk_create(
        Response(
            invitation=row, score=7, comment=f"words {row.pk}", origin="page", answered_at=same
        )
        for row in rows
    )
    seen, cursor = [], ""
    while True:
        page = answers.page(Filters(), cursor=cursor, size=25)
        seen += [row.comment for row in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert (len(seen), len(set(seen))) == (60, 60)
    viewer = client_of(company, "viewer")
    first = viewer.get("/comments/").content.decode()
    assert first.count("words ") == 50
    assert "Older" in first
    wrong = viewer.get("/comments/?cursor=nonsense")
    assert (wrong.status_code, "cursor is not one of ours" in wrong.content.decode()) == (200, True)


def test_the_page_costs_the_same_for_one_answer_and_for_many(
    company: Company,
    said: list[Invitation],
    client_of: ClientOf,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    viewer = client_of(company, "viewer")
    viewer.get("/comments/")
    with django_assert_max_num_queries(14):
        page = viewer.get("/comments/?comment=any").content.decode()
    for words in ("Great support", "detractor", "Against: “slow”, the low score"):
        assert words in page, words


def test_a_tag_is_found_by_its_words_and_by_hand(company: Company, said: list[Invitation]) -> None:
    manager = user()
    tag = tags.save_tag(name="Speed", phrases=["slow", "SLOW", " ", "great  support"], by=manager)
    assert tag.phrases == ["slow", "great support"]
    assert found(tag=str(tag.pk)) == []
    run_pending()
    assert found(tag=str(tag.pk)) == ["Great support", "Too slow, über all"]
    reading = ResponseReading.objects.get(response__invitation=said[0])
    assert reading.found["tags"] == {str(tag.pk): ["slow"]}
    tags.mark(invitation=said[0], tag=tag, is_taken=True, by=manager)
    tags.mark(invitation=said[2], tag=tag, is_taken=False, by=manager)
    assert found(tag=str(tag.pk)) == ["Fine", "Great support"]
    # By hand holds against the rule, also when all is read anew, and over a change of mind.
    tags.save_tag(name="Speed", phrases=["slow"], tag=tag, by=manager)
    run_pending()
    assert found(tag=str(tag.pk)) == ["Fine"]
    say(said[2], 3, "Fine indeed")
    assert found(tag=str(tag.pk)) == ["Fine indeed"]
    tags.mark(invitation=said[3], tag=tag, is_taken=False, by=manager)
    say(said[3], 10)
    assert found(tag=str(tag.pk), comment="any") == ["", "Fine indeed"]
    assert TagMark.objects.get(is_taken=True).by == manager
    tags.delete_tag(tag=tag, by=manager)
    run_pending()
    now = ResponseReading.objects.filter(response__superseded_at=None)
    assert not now.exclude(tags=[]).exists()


def test_changed_words_change_the_sentiment(company: Company, said: list[Invitation]) -> None:
    assert ResponseReading.objects.get(response__invitation=said[2]).sentiment == "neutral"
    tags.save_words(meaning="negative", phrases=["Fine"], by=user())
    run_pending()
    assert found(sentiment="negative") == ["Fine", "Too slow, über all"]
    version = ResponseReading.objects.values_list("version", flat=True).distinct()
    assert len(version) == 1
    assert readings.read_unread() == 0


def test_what_is_brought_in_is_read_by_the_job(company: Company) -> None:
    contact, day = facts.make_contact(facts.at("past")), timezone.now() - dt.timedelta(days=1)
    record_past_campaign(
        name="Past",
        question="?",
        asked_at=day,
        asked=[contact.pk],
        answers=[PastAnswer(contact.pk, 0, day, "Terrible")],
        by=None,
    )
    assert Job.objects.filter(kind=readings.READ).exists()
    run_pending()
    assert found(q="terrible", sentiment="negative") == ["Terrible"]


def test_the_rules_page_shows_and_changes_them(
    company: Company, said: list[Invitation], client_of: ClientOf
) -> None:
    admin, manager = client_of(company, "admin"), client_of(company, "manager")
    page = manager.get("/comments/rules/").content.decode()
    assert "unübersichtlich" in page
    assert "A new tag" not in page
    for path, data in (
        ("tags/", {"name": "Price", "phrases": "dear"}),
        ("words/", {"meaning": "negative", "phrases": "meh"}),
        ("days/", {"reply_days": "5"}),
    ):
        assert manager.post(f"/comments/rules/{path}", data).status_code == 403
        assert admin.post(f"/comments/rules/{path}", data).status_code == 302
    tag = Tag.objects.get()
    changed = admin.get("/comments/rules/").content.decode()
    assert "meh" in changed
    assert 'value="5"' in changed
    taken = admin.post("/comments/rules/tags/", {"name": "price", "phrases": ""}, follow=True)
    assert "There is a tag “price” already" in taken.content.decode()
    back = "/comments/?q=slow"
    given = manager.post(
        f"/comments/{said[0].pk}/tags/", {"tag": str(tag.pk), "do": "give", "back": back}
    )
    assert given["Location"] == f"{back}#answer-{said[0].pk}"
    away = manager.post(
        f"/comments/{said[0].pk}/tags/",
        {"tag": str(tag.pk), "do": "take", "back": "//evil.example/"},
    )
    assert away["Location"].startswith("/comments/")
    admin.post(f"/comments/rules/tags/{tag.pk}/delete/")
    assert not Tag.objects.exists()


def test_files_hold_what_fits_and_run_no_formula(
    company: Company, said: list[Invitation], client_of: ClientOf
) -> None:
    for person, text in (("tab", "\t=1+1"), ("cr", "\r=1+1"), ("eq", '=HYPERLINK("x")')):
        say(invitation_of(person), 1, text)
    Response.objects.filter(invitation__contact__name="Tab").update(comment="\t=1+1")
    manager, viewer = client_of(company, "manager"), client_of(company, "viewer")
    assert viewer.post("/comments/export.csv").status_code == 403
    assert manager.get("/comments/export.csv").status_code == 405
    body = b"".join(manager.post("/comments/export.csv?level=low")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert len(rows) == 4
    for row in rows:
        assert row["comment"][:1] not in ("=", "\t", "\r"), row
    (ann,) = [row for row in rows if row["contact"] == "Ann"]
    assert (ann["score"], ann["level"], ann["sentiment"]) == ("2", "detractor", "negative")
    assert (ann["customer"], ann["follow_up"]) == ("c-ann", "open")
    workbook = manager.post("/comments/export.xlsx?level=low")
    sheet = load_workbook(io.BytesIO(workbook.content)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert len(list(sheet.iter_rows())) == 5
    assert not [cell for cell in cells if cell.data_type == "f"]
    with tenant_context(company):
        assert AuditEntry.objects.filter(action="answers.exported").count() == 2


def test_the_audit_of_an_export_says_that_something_was_searched_and_not_what(
    company: Company, client_of: Callable[..., Client]
) -> None:
    manager = client_of(company, "manager")
    assert manager.post("/comments/export.csv?q=Jane+Doe&level=low&x=Jane").status_code == 200
    entry = AuditEntry.objects.get(action="answers.exported")
    assert entry.detail == {"form": "csv", "filters": {"level": "low"}, "is_searched": True}


def test_a_campaign_that_is_gone_from_the_list_is_no_error(company: Company) -> None:
    assert found(campaign=str(Campaign.objects.count() + 999)) == []
