"""What a company says about its metrics: page, API, audit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry
from metrics.models import MetricSettings
from tenants.models import Company
from tests.casting import Clients

VALUES = {
    "gross_margin": "80.5",
    "first_value": "milestone",
    "first_value_name": "First report",
    "onboarding_milestone": "Kick-off",
    "business_days": ["thu", "mon", "tue", "wed"],
    "business_from": "08:00",
    "business_until": "16:30",
    "pause_days": "60",
    "late_days": "14",
    "nightly_at": "03:30",
}
URL = "/api/v1/metric-settings/"


def test_an_admin_changes_them_and_it_is_written_down(company: Company, client_of: Clients) -> None:
    client = client_of(company, "admin")
    assert "gross margin" in client.get("/settings/metrics/").content.decode().lower()
    assert client.post("/settings/metrics/", VALUES).status_code == 302
    held = MetricSettings.held()
    assert (held.gross_margin, held.first_value_name) == (Decimal("80.50"), "First report")
    page = client.get("/settings/metrics/").content.decode()
    assert '<input type="time" name="business_from" value="08:00"' in page
    assert held.business_days == "mon tue wed thu"
    for day, name, is_ticked in (("thu", "Thursday", True), ("fri", "Friday", False)):
        [box] = re.findall(
            rf'<input type="checkbox" name="business_days" value="{day}"[^>]*>', page
        )
        assert ("checked" in box) is is_ticked
        assert re.search(rf'value="{day}"[^>]*>\s*{name}', page)
    entry = AuditEntry.objects.get(action="metrics.settings_changed")
    assert entry.detail["first_value"] == ["", "milestone"]
    client.post("/settings/metrics/", VALUES)
    assert AuditEntry.objects.filter(action="metrics.settings_changed").count() == 1


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_others_may_not(company: Company, client_of: Clients, role: str) -> None:
    client = client_of(company, role)
    assert client.get("/settings/metrics/").status_code == 403
    assert client.post("/settings/metrics/", VALUES).status_code == 403
    assert not MetricSettings.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"gross_margin": "100.01"},
        {"gross_margin": "-1"},
        {"gross_margin": "NaN"},
        {"first_value": "luck"},
        {"late_days": "-1"},
        {"late_days": "91"},
        {"first_value_name": ""},
        {"first_value": ""},
        {"business_days": []},
        {"business_days": ["mon", "someday"]},
    ],
)
def test_bad_values_change_nothing(
    company: Company, client_of: Clients, wrong: dict[str, Any]
) -> None:
    assert client_of(company, "owner").post("/settings/metrics/", VALUES | wrong).status_code == 422
    assert not MetricSettings.objects.exists()


def _call(company: Company, scope: str, body: Any = None) -> Any:
    with tenant_context(company):
        _, secret = create_api_key(by=None, name=scope, scopes=[scope])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")
    headers = {"Authorization": f"Bearer {secret}"}
    if body is None:
        return client.get(URL, headers=headers)
    return client.patch(URL, body, content_type="application/json", headers=headers)


def test_the_api_reads_and_changes_them(company: Company) -> None:
    assert _call(company, "read").json()["gross_margin"] == "100.00"
    assert _call(company, "read", {"gross_margin": "70"}).status_code == 403
    changed = _call(company, "write", {"gross_margin": "70"})
    assert (changed.status_code, changed.json()["gross_margin"]) == (200, "70.00")
    assert changed.json()["first_value"] == ""
    with tenant_context(company):
        assert "API key" in AuditEntry.objects.get(action="metrics.settings_changed").actor_label
    for wrong in ({"gross_margin": "101"}, {"margin": "70"}, {"first_value": "event"}, [1]):
        assert _call(company, "write", wrong).status_code == 400
    with tenant_context(company):
        assert MetricSettings.held().gross_margin == 70
