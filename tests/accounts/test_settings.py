"""The company's settings and the audit trail."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEntry
from tenants.models import Company
from tests.casting import Clients

VALUES = {
    "name": "Acme & Sons",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "language": "de",
    "notation": "de-CH",
    "week_start": "6",
    "minimum_n": "10",
    "session_gap_minutes": "45",
    "raw_events_kept_days": "400",
}


def test_admin_changes_them_and_it_is_written_down(company: Company, client_of: Clients) -> None:
    answer = client_of(company, "admin").post("/settings/", VALUES)
    assert answer.status_code == 302
    row = Company.objects.get(pk=company.pk)
    assert (row.name, row.timezone, row.currency) == ("Acme & Sons", "Europe/Berlin", "EUR")
    assert (row.week_start, row.minimum_n) == (6, 10)
    assert (row.language, row.notation) == ("de", "de-CH")
    assert (row.session_gap_minutes, row.raw_events_kept_days) == (45, 400)
    entry = AuditEntry.objects.get(action="company.settings_changed")
    assert entry.detail["currency"] == ["USD", "EUR"]


def test_the_other_company_keeps_its_own(
    company: Company, other_company: Company, client_of: Clients
) -> None:
    client_of(company, "owner").post("/settings/", VALUES)
    assert Company.objects.get(pk=other_company.pk).name == "Globex"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Ac\nme"),
        ("name", "Ac\x01me"),
        ("timezone", "Mars/Olympus"),
        ("currency", "XXX"),
        ("week_start", "7"),
        ("language", "tlh"),
        ("notation", "tlh-QO"),
        ("minimum_n", "0"),
        ("minimum_n", "-1"),
        ("session_gap_minutes", "0"),
        ("raw_events_kept_days", "1"),
    ],
)
def test_bad_values_change_nothing(
    company: Company, client_of: Clients, field: str, value: Any
) -> None:
    answer = client_of(company, "owner").post("/settings/", VALUES | {field: value})
    assert answer.status_code == 422
    assert Company.objects.get(pk=company.pk).name == "Acme"
    assert "· Acme<" in answer.content.decode()


@pytest.mark.parametrize("path", ["/settings/", "/settings/audit/"])
@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("manager", 403), ("viewer", 403)]
)
def test_who_may(company: Company, client_of: Clients, path: str, role: str, status: int) -> None:
    assert client_of(company, role).get(path).status_code == status


def test_smaller_role_changes_nothing(company: Company, client_of: Clients) -> None:
    assert client_of(company, "manager").post("/settings/", VALUES).status_code == 403
    assert Company.objects.get(pk=company.pk).name == "Acme"


def test_refusal_names_what_is_missing(company: Company, client_of: Clients) -> None:
    page = client_of(company, "viewer").get("/settings/")
    assert "manage people, keys and the company" in page.content.decode()


def test_audit_trail_shows_and_pages(company: Company, client_of: Clients) -> None:
    for number in range(60):
        AuditEntry.objects.create(
            actor_label="someone@acme.example", action=f"test.{number}", detail={"from_to": [1, 2]}
        )
    client = client_of(company, "owner")
    first = client.get("/settings/audit/").content.decode()
    assert "test.59" in first
    assert "test.9<" not in first
    assert "1 → 2" in first
    assert "test.9<" in client.get("/settings/audit/?page=2").content.decode()
