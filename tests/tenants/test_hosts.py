"""Which host is which: exact rows, the public host, everything else 404."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tenants.models import Company


@pytest.mark.parametrize(
    "host",
    [
        "nobody.localhost",
        "www.acme.localhost",
        "acme.localhost.evil.example",
        "127.0.0.1",
        "a b",
        "",
    ],
)
def test_an_unknown_host_is_a_404(company: Company, host: str) -> None:
    assert Client(HTTP_HOST=host).get("/").status_code == 404


def test_health_answers_on_any_host(db: None) -> None:
    for path in ("/healthz", "/readyz"):
        assert Client(HTTP_HOST="whoever.example").get(path).status_code == 200


def test_a_company_is_found_whatever_the_case_of_the_host(company: Company) -> None:
    response = Client(HTTP_HOST="ACME.localhost:8000").get("/")
    assert response.status_code == 302  # to sign-in


def test_a_company_being_deleted_is_gone_at_once(other_company: Company) -> None:
    Company.objects.filter(pk=other_company.pk).update(state=Company.State.DELETING)
    assert Client(HTTP_HOST="globex.localhost").get("/").status_code == 404


def test_the_public_host_sets_no_session(public_client: Client) -> None:
    response = public_client.get("/")
    assert response.status_code == 200
    assert not any("session" in name for name in response.cookies)


def test_every_response_has_a_strict_policy(
    company: Company, client_of: Callable[..., Client]
) -> None:
    policy = client_of(company, "viewer").get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_streamed_body_is_made_inside_its_company(company: Company) -> None:
    """Django reads it after every middleware returned; rows are fetched while it goes out."""
    from csm_portal.middleware import inside
    from tenants.context import go_public, go_to, schema_name

    def body() -> Iterator[bytes]:
        for _ in range(2):
            yield schema_name().encode()

    go_public()
    seen = [(part.decode(), schema_name()) for part in inside(company, body())]
    go_to(company)

    assert seen == [(company.schema_name, "public")] * 2
