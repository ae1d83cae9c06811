"""Many rows at once: all or the good ones, what each came to, and what is too much."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from customers.api.views import LARGEST_BULK
from customers.imports.kinds import KINDS
from customers.models import Change, Source, Ticket
from tests.customers.api.caller import Caller, problem

OPENED: dict[str, Any] = {"customer": "c-1", "opened_at": "2025-03-01T10:00:00Z"}
BAD: dict[str, Any] = {"external_id": "bad", "customer": "nobody", "opened_at": "2025-01-01"}


def tickets(*ids: str) -> list[dict[str, Any]]:
    return [OPENED | {"external_id": one} for one in ids]


def outcomes(body: dict[str, Any]) -> list[str]:
    assert [one["row"] for one in body["results"]] == list(range(len(body["results"])))
    return [one["outcome"] for one in body["results"]]


def test_good_rows_are_stored_and_told_in_order(call: Caller) -> None:
    call.post("tickets/", OPENED | {"external_id": "t-2"})
    call.post("tickets/", OPENED | {"external_id": "t-3"})
    rows = [*tickets("t-1", "t-2"), {"external_id": "t-3", "priority": "high"}]
    answer = call.post("tickets/bulk/", {"rows": rows})
    assert answer.status_code == 200
    body = answer.json()
    assert outcomes(body) == ["created", "unchanged", "updated"]
    assert [one["external_id"] for one in body["results"]] == ["t-1", "t-2", "t-3"]
    assert body["is_stored"] is True
    assert body["counts"] == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "ignored": 0,
        "error": 0,
    }


def test_all_or_nothing_is_what_is_done_unless_asked(call: Caller) -> None:
    for body in ({"rows": [*tickets("t-1"), BAD]}, {"rows": [*tickets("t-1"), BAD], "mode": "all"}):
        found = problem(call.post("tickets/bulk/", body), 400, "rows_invalid")
        assert found["is_stored"] is False
        assert outcomes(found) == ["created", "error"]
        assert found["counts"]["error"] == 1
        [error] = found["results"][1]["errors"]
        assert (error["field"], error["code"]) == ("customer", "invalid")
        assert "no customer" in error["message"]
    assert not Ticket.objects.exists()


def test_the_good_ones_when_asked(call: Caller) -> None:
    rows = [BAD, *tickets("t-1"), 7, None, [], *tickets("t-1"), OPENED | {"nonsense": 1}]
    answer = call.post("tickets/bulk/", {"rows": rows, "mode": "good"})
    assert answer.status_code == 207
    body = answer.json()
    assert outcomes(body) == ["error", "created"] + ["error"] * 5
    assert body["is_stored"] is True
    assert "already in row 1" in body["results"][5]["errors"][0]["message"]
    assert body["results"][6]["errors"][0]["code"] == "unknown_field"
    assert [ticket.external_id for ticket in Ticket.objects.all()] == ["t-1"]


def test_none_at_all(call: Caller) -> None:
    answer = call.post("tickets/bulk/", {"rows": []})
    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert not Source.objects.filter(kind="api_key").exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "rows_missing"),
        ({}, "rows_missing"),
        ({"rows": {}}, "rows_missing"),
        ({"rows": None}, "rows_missing"),
        ({"rows": [], "mode": "some"}, "invalid_mode"),
        ({"rows": [], "mode": ["all"]}, "invalid_mode"),
        ({"rows": [], "dry_run": True}, "unknown_member"),
    ],
)
def test_bodies_of_another_shape(call: Caller, body: Any, code: str) -> None:
    problem(call.post("tickets/bulk/", body), 400, code)


def test_more_rows_than_can_come_at_once(call: Caller) -> None:
    body = problem(call.post("tickets/bulk/", {"rows": [{}] * 5_001}), 413, "too_many_rows")
    assert "5,001" in body["message"]
    assert "5,000" in body["message"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"rows": [{"reopens": NaN}]}', "NaN"),
        ('{"rows": [{"reopens": 1e999}]}', "1e999"),
        ('{"rows": [{"reopens": -Infinity}]}', "Infinity"),
        ('{"rows": ' + "[" * 50_000 + "]" * 50_000 + "}", "nested too deeply"),
        ('{"rows": [{"subject": "\\ud800"}]}', "half of a character"),
        ('{"rows": [{"a": 1, "a": 2}]}', "twice"),
        ("{", "not JSON"),
    ],
    ids=range(7),
)
def test_what_is_not_json_is_refused(call: Caller, raw: str, said: str) -> None:
    for path in ("tickets/", "tickets/bulk/"):
        assert said in problem(call.post(path, raw.encode()), 400, "parse_error")["message"]


def test_large_bodies(call: Caller) -> None:
    """Bounded by length before it is read; a list of rows takes more than a row."""
    long = {"external_id": "t-1", "subject": "x" * 6_000_000}
    body = problem(call.post("tickets/", long), 413, "body_too_large")
    assert "5,242,880" in body["message"]
    answer = call.post("tickets/bulk/", {"rows": [OPENED | long], "mode": "good"})
    assert answer.status_code == 207
    assert len(answer.content) < 2_000
    assert "6,000,000 characters" in answer.json()["results"][0]["errors"][0]["message"]
    body = problem(call.post("tickets/bulk/", b" " * (LARGEST_BULK + 1)), 413, "body_too_large")
    assert f"{LARGEST_BULK:,}" in body["message"]


def test_a_body_of_unknown_length(call: Caller) -> None:
    answer = call.send("POST", "tickets/bulk/", b'{"rows": []}', Transfer_Encoding="chunked")
    problem(answer, 411, "length_required")


def test_errors_of_a_row_are_bounded(call: Caller) -> None:
    row = {f"{'x' * 1000}{number}": 1 for number in range(1000)}
    answer = call.post("tickets/bulk/", {"rows": [row], "mode": "good"})
    assert len(answer.json()["results"][0]["errors"]) == 20
    assert len(answer.content) < 20_000


def test_attributes_are_bounded(call: Caller) -> None:
    row = {"external_id": "c-9", "name": "Nine", "attributes": dict.fromkeys(map(str, range(201)))}
    for path, body in (("customers/", row), ("customers/bulk/", {"rows": [row]})):
        problem(call.post(path, body), 400, "too_many_attributes")
    row["attributes"] = {f"a{number}": "x" * 200 for number in range(200)}
    assert call.post("customers/", row).status_code == 201


@pytest.mark.parametrize("value", ["a\0b", "\0", {"a": 1}, ["a"], 10**400, True, -1.5, "=1+1"])
def test_values_of_any_kind_are_stored_or_refused(call: Caller, value: Any) -> None:
    for kind in ("tickets", "costs"):
        for field in KINDS[kind].fields:
            rows = [{field.name: value}, OPENED | {field.name: value}]
            answer = call.post(f"{kind}/bulk/", {"rows": rows, "mode": "good"})
            assert answer.status_code in (200, 207), (kind, field.name)


def test_a_bulk_call_again_gives_the_same_answer(call: Caller) -> None:
    body = {"rows": [*tickets("t-1", "t-2"), BAD], "mode": "good"}
    first = call.post("tickets/bulk/", body, Idempotency_Key="k-1")
    Ticket.objects.all().delete()
    again = call.post("tickets/bulk/", body, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (207, 207)
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert not Ticket.objects.exists()


def test_what_is_stored_is_put_on_the_change_feed(call: Caller) -> None:
    Change.objects.all().delete()
    call.post("tickets/bulk/", {"rows": tickets("t-1")})
    assert Change.objects.get().kind == "tickets"


def test_five_thousand_rows_fit_and_take_seconds(call: Caller) -> None:
    """As long as rows are in life: 5,000 of them go in in one call, new and again."""
    rows = [
        OPENED
        | {
            "external_id": f"t-{number:06}",
            "subject": f"Question {number}: " + "how can this be done? " * 8,
            "first_responded_at": "2025-03-01T11:00:00Z",
            "resolved_at": "2025-03-02T11:00:00+01:00",
            "reopens": number % 3,
            "priority": "high",
            "channel": "e-mail",
            "updated_at": "2025-03-02T11:00:00Z",
        }
        for number in range(5_000)
    ]
    body = json.dumps({"rows": rows}).encode()
    assert len(body) > 1_500_000
    for outcome in ("created", "unchanged"):
        began = time.perf_counter()
        answer = call.post("tickets/bulk/", body)
        took = time.perf_counter() - began
        assert answer.json()["counts"][outcome] == 5_000
        assert took < 20, f"{took:.1f} s"
