"""Results, answers, tags, follow-ups and replies by the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry
from surveys.content import Content, Question, Texts, Type, problems
from surveys.models import FollowUp, Reply, Tag
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts
from tests.surveys.test_follow_ups import invitation_of, opened, say, user

ClientOf = Callable[..., Client]
Call = Callable[..., Any]


@pytest.fixture
def call(company: Company, client_of: ClientOf) -> Call:
    """(method, path below /api/v1/, body) -> (status, JSON)."""
    _row, key = create_api_key(name="test", scopes=["read", "write"], by=None)
    client = client_of(company, None)

    def send(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        response = client.generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", **headers},
        )
        return response.status_code, response.json() if response.content else None

    return send


def test_results_of_a_campaign(company: Company, call: Call) -> None:
    for person, score in (("ann", 10), ("bob", 9), ("cid", 3)):
        invitation = invitation_of(person, region="north")
        say(invitation, score)
    path = f"campaigns/{invitation.campaign_id}/results/"
    status, found = call("GET", f"{path}?by=attribute.region")
    assert status == 200
    assert round(found["score"]["value"], 1) == 33.3
    assert found["score"]["levels"] == {"high": 2, "middle": 0, "low": 1}
    assert (found["score"]["n"], found["score"]["distribution"]["10"]) == (3, 1)
    assert found["score"]["low"] < 33.3 < found["score"]["high"]
    assert [(row["segment"], row["n"]) for row in found["segments"]] == [("north", 3)]
    assert [row["n"] for row in found["over_time"]] == [3]
    assert (found["funnel"]["sent"], found["funnel"]["answered"]) == (3, 3)
    assert call("GET", f"{path}?by=x")[1]["code"] == "unknown_segment"
    assert call("GET", f"{path}?grain=day")[1]["code"] == "unknown_grain"
    assert call("GET", "campaigns/999999/results/")[0] == 404


def test_answers_are_listed_narrowed_and_tagged(company: Company, call: Call) -> None:
    ann, bob = invitation_of("ann"), invitation_of("bob")
    say(ann, 2, "Too slow")
    say(bob, 9)
    status, found = call("GET", "answers/?page_size=1")
    assert (status, [one["id"] for one in found["results"]]) == (200, [bob.pk])
    following = found["next"].split("/api/v1/")[1]
    (one,) = call("GET", following)[1]["results"]
    assert (one["id"], one["level"], one["sentiment"]) == (ann.pk, "low", "negative")
    assert one["negative_words"] == ["slow"]
    assert one["follow_up"] == FollowUp.objects.get().pk
    assert [row["id"] for row in call("GET", "answers/?q=slow")[1]["results"]] == [ann.pk]
    assert call("GET", "answers/?colour=red")[1]["code"] == "unknown_filter"
    assert call("GET", "answers/?level=red")[1]["code"] == "invalid_filter"
    assert call("GET", "answers/?cursor=red")[1]["code"] == "invalid_filter"

    status, tag = call("POST", "tags/", {"name": "Speed", "phrases": ["slow"]})
    assert (status, tag["phrases"]) == (201, ["slow"])
    assert call("POST", "tags/", {"name": "speed"})[1]["code"] == "tag_name_taken"
    run_pending()
    assert [row["id"] for row in call("GET", f"answers/?tag={tag['id']}")[1]["results"]] == [ann.pk]
    status, given = call("POST", f"answers/{bob.pk}/tags/", {"tag": tag["id"]})
    assert given["tags"] == [{"id": tag["id"], "name": "Speed", "words": []}]
    taken = {"tag": tag["id"], "is_taken": True}
    assert call("POST", f"answers/{bob.pk}/tags/", taken)[1]["tags"] == []
    changed = call("PUT", f"tags/{tag['id']}/", {"name": "Pace", "phrases": []})[1]
    assert (changed["name"], changed["phrases"]) == ("Pace", [])
    assert call("DELETE", f"tags/{tag['id']}/")[0] == 204
    assert call("GET", f"tags/{tag['id']}/")[0] == 404
    words = {"meaning": "positive", "phrases": ["Zippy"]}
    assert call("PUT", "sentiment-words/", words)[1]["phrases"] == ["zippy"]


def test_a_follow_up_is_worked_on(company: Company, call: Call, mailbox: Mailbox) -> None:
    found = opened()
    path = f"follow-ups/{found.pk}/"
    (row,) = call("GET", "follow-ups/?state=unfinished")[1]["results"]
    assert (row["id"], row["score"], row["comment"]) == (found.pk, 3, "Too slow")
    assert call("GET", "follow-ups/?owner=mine")[1]["code"] == "invalid_filter"
    unknown = call("GET", "follow-ups/?status=open")[1]
    assert (unknown["status"], unknown["code"]) == (400, "unknown_member")
    assert "state, owner" in unknown["message"]
    _status, owned = call("PATCH", path, {"owner": user().email, "state": "in_progress"})
    assert (owned["owner"], owned["state"]) == (user().email, "in_progress")
    assert call("PATCH", path, {"owner": "x\0"})[0] == 400
    assert call("PATCH", path, {"outcome": "solved"})[1]["code"] == "outcome_without_close"
    assert call("POST", f"{path}notes/", {"text": "Called"})[0] == 201

    replies = f"{path}replies/"
    assert call("POST", replies, {"text": "Sorry"})[1]["code"] == "by_missing"
    viewer = {"text": "Sorry", "by": user("viewer").email}
    assert call("POST", replies, viewer)[1]["code"] == "by_may_not_work"
    said = {"text": "Sorry", "by": user().email}
    key = {"Idempotency-Key": "reply-1"}
    status, reply = call("POST", replies, said, **key)
    assert (status, reply["state"]) == (202, "queued")
    assert call("POST", replies, said, **key)[1]["id"] == reply["id"]
    assert Reply.objects.count() == 1
    run_pending(queue="mail")
    (mail,) = mailbox.mails(facts.at("ann"))
    assert user().email in str(mail["Reply-To"])

    wrong = call("PATCH", path, {"state": "closed", "outcome": "x", "owner": None})
    assert wrong[1]["code"] == "outcome_unknown"
    assert call("GET", path)[1]["owner"] == user().email  # all or nothing
    closed = call("PATCH", path, {"state": "closed", "outcome": "solved", "note": "Done"})[1]
    assert (closed["state"], closed["outcome"]) == ("closed", "solved")
    assert [note["text"] for note in closed["notes"]] == ["Called", "Done"]
    assert [one["state"] for one in closed["replies"]] == ["sent"]
    assert closed["hours_to_first_reply"] >= 0
    replying = call("GET", "follow-ups/replying/")[1]
    assert (replying["n"], replying["waiting"]) == (1, 0)
    assert call("PATCH", path, {"state": "open"})[1]["state"] == "in_progress"


def test_any_answer_is_put_on_the_list(company: Company, call: Call) -> None:
    invitation = invitation_of()
    assert call("POST", f"answers/{invitation.pk}/follow-up/")[1]["code"] == "not_answered"
    say(invitation, 10)
    status, found = call("POST", f"answers/{invitation.pk}/follow-up/")
    assert (status, found["answer"]) == (200, invitation.pk)


def test_a_signed_in_viewer_takes_no_file(company: Company, client_of: ClientOf) -> None:
    say(invitation_of(), 2, "=1+1")
    assert client_of(company, "viewer").get("/api/v1/answers/").status_code == 200
    assert client_of(company, "viewer").get("/api/v1/answers.csv").status_code == 403
    body = b"".join(client_of(company, "manager").get("/api/v1/answers.csv?level=low"))
    assert "'=1+1" in body.decode("utf-8-sig")
    with tenant_context(company):
        assert AuditEntry.objects.filter(action="answers.exported").count() == 1


def test_what_no_column_can_hold_is_refused_or_left_out(
    company: Company, call: Call, client_of: ClientOf
) -> None:
    assert call("GET", "rewards/?customer=%00")[0] == 404
    found = opened()
    manager, admin = client_of(company, "manager"), client_of(company, "admin")
    assert manager.post(f"/follow-ups/{found.pk}/owner/", {"owner": "a\0b"}).status_code == 404
    admin.post("/comments/rules/tags/", {"name": "Speed", "phrases": "sl\0ow"})
    assert Tag.objects.get().phrases == ["slow"]
    question = Question("a", Type.CHOICE, ("x\0", "y"), ("low",))
    content = Content("en", {"en": Texts(question="?", questions={"a": "A"})}, (question,))
    (problem,) = problems(content, languages=["en"])
    assert "cannot be kept" in problem.message
