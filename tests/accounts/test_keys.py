"""API keys: made by page and by command, shown once, revoked for good."""

from __future__ import annotations

import datetime as dt
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.api.authentication import find_key
from accounts.models import ApiKey, AuditEntry
from tenants.models import Company
from tests.casting import Clients

FORM = re.compile(r"csm_[0-9a-f]{8}_[0-9a-f]{64}")
SCHEMA = "/api/v1/schema/"


@pytest.fixture
def key(company: Company) -> str:
    return create_api_key(name="Export", scopes=["read"], by=None)[1]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_made_by_page_and_shown_once(company: Company, client_of: Clients) -> None:
    client = client_of(company, "admin")
    answer = client.post("/settings/keys/", {"name": "Export", "scope": "read,write"})
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    (secret,) = FORM.findall(answer.content.decode())
    row = ApiKey.objects.get()
    assert row.scopes == ["read", "write"]
    assert secret.rsplit("_", 1)[1] not in str(ApiKey.objects.values())
    assert FORM.findall(client.get("/settings/keys/").content.decode()) == []
    assert AuditEntry.objects.filter(action="api_key.created").exists()
    assert secret not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_smaller_roles_are_refused(
    company: Company, client_of: Clients, key: str, role: str
) -> None:
    client = client_of(company, role)
    assert client.get("/settings/keys/").status_code == 403
    assert client.post("/settings/keys/", {"name": "X", "scope": "read"}).status_code == 403
    row = ApiKey.objects.get()
    assert client.post(f"/settings/keys/{row.pk}/revocation/").status_code == 403
    assert find_key(key) == row


def test_revoked_by_page(company: Company, client_of: Clients, key: str) -> None:
    row = ApiKey.objects.get()
    client = client_of(company, "owner")
    path = f"/settings/keys/{row.pk}/revocation/"
    assert client.get(path).status_code == 405
    assert client.post(path).status_code == 302
    assert client.post("/settings/keys/999999/revocation/").status_code == 404
    assert find_key(key) is None
    assert client_of(company, None).get(SCHEMA, headers=bearer(key)).status_code == 401


def test_command_prints_the_key_once(company: Company) -> None:
    out = StringIO()
    connection.set_schema_to_public()
    call_command("create_api_key", company="acme", scope=["read"], name="Script", stdout=out)
    key = out.getvalue().strip()
    assert FORM.fullmatch(key)
    with tenant_context(company):
        row = find_key(key)
        assert row is not None
        assert (row.name, row.scopes) == ("Script", ["read"])


def test_command_names_an_unknown_company(company: Company) -> None:
    connection.set_schema_to_public()
    with pytest.raises(CommandError, match="no company nowhere"):
        call_command("create_api_key", company="nowhere", scope=["read"])


def test_expired_key_is_refused(company: Company, key: str) -> None:
    ApiKey.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert find_key(key) is None


@pytest.mark.parametrize(
    "value", ["", "csm_", "csm_aaaaaaaa_bbbb", "other_12345678_00", "csm_\0_\0", "x" * 10_000]
)
def test_nonsense_is_no_key(company: Company, key: str, value: Any) -> None:
    assert find_key(value) is None


def test_right_prefix_with_another_secret_is_no_key(company: Company, key: str) -> None:
    assert find_key(key[:-1] + ("0" if key[-1] != "0" else "1")) is None
    assert find_key(key + "0") is None


def test_same_work_for_a_known_and_an_unknown_prefix(company: Company, key: str) -> None:
    wrong = key[:-4] + "0000"
    unknown = "csm_00000000_" + "0" * 64
    counts = []
    for value in (wrong, unknown):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert find_key(value) is None
        counts.append(len(queries))
    assert counts == [1, 1]


def test_last_use_is_written_once_a_minute(company: Company, client_of: Clients, key: str) -> None:
    client = client_of(company, None)
    client.get(SCHEMA, headers=bearer(key))
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    client.get(SCHEMA, headers=bearer(key))
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - dt.timedelta(seconds=61))
    client.get(SCHEMA, headers=bearer(key))
    latest = ApiKey.objects.get().last_used_at
    assert latest is not None
    assert latest > first - dt.timedelta(seconds=61)


def test_key_copied_into_another_company_opens_nothing(
    company: Company, other_company: Company, key: str, client_of: Clients
) -> None:
    row = ApiKey.objects.values("prefix", "secret_hash", "name", "scopes").get()
    with tenant_context(other_company):
        ApiKey.objects.create(**row)
        assert find_key(key) is None
    answer = client_of(other_company, None).get(SCHEMA, headers=bearer(key))
    assert answer.status_code == 401


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "everything"]])
def test_scopes_are_known_ones(company: Company, scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="Scopes"):
        create_api_key(name="Bad", scopes=scopes, by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(prefix="bad", secret_hash="0", name="Bad", scopes=scopes)
