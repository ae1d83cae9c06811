"""With another company's session and key, every URL of this company is shut.

Walks the URLs themselves, so a new one is walked as soon as it is there.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.urls import get_resolver
from django_tenants.utils import tenant_context

from accounts.permissions import declaration_of
from tenants.models import Company
from tests.architecture.test_views_declare import views_of
from tests.casting import Clients
from tests.clients import HostClient
from tests.isolation.planting import ID, Planted, plant

PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
GROUP = re.compile(r"\(\?P<(?P<name>\w+)>[^)]*\)")
SHUT = {401, 403, 404}
# Tables that a request writes whoever makes it.
UNWATCHED = {"django_session"}


@dataclass(frozen=True)
class Url:
    """One address of the company's host, with rows of the company in it."""

    path: str
    declaration: str

    @property
    def is_open(self) -> bool:
        return self.declaration.startswith(("open", "third party"))


def urls_of(company: Any, outsider: Planted) -> list[Url]:
    """Every address with arguments that exist at `company`; secrets are the outsider's."""
    with tenant_context(company):
        from accounts.models import User

        users = {"user_id": User.objects.get(role="viewer").pk}
    values = {"uidb36": "1", "key": "mrr", "kind": "customers", **users}
    urls = []
    for pattern, view in views_of(get_resolver("csm_portal.urls")):
        secret = outsider.survey_token if pattern.startswith("s/") else outsider.invitation_token
        secret = outsider.referral_token if pattern.startswith("r/") else secret
        secret = outsider.share_token if pattern.startswith("shared/") else secret
        known = {**values, "token": secret}
        fill = functools.partial(_value, known)
        path = PARAMETER.sub(fill, GROUP.sub(fill, pattern))
        path = path.replace("^", "").replace("$", "").replace("\\", "")
        urls.append(Url(f"/{path}", declaration_of(view) or ""))
    return urls


def _value(known: dict[str, Any], match: re.Match[str]) -> str:
    return str(known.get(match["name"], ID))


def contents(company: Any) -> dict[str, tuple[int, str]]:
    """How many rows each of the company's tables has, and a digest of them."""
    found = {}
    with tenant_context(company), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
            [company.schema_name],
        )
        for (table,) in cursor.fetchall():
            if table in UNWATCHED:
                continue
            cursor.execute(
                "SELECT count(*), coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '')"
                f' FROM "{company.schema_name}"."{table}" AS row'
            )
            found[table] = cursor.fetchone()
    return found


def text_of(answer: Any) -> str:
    """The answer's body, also when it is streamed."""
    return b"".join(answer).decode(errors="replace")


@pytest.fixture
def acme(company: Company) -> Planted:
    return plant(company)


@pytest.fixture
def globex(other_company: Company) -> Planted:
    return plant(other_company)


@pytest.fixture
def intruders(
    company: Company, other_company: Company, client_of: Clients, globex: Planted
) -> dict[str, HostClient]:
    """Globex's owner, and Globex's key, both talking to Acme's host."""
    host = f"{company.slug}.localhost"
    session = client_of(other_company, "owner")
    session.defaults["SERVER_NAME"] = host
    key = HostClient(host, headers={"Authorization": f"Bearer {globex.key}"})
    return {"session": session, "key": key}


def test_the_walk_has_something_to_find(
    company: Company,
    other_company: Company,
    acme: Planted,
    globex: Planted,
    client_of: Clients,
) -> None:
    """Otherwise the walk below would prove nothing: insiders do get in, and see the marks."""
    urls = urls_of(company, globex)
    assert len(urls) > 40
    owner = client_of(company, "owner")
    seen = [
        url.path for url in urls if not url.is_open and acme.mark in text_of(owner.get(url.path))
    ]
    assert {"/settings/people/", "/settings/keys/", f"/customers/{ID}/"} <= set(seen)


@pytest.mark.parametrize("intruder", ["session", "key"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_url_is_shut(
    company: Company,
    acme: Planted,
    globex: Planted,
    intruders: dict[str, HostClient],
    client_of: Clients,
    intruder: str,
    method: str,
) -> None:
    before = contents(company)
    for url in urls_of(company, globex):
        answer = getattr(intruders[intruder], method)(url.path)
        assert acme.mark not in text_of(answer), f"{url.path} shows {acme.mark}"
        if url.is_open:
            anonymous = getattr(client_of(company, None), method)(url.path)
            # A foreign key may be refused where one without any gets to the next question.
            assert answer.status_code in {anonymous.status_code, 401}, url.path
            assert answer.get("Location") == anonymous.get("Location"), url.path
        elif answer.status_code == 302:
            assert answer["Location"].startswith("/accounts/login/"), url.path
        else:
            assert answer.status_code in SHUT, f"{url.path} answers {answer.status_code}"
    assert contents(company) == before


def test_own_key_opens_the_api_and_nothing_else(
    company: Company, acme: Planted, globex: Planted
) -> None:
    """The key that is refused above is a good one at home, and no session."""
    home = HostClient("globex.localhost", headers={"Authorization": f"Bearer {globex.key}"})
    assert home.get("/api/v1/schema/").status_code == 200
    assert home.get("/settings/people/").status_code == 302


def test_public_host_has_no_company_pages(
    company: Company, acme: Planted, public_client: HostClient
) -> None:
    for path in ("/customers/", "/settings/", "/api/v1/schema/", "/accounts/login/"):
        assert public_client.get(path).status_code == 404


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "acme.localhost.evil.example", "evil.example", "127.0.0.1", "acme"]
)
def test_unknown_hosts_are_404(company: Company, acme: Planted, host: str) -> None:
    for path in ("/", "/accounts/login/", "/settings/", "/sign-up/"):
        assert HostClient(host).get(path).status_code == 404
