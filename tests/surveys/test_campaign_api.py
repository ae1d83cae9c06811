"""Campaigns by the API: made, changed, looked at, sent, held up; answers recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import AuditEntry
from surveys.models import Campaign, Invitation, Origin, Response
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.metrics.test_options_of_a_company import client_with
from tests.surveys import facts

Call = Callable[..., Any]
CONTENT = {
    "language": "de",
    "texts": {
        "de": {
            "question": "Wie leicht war es mit {company}?",
            "follow_ups": {"low": "Was lief schief?"},
            "questions": {"reason": "Woran lag es?"},
            "choices": {"reason": {"price": "Am Preis"}},
        },
        "ar": {"question": "ما مدى السهولة؟"},
    },
    "questions": [
        {"key": "reason", "type": "choice", "choices": ["price", "speed"], "levels": ["low"]}
    ],
}


@pytest.fixture
def call(company: Company) -> Call:
    return client_with(company, "read", "write")


def made(call: Call, **body: Any) -> Any:
    answer = call("post", "campaigns/", {"name": "Effort", **body})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_campaign_is_made_read_and_changed(call: Call) -> None:
    one = made(call, kind="ces", scale="1-5", is_relational=False, content=CONTENT)
    assert (one["kind"], one["scale"], one["state"]) == ("ces", "1-5", "draft")
    assert one["content"]["texts"]["de"]["choices"] == {"reason": {"price": "Am Preis"}}
    assert one["content"]["questions"] == CONTENT["questions"]
    assert call("get", f"campaigns/{one['id']}/").json() == one
    listed = call("get", "campaigns/").json()
    assert listed == {"next": None, "results": [one]}
    assert call("get", "campaigns/?kind=nps").json()["results"] == []
    changed = call("patch", f"campaigns/{one['id']}/", {"name": "Ease"}).json()
    assert changed == {**one, "name": "Ease"}
    entry = AuditEntry.objects.get(action="campaign.edited")
    assert entry.detail == {"name": "Ease"}
    assert entry.actor_label.startswith("API key test")


def test_without_content_it_says_the_portals_words(call: Call) -> None:
    one = made(call, kind="csat")
    assert one["scale"] == "1-5"
    assert "satisfied" in one["content"]["texts"]["en"]["question"]
    nps = call("patch", f"campaigns/{one['id']}/", {"kind": "nps"}).json()
    assert nps["scale"] == "0-10"
    assert "recommend" in nps["content"]["texts"]["en"]["question"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "nps", "scale": "1-5"}, 400, "scale"),
        ({"kind": "love"}, 400, "kind"),
        ({"who": "everybody"}, 400, None),
        ({"content": {"language": "de", "texts": {}}}, 400, "content.de.language"),
        (
            {"content": {"language": "en", "texts": {"en": {"question": "Hi {name}?"}}}},
            400,
            "content.en.question",
        ),
        (
            {"content": {**CONTENT, "questions": [{"key": "No key", "type": "text"}]}},
            400,
            "content.questions.No key",
        ),
        ({"content": []}, 400, "content.non_field_errors"),
    ],
)
def test_what_is_wrong_is_said(
    call: Call, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = call("post", "campaigns/", {"name": "Effort", **body})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if field is not None:
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Campaign.objects.exists()


def test_a_preview_has_both_parts_in_the_language(call: Call) -> None:
    one = made(call, kind="ces", content=CONTENT)
    seen = call("get", f"campaigns/{one['id']}/preview/?language=ar-eg").json()
    assert (seen["language"], seen["direction"]) == ("ar", "rtl")
    assert seen["subject"] == "ما مدى السهولة؟"
    assert 'dir="rtl"' in seen["html"]
    assert len(facts.score_links(seen["html"].replace("&amp;", "&"))) == 0  # no token anywhere
    assert seen["html"].count("score=") == 7


def test_it_is_sent_held_up_and_gone_on_with(call: Call, mailbox: Mailbox) -> None:
    facts.make_contacts(2)
    one = made(call)
    wrong = call("post", f"campaigns/{one['id']}/start/", {"expected_count": 3})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "audience_changed")
    started = call("post", f"campaigns/{one['id']}/start/", {"expected_count": 2})
    assert started.json()["state"] == "running"
    assert call("post", f"campaigns/{one['id']}/pause/").json()["state"] == "paused"
    run_pending(queue="mail")
    assert mailbox.mails(facts.DOMAIN) == []
    assert call("post", f"campaigns/{one['id']}/resume/").json()["state"] == "running"
    run_pending(queue="mail")
    assert len(mailbox.mails(facts.DOMAIN)) == 2
    late = call("patch", f"campaigns/{one['id']}/", {"name": "Late"})
    assert (late.status_code, late.json()["code"]) == (409, "campaign_started")
    assert call("delete", f"campaigns/{one['id']}/").status_code == 409
    draft = made(call)
    assert call("delete", f"campaigns/{draft['id']}/").status_code == 204
    assert call("get", f"campaigns/{draft['id']}/").status_code == 404
    refused = call("get", f"campaigns/{one['id']}/invitations/?stat=sent")
    assert refused.status_code == 400
    assert "only state, page_size, cursor" in refused.json()["message"]
    found = call("get", f"campaigns/{one['id']}/invitations/?page_size=1").json()
    assert found["results"][0]["state"] == "sent"
    assert "cursor=" in found["next"]


def test_an_answer_given_elsewhere_is_recorded_in_parts(call: Call, mailbox: Mailbox) -> None:
    facts.make_contact(facts.at("ann"))
    one = made(call, kind="ces", content=CONTENT)
    call("post", f"campaigns/{one['id']}/start/")
    invitation = Invitation.objects.get()
    place = f"invitations/{invitation.pk}/response/"
    assert call("post", place, {"score": 3}).json()["code"] == "not_asked"
    run_pending(queue="mail")
    assert call("get", place).status_code == 404
    call("post", place, {"score": 3, "comment": "By phone"})
    given = call("post", place, {"answers": {"reason": "speed"}})
    assert given.status_code == 200
    said = given.json()
    assert (said["score"], said["comment"], said["answers"]) == (
        3,
        "By phone",
        {"reason": "speed"},
    )
    assert (said["origin"], said["is_by_user"]) == (Origin.API, False)
    assert call("get", place).json() == said
    assert Response.objects.counted().count() == 1
    for wrong, field in (
        ({"score": 8}, "score"),
        ({"answers": {"reason": "weather"}}, "answers.reason"),
        ({"answers": {"nothing": "x"}}, "answers.nothing"),
        ({"answers": {"reason": ["price"]}}, "answers.reason"),
    ):
        refused = call("post", place, wrong)
        assert refused.status_code == 400
        assert [error["field"] for error in refused.json()["errors"]] == [field]
    entry = AuditEntry.objects.filter(action="response.recorded").latest("pk")
    assert entry.actor_label.startswith("API key test")


def test_a_key_that_may_only_read_changes_nothing(company: Company, call: Call) -> None:
    one = made(call)
    reader = client_with(company, "read")
    assert reader("get", f"campaigns/{one['id']}/").status_code == 200
    assert reader("post", "campaigns/", {"name": "x"}).status_code == 403
    assert reader("post", f"campaigns/{one['id']}/start/").status_code == 403
    assert reader("post", "invitations/1/response/", {"score": 1}).status_code == 403
