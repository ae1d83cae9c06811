"""What a request is answered, and what of it is stored."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.keys import create_api_key
from accounts.models import ApiKey
from customers.models import Source, StreamProblem, StreamRequest, UsageEvent
from customers.stream import storing
from tenants.models import Company
from tests.casting import Clients
from tests.customers.stream.sending import Sender, rows

TRACK: dict[str, Any] = {"type": "track", "userId": "u-1", "event": "Opened", "messageId": "m-1"}
PROBLEM_FIELDS = ("type", "message_id", "reason")


def reasons() -> list[str]:
    return list(StreamProblem.objects.order_by("pk").values_list("reason", flat=True))


@pytest.mark.parametrize(
    ("path", "message", "row"),
    [
        ("track", {"userId": "u", "event": "Paid"}, ("u", "track", "Paid")),
        ("page", {"userId": "u", "name": "Home"}, ("u", "page", "Home")),
        ("screen", {"anonymousId": "a", "name": "Start"}, ("a", "screen", "Start")),
        ("page", {"userId": 7, "properties": {"path": "/x?y=1"}}, ("7", "page", "/x")),
        ("t", {"userId": "u", "event": "Paid"}, ("u", "track", "Paid")),
    ],
)
def test_each_address_takes_its_type(
    sender: Sender, path: str, message: dict[str, Any], row: tuple[str, ...]
) -> None:
    answer = sender.post(path, message)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert rows() == [row]


def test_a_batch_is_stored_with_its_source(sender: Sender) -> None:
    sender.batch(TRACK, {**TRACK, "type": "page", "name": "Home", "messageId": "m-2"})
    assert rows() == [("u-1", "track", "Opened"), ("u-1", "page", "Home")]
    source = Source.objects.get()
    assert (source.kind, source.label) == ("api_key", "Web shop")
    assert set(UsageEvent.objects.values_list("source", flat=True)) == {source.pk}
    request = StreamRequest.objects.get()
    assert (request.events, request.duplicates, request.problems) == (2, 0, 0)
    sender.batch(TRACK)
    assert Source.objects.count() == 1  # one for the key, not one for each request
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize("scope", ["write", "stream"])
def test_a_key_comes_as_basic_bearer_or_in_the_body(sender: Sender, scope: str) -> None:
    _, key = create_api_key(name="k", scopes=[scope], by=None)
    assert sender.post("track", TRACK, key=key).status_code == 200
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    assert sender.post("track", TRACK, **bearer).status_code == 200
    body = {**TRACK, "writeKey": key}
    assert sender.post("track", body, key="").status_code == 200
    assert sender.post("batch", {"batch": [TRACK], "writeKey": key}, key="").status_code == 200
    assert len(rows()) == 1


def test_the_header_wins_over_the_body(sender: Sender) -> None:
    good, wrong = sender.key, "csm_00000000_00"
    assert sender.post("batch", {"batch": [], "writeKey": wrong}, key=good).status_code == 200
    assert sender.post("batch", {"batch": [], "writeKey": good}, key=wrong).status_code == 401


@pytest.mark.parametrize("header", ["", "Basic !!!", "Basic Og==", "Digest x", "Bearer "])
def test_a_wrong_key_is_401_with_code_and_message(sender: Sender, header: str) -> None:
    headers = {"HTTP_AUTHORIZATION": header} if header else {}
    answer = sender.post("batch", {"batch": [TRACK]}, key="", **headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "key_unusable"
    assert answer.json()["message"]
    assert rows() == []


def test_a_revoked_key_a_reading_key_and_another_companys_send_nothing(
    sender: Sender, other_company: Company, client_of: Clients
) -> None:
    _, reading = create_api_key(name="r", scopes=["read"], by=None)
    answer = sender.post("track", TRACK, key=reading)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    elsewhere = Sender(client_of(other_company, role=None), sender.key)
    assert elsewhere.post("track", TRACK).status_code == 401
    ApiKey.objects.update(revoked_at=timezone.now())
    assert sender.post("track", TRACK).status_code == 401
    assert rows() == []


def test_only_post_is_taken_and_pages_of_any_origin_may_ask(sender: Sender) -> None:
    assert sender.client.get("/v1/batch").status_code == 405
    asked = sender.client.options("/v1/batch")
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Access-Control-Allow-Credentials" not in asked
    assert sender.batch(TRACK).cookies == {}


def test_gzip_is_unpacked(sender: Sender) -> None:
    body = json.dumps({"batch": [TRACK]}).encode()
    two_members = gzip.compress(body[:9]) + gzip.compress(body[9:])
    for packed, encoding in (
        (gzip.compress(body), "gzip"),
        (two_members, "gzip"),
        (zlib.compress(body), "deflate"),
    ):
        answer = sender.post("batch", packed, HTTP_CONTENT_ENCODING=encoding)
        assert answer.status_code == 200, answer.content
    assert len(rows()) == 1
    assert sender.post("batch", body, HTTP_CONTENT_ENCODING="br").status_code == 415
    assert sender.post("batch", b"no gzip", HTTP_CONTENT_ENCODING="gzip").status_code == 400
    cut = gzip.compress(body)[:-9]
    assert sender.post("batch", cut, HTTP_CONTENT_ENCODING="gzip").status_code == 400


def test_what_would_inflate_to_gigabytes_takes_no_memory(sender: Sender) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(10 << 20)
    bomb = b"".join(packer.compress(piece) for _ in range(48)) + packer.flush()
    assert len(bomb) < 500 << 10  # 480 MB in what a batch may weigh
    tracemalloc.start()
    answer = sender.post("batch", bomb, HTTP_CONTENT_ENCODING="gzip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.status_code, answer.json()["code"]) == (400, "batch_too_large")
    assert peak < 10 << 20
    # And one of 10 MB is not even read.
    large = sender.post("batch", bytes(10 << 20), HTTP_CONTENT_ENCODING="gzip")
    assert (large.status_code, large.json()["code"]) == (400, "batch_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"batch": 1}',
        b"{}",
        b'{"batch": [NaN]}',
        b'{"batch": [{"x": 1e999}]}',
        b'{"batch": ["\xff"]}',
        b'{"batch": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_malformed_json_is_400_with_code_and_message(sender: Sender, body: bytes) -> None:
    answer = sender.post("batch", body)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["code"] in ("json_malformed", "batch_missing")
    assert answer.json()["message"]


def test_oversize_is_400(sender: Sender) -> None:
    fill = {**TRACK, "properties": {"x": "y" * 30_000}}
    batch = [{**fill, "messageId": f"m-{n}"} for n in range(16)]
    assert sender.post("batch", {"batch": batch}).status_code == 200
    answer = sender.post("batch", {"batch": [*batch, fill, fill]})
    assert (answer.status_code, answer.json()["code"]) == (400, "batch_too_large")
    assert len(rows()) == 16
    packed = gzip.compress(json.dumps({"batch": [*batch, fill, fill]}).encode())
    assert sender.post("batch", packed, HTTP_CONTENT_ENCODING="gzip").status_code == 400


BAD: list[tuple[Any, str]] = [
    (1, "JSON object"),
    ({**TRACK, "type": None}, "no type"),
    ({**TRACK, "type": "dance"}, "no type 'dance'"),
    ({**TRACK, "type": ["track"]}, "no type"),
    ({"type": "track", "event": "x"}, "userId"),
    ({**TRACK, "userId": {"a": 1}}, "userId"),
    ({**TRACK, "userId": "u" * 201}, "201"),
    ({**TRACK, "userId": True}, "userId"),
    ({**TRACK, "event": None}, "event name"),
    ({**TRACK, "event": ["x"]}, "event"),
    ({**TRACK, "properties": [1]}, "properties"),
    ({**TRACK, "properties": "x"}, "properties"),
    ({**TRACK, "context": "x"}, "context"),
    ({**TRACK, "messageId": ["m"]}, "messageId"),
    ({**TRACK, "timestamp": "yesterday"}, "timestamp"),
    ({**TRACK, "timestamp": 1700000000}, "timestamp"),
    ({**TRACK, "timestamp": "2001-01-01T00:00:00Z"}, "too old"),
    ({**TRACK, "timestamp": "2999-01-01T00:00:00Z"}, "ahead"),
    ({**TRACK, "properties": {"x": "y" * 33_000}}, "bytes"),
    ({**TRACK, "context": {"x": "y" * 33_000}}, "bytes"),
    ({"type": "group", "userId": "u"}, "groupId"),
    ({"type": "identify", "traits": {}}, "userId"),
    ({"type": "identify", "userId": "u", "traits": []}, "traits"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_a_bad_event_is_told_and_the_others_are_stored(
    sender: Sender, bad: Any, reason: str
) -> None:
    sender.batch({**TRACK, "messageId": "good-1"}, bad, {**TRACK, "messageId": "good-2"})
    assert len(rows()) == 2
    problem = StreamProblem.objects.get()
    assert reason in problem.reason
    assert problem.body
    assert sender.key not in problem.body


def test_a_deeply_nested_event_is_a_bad_one(sender: Sender) -> None:
    deep = b'{"type":"track","userId":"u","event":"x","properties":{"x":' + b"[" * 500
    body = b'{"batch":[' + deep + b"]" * 500 + b"}}," + json.dumps(TRACK).encode() + b"]}"
    assert sender.post("batch", body).status_code == 200
    assert len(rows()) == 1
    assert reasons() == ["It is nested too deeply."]


def test_what_postgresql_cannot_hold_is_replaced(sender: Sender) -> None:
    body = (
        rb'{"batch":[{"type":"track","userId":"a\u0000b","event":"x\ud800y","messageId":"m-1",'
        rb'"properties":{"k\u0000":"\udc00 \ud83d\ude00 \\u0000 \\\u0000 1","big":1e308,'
        rb'"long":123456789012345678901234567890,"tab":"a\tb\\n\n"}}]}'
    )
    assert sender.post("batch", body).status_code == 200
    assert reasons() == []
    [(user, name, properties)] = rows("end_user, name, properties")
    assert (user, name) == ("a\ufffdb", "x\ufffdy")
    found = json.loads(properties) if isinstance(properties, str) else properties
    assert found["k\ufffd"] == "\ufffd \U0001f600 \\u0000 \\\ufffd 1"
    assert float(found["big"]) == 1e308
    assert found["tab"] == "a\tb\\n\n"


def test_a_bad_sender_cannot_fill_the_disk(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    sender.batch(*[{"type": "dance"}] * 400)
    assert StreamProblem.objects.count() == storing.PROBLEMS_PER_REQUEST + 1
    assert "380 more" in reasons()[-1]
    monkeypatch.setattr(storing, "PROBLEMS_KEPT", 30)
    sender.batch(*[{"type": "sing"}] * 400)
    assert StreamProblem.objects.count() == 30
    assert set(StreamProblem.objects.order_by("-pk").values_list("type", flat=True)[:21]) == {
        "sing",
        "",
    }


def test_a_limit_per_key_is_429_with_retry_after(sender: Sender, settings: Any) -> None:
    settings.STREAM_REQUESTS, settings.STREAM_SECONDS = 2, 3600
    assert [sender.post("track", TRACK).status_code for _ in range(3)] == [200, 200, 429]
    answer = sender.post("batch", {"batch": [{**TRACK, "messageId": "m-2"}]})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 3600
    assert answer.json()["code"] == "too_many_requests"
    _, another = create_api_key(name="k", scopes=["stream"], by=None)
    assert sender.post("track", TRACK, key=another).status_code == 200
    assert len(rows()) == 1


def test_requests_of_unknown_length_are_411(sender: Sender) -> None:
    answer = sender.client.generic("POST", "/v1/batch", b"", HTTP_TRANSFER_ENCODING="chunked")
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_message_id_is_stored_once_whatever_the_rest_says(sender: Sender) -> None:
    again = {**TRACK, "timestamp": (timezone.now() - dt.timedelta(days=3)).isoformat()}
    sender.batch(TRACK, again)
    sender.batch(again, {**TRACK, "event": "Else"})
    sender.post("page", {**TRACK, "name": "Home"})
    assert rows() == [("u-1", "track", "Opened")]
    assert sum(request.duplicates for request in StreamRequest.objects.all()) == 4


def test_without_a_message_id_the_same_event_is_stored_once(sender: Sender) -> None:
    at = (timezone.now() - dt.timedelta(days=3)).isoformat()
    event = {"type": "track", "userId": "u", "event": "x", "timestamp": at}
    turned = dict(reversed(event.items()))
    sender.batch(event, turned, {**event, "event": "y"})
    sender.batch(event)
    assert sorted(rows("name")) == [("x",), ("y",)]
    undated = {"type": "track", "userId": "u", "event": "z"}
    sender.batch(undated)
    sender.batch(undated)
    assert len(rows(where="name = 'z'")) == 2  # nothing says that they are one


def test_alias_is_taken_and_changes_nothing(sender: Sender) -> None:
    assert sender.post("alias", {"previousId": "a", "userId": "u"}).status_code == 200
    assert rows() == []
    assert reasons() == []
