"""Idempotency-Key: done once, answered the same, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.urls import include, path
from django.utils import timezone
from django_tenants.utils import tenant_context
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import audit
from accounts.actions.keys import create_api_key
from accounts.api import idempotency
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.models import ApiKey, AuditEntry, IdempotencyKey
from tenants.jobs import enqueue
from tenants.models import Company
from tests.casting import Clients, Jobs
from tests.clients import HostClient

ACTION = "test.done"
NAME = "Idempotency test"


class Deed(CompanyAPIView):
    """Each call writes an audit row, then answers as the body says."""

    required_scope = "read"
    entered: threading.Event | None = None
    release: threading.Event | None = None

    def post(self, request: Request, name: str = "") -> Response:
        entry = audit.record(by=None, action=ACTION, subject=name)
        if self.entered is not None and self.release is not None:
            self.entered.set()
            assert self.release.wait(30)
        fate = request.data.get("fate")
        if fate == "clash":
            raise Problem(409, "clash", "No.")
        if fate == "invalid":
            raise serializers.ValidationError({"fate": "No."})
        if fate == "busy":
            raise Problem(503, "busy", "Later.", retry_after=5)
        if fate == "crash":
            raise RuntimeError("The end.")
        padding = "x" * int(request.data.get("padding", 0))
        response = Response({"entry": entry.pk, "city": "Zürich", "x": padding}, status=201)
        response["Location"] = f"/deeds/{entry.pk}/"
        return response

    def delete(self, request: Request, name: str = "") -> Response:
        audit.record(by=None, action=ACTION, subject=name)
        return Response(status=204)

    def get(self, request: Request, name: str = "") -> Response:
        return Response({"deeds": deeds()})


class SlowDeed(Deed):
    entered, release = threading.Event(), threading.Event()


urlpatterns = [
    path("deeds/", Deed.as_view()),
    path("deeds/<name>/", Deed.as_view()),
    path("slow/", SlowDeed.as_view()),
    path("", include("csm_portal.urls")),
]


def deeds() -> int:
    return AuditEntry.objects.filter(action=ACTION).count()


@pytest.fixture(autouse=True)
def _urls(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


Send = Callable[..., Any]


@pytest.fixture
def send(company: Company) -> Send:
    """`send(body, key)`: a POST of /deeds/ with an Idempotency-Key."""
    secret = create_api_key(name=NAME, scopes=["write"], by=None)[1]
    return sender(company, secret)


def sender(company: Company, secret: str) -> Send:
    client = HostClient(f"{company.slug}.localhost", raise_request_exception=False)

    def call(
        body: Any = None, key: str | None = "k-1", method: str = "POST", to: str = "/deeds/"
    ) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        data = body if isinstance(body, str) else json.dumps({} if body is None else body)
        return client.generic(method, to, data, content_type="application/json", headers=headers)

    return call


def test_the_same_call_is_answered_the_same_and_done_once(send: Send) -> None:
    first, again = send({"a": 1}), send({"a": 1})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first["Location"] == again["Location"]
    assert first["Content-Type"] == again["Content-Type"] == "application/json"
    assert idempotency.REPLAYED not in first
    assert again[idempotency.REPLAYED] == "true"
    assert deeds() == 1


def test_without_a_key_or_with_another_it_is_done_again(send: Send) -> None:
    for key in (None, None, "k-1", "k-2"):
        assert send({"a": 1}, key).status_code == 201
    assert deeds() == 4


def test_a_delete_is_done_once(send: Send) -> None:
    first, again = (send("", method="DELETE") for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again[idempotency.REPLAYED] == "true"
    assert deeds() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"body": {"a": 2}},
        {"body": '{"a":1}'},
        {"body": {"a": 1}, "to": "/deeds/other/"},
        {"body": {"a": 1}, "to": "/deeds/?a=1"},
        {"body": "", "method": "DELETE"},
    ],
)
def test_a_key_stands_for_one_call(send: Send, other: dict[str, Any]) -> None:
    send({"a": 1})
    answer = send(**other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert deeds() == 1


def test_another_api_key_may_use_the_same_one(send: Send, company: Company) -> None:
    secret = create_api_key(name="Other", scopes=["write"], by=None)[1]
    assert send().status_code == sender(company, secret)().status_code == 201
    assert deeds() == 2


def test_another_company_has_its_own(send: Send, other_company: Company) -> None:
    send()
    with tenant_context(other_company):
        secret = create_api_key(name="Theirs", scopes=["write"], by=None)[1]
        theirs = sender(other_company, secret)()
        assert idempotency.REPLAYED not in theirs
        assert deeds() == 1


@pytest.mark.parametrize(("fate", "status"), [("clash", 409), ("invalid", 400)])
def test_a_refusal_is_kept_too_and_what_it_wrote_is_taken_back(
    send: Send, fate: str, status: int
) -> None:
    first, again = (send({"fate": fate}) for _ in range(2))
    assert (first.status_code, again.status_code) == (status, status)
    assert first.content == again.content
    assert again["Content-Type"] == "application/problem+json"
    assert again[idempotency.REPLAYED] == "true"
    assert deeds() == 0


@pytest.mark.parametrize(("fate", "status"), [("busy", 503), ("crash", 500)])
def test_a_failure_is_not_kept(send: Send, fate: str, status: int) -> None:
    answer = send({"fate": fate})
    assert answer.status_code == status
    assert not IdempotencyKey.objects.exists()
    assert deeds() == 0
    if fate == "busy":
        assert answer["Retry-After"] == "5"
    again = send({"fate": fate})
    assert idempotency.REPLAYED not in again


def test_what_is_refused_before_anything_is_done_is_not_kept(send: Send, company: Company) -> None:
    assert send("{").status_code == 400
    reader = sender(company, create_api_key(name="R", scopes=["read"], by=None)[1])
    assert reader().status_code == 403
    assert not IdempotencyKey.objects.exists()
    assert send({"a": 1}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb"])
def test_keys_that_are_none(send: Send, key: str) -> None:
    answer = send({}, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert deeds() == 0


def test_the_longest_key(send: Send) -> None:
    assert [send({}, "x" * 255).status_code for _ in range(2)] == [201, 201]
    assert deeds() == 1


def test_a_reading_call_takes_no_notice(company: Company) -> None:
    call = sender(company, create_api_key(name="R", scopes=["read"], by=None)[1])
    assert call("", method="GET").json() == {"deeds": 0}
    audit.record(by=None, action=ACTION)
    assert call("", method="GET").json() == {"deeds": 1}


def test_after_a_day_the_key_is_free_and_swept(send: Send, company: Company, do_jobs: Jobs) -> None:
    send({"a": 1})
    IdempotencyKey.objects.update(created_at=timezone.now() - dt.timedelta(hours=24, seconds=1))
    assert send({"a": 2}).status_code == 201
    assert deeds() == 2
    assert IdempotencyKey.objects.count() == 1
    send({"a": 1}, "k-2")
    IdempotencyKey.objects.filter(key="k-2").update(
        created_at=timezone.now() - dt.timedelta(hours=24, seconds=1)
    )
    enqueue("accounts.sweep_idempotency_keys", key="sweep")
    do_jobs(company, key="sweep")
    assert [row.key for row in IdempotencyKey.objects.all()] == ["k-1"]


def test_the_sweep_is_periodic() -> None:
    from tenants.jobs.registry import kinds

    assert kinds["accounts.sweep_idempotency_keys"].every == dt.timedelta(hours=1)


def test_a_session_cannot_use_it_to_write(company: Company, client_of: Clients) -> None:
    answer = client_of(company, "owner").post("/deeds/", {}, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 401


def test_an_answer_that_is_too_large_is_not_kept_and_the_call_not_done_again(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = {"padding": idempotency.LARGEST - 200}
    assert [send(largest).status_code for _ in range(2)] == [201, 201]
    too_large = {"padding": idempotency.LARGEST}
    assert send(too_large, "k-2").status_code == 201
    again = send(too_large, "k-2")
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_answer_not_kept")
    assert again.json()["answered"] == 201
    assert deeds() == 2
    # So many large ones of one caller: the next is done and not kept; small ones are.
    monkeypatch.setattr(idempotency, "MOST_OF_A_CALLER", idempotency.LARGEST + 20_000)
    medium = {"padding": 30_000}
    assert [send(medium, "k-3").status_code for _ in range(2)] == [201, 409]
    assert [send({"padding": 9_000}, "k-4").status_code for _ in range(2)] == [201, 201]


# With real commits: several connections at once.


@pytest.fixture
def committed(committed_company: Company) -> Iterator[tuple[Company, str]]:
    secret = create_api_key(name=NAME, scopes=["write"], by=None)[1]
    try:
        yield committed_company, secret
    finally:
        AuditEntry.objects.filter(action=ACTION).delete()
        AuditEntry.objects.filter(subject_label__startswith=NAME).delete()
        IdempotencyKey.objects.all().delete()
        ApiKey.objects.filter(name=NAME).delete()


def at_once(company: Company, calls: list[Callable[[], Any]]) -> list[Any]:
    """Each call in a thread of its own, all begun together; their answers in order."""
    answers: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(number: int) -> None:
        try:
            with tenant_context(company):
                barrier.wait(30)
                answers[number] = calls[number]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_calls_at_the_same_time_are_done_once_and_answered_the_same(
    committed: tuple[Company, str],
) -> None:
    company, secret = committed
    for number in range(3):
        before = deeds()
        body = {"round": number}
        answers = at_once(
            company, [lambda body=body: sender(company, secret)(body, f"k-{body['round']}")] * 4
        )
        assert [answer.status_code for answer in answers] == [201] * 4
        assert len({answer.content for answer in answers}) == 1
        assert sorted(idempotency.REPLAYED in answer for answer in answers) == [False] + [True] * 3
        assert deeds() == before + 1


def test_a_call_that_still_runs(
    committed: tuple[Company, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    company, secret = committed
    monkeypatch.setattr(idempotency, "PATIENCE", "50ms")
    SlowDeed.entered.clear()
    SlowDeed.release.clear()
    answers: list[Any] = []

    def first() -> None:
        try:
            with tenant_context(company):
                answers.append(sender(company, secret)({}, to="/slow/"))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert SlowDeed.entered.wait(30)
        answer = sender(company, secret)({}, to="/slow/")
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")
        assert answer["Retry-After"] == "1"
        # Nothing of it can be seen before all of it can.
        assert (deeds(), IdempotencyKey.objects.count()) == (0, 0)
    finally:
        SlowDeed.release.set()
        thread.join(60)
    assert answers[0].status_code == 201
    again = sender(company, secret)({}, to="/slow/")
    assert (again.content, again[idempotency.REPLAYED]) == (answers[0].content, "true")
    assert (deeds(), IdempotencyKey.objects.count()) == (1, 1)
