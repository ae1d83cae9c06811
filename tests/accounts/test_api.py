"""The API's base: who may, what errors look like, how it is described."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.cache import caches
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.keys import create_api_key
from accounts.api.base import CallerThrottle, CompanyAPIView
from accounts.api.errors import Problem
from tenants.models import Company
from tests.casting import Clients

SCHEMA = "/api/v1/schema/"


class Body(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)
    numbers = serializers.ListField(child=serializers.IntegerField(), required=False)


class Probe(CompanyAPIView):
    required_scope = "read"

    def get(self, request: Request) -> Response:
        return Response({"company": self.company.slug, "caller": self.caller.label})

    def post(self, request: Request) -> Response:
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["name"] == "clash":
            raise Problem(409, "name_taken", "The name is taken.", existing="7")
        return Response({}, status=201)


class Undeclared(CompanyAPIView):
    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("probe/", Probe.as_view()),
    path("undeclared/", Undeclared.as_view()),
    path("", include("csm_portal.urls")),
]


@pytest.fixture(autouse=True)
def _probe_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def call(company: Company, client_of: Clients) -> Callable[..., Any]:
    """`call(path, scopes)`: a call of the probe with a fresh key of those scopes."""

    def send(
        path: str = "/probe/",
        scopes: Iterable[str] = ("read",),
        data: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> Any:
        key = key or create_api_key(name="Test", scopes=scopes, by=None)[1]
        client, headers = client_of(company, None), {"Authorization": f"Bearer {key}"}
        if data is None:
            return client.get(path, headers=headers)
        return client.post(path, json.dumps(data), content_type="application/json", headers=headers)

    return send


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:csm-portal:problem:{code}"
    assert body["detail"] == body["message"] != ""
    assert body["title"]
    return dict(body)


def test_a_key_reads(call: Callable[..., Any]) -> None:
    answer = call()
    assert answer.status_code == 200
    assert answer.json()["company"] == "acme"
    assert answer.json()["caller"].startswith("API key Test")


def test_without_a_key(company: Company, client_of: Clients) -> None:
    answer = client_of(company, None).get("/probe/")
    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_with_a_wrong_key(call: Callable[..., Any]) -> None:
    answer = call(key="csm_00000000_" + "0" * 64)
    problem(answer, 401, "key_unusable")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_another_scheme(company: Company, client_of: Clients) -> None:
    answer = client_of(company, None).get("/probe/", headers={"Authorization": "Basic abc"})
    problem(answer, 401, "scheme_unknown")


def test_scopes(call: Callable[..., Any]) -> None:
    problem(call(scopes=["write"]), 403, "scope_missing")
    problem(call(scopes=["read"], data={"name": "a"}), 403, "scope_missing")
    assert call(scopes=["write"], data={"name": "a"}).status_code == 201


def test_signed_in_users_read_but_do_not_write(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    assert client.get("/probe/").status_code == 200
    problem(client.post("/probe/", {"name": "a"}), 401, "not_authenticated")


def test_a_key_beats_a_session(
    company: Company, client_of: Clients, call: Callable[..., Any]
) -> None:
    answer = client_of(company, "viewer").get(
        "/probe/", headers={"Authorization": "Bearer csm_1_2"}
    )
    problem(answer, 401, "key_unusable")


def test_field_errors_name_their_fields(call: Callable[..., Any]) -> None:
    body = problem(
        call(scopes=["write"], data={"name": "too long", "numbers": [1, "x"]}), 400, "invalid"
    )
    assert [(error["field"], error["code"]) for error in body["errors"]] == [
        ("name", "max_length"),
        ("numbers.1", "invalid"),
    ]


def test_problem_carries_its_extras(call: Callable[..., Any]) -> None:
    body = problem(call(scopes=["write"], data={"name": "clash"}), 409, "name_taken")
    assert body["existing"] == "7"


def test_broken_json(company: Company, call: Callable[..., Any], client_of: Clients) -> None:
    key = create_api_key(name="Test", scopes=["write"], by=None)[1]
    answer = client_of(company, None).post(
        "/probe/", "{", content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    problem(answer, 400, "parse_error")


def test_method_not_allowed(company: Company, client_of: Clients) -> None:
    key = create_api_key(name="Test", scopes=["write"], by=None)[1]
    answer = client_of(company, None).delete("/probe/", headers={"Authorization": f"Bearer {key}"})
    problem(answer, 405, "method_not_allowed")


def test_an_undeclared_view_is_shut(
    company: Company, call: Callable[..., Any], settings: Any
) -> None:
    settings.IS_DEV = False
    assert call("/undeclared/").status_code == 403


def test_unknown_addresses_are_problems(
    call: Callable[..., Any], company: Company, client_of: Clients
) -> None:
    problem(call("/api/v1/nothing/here"), 404, "not_found")
    problem(client_of(company, None).get("/api/v1/nothing/here"), 401, "not_authenticated")


def test_calls_are_limited_per_key(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CallerThrottle, "rate", "2/min")
    caches["company"].clear()
    one, other = (create_api_key(name="Test", scopes=["read"], by=None)[1] for _ in range(2))
    assert [call(key=one).status_code for _ in range(3)] == [200, 200, 429]
    answer = call(key=one)
    problem(answer, 429, "throttled")
    assert int(answer["Retry-After"]) <= 60
    assert call(key=other).status_code == 200
    caches["company"].clear()


def test_document_is_openapi_3_1(call: Callable[..., Any]) -> None:
    answer = call(SCHEMA + "?format=json")
    assert answer.status_code == 200
    document = json.loads(answer.content)
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_documentation_page_loads_only_ours(company: Company, client_of: Clients) -> None:
    page = client_of(company, "viewer").get("/api/v1/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    assert "//cdn" not in html
    assert "unsafe" not in page["Content-Security-Policy"]
    assert client_of(company, None).get("/api/v1/docs/").status_code == 302
