"""What a process remembers of companies and keys never outlives a change of them."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from customers.stream import senders
from tenants import hosts
from tenants.models import Company
from tests.customers.stream.sending import Sender, rows

BODY = {"event": "Report Exported", "userId": "u-1"}


def test_a_key_that_was_used_a_moment_ago_stores_nothing_once_it_is_revoked(
    sender: Sender,
) -> None:
    assert sender.post("track", BODY).status_code == 200
    ApiKey.objects.update(revoked_at=timezone.now())
    assert sender.post("track", BODY).status_code == 401
    assert len(rows()) == 1


@pytest.mark.parametrize(
    "change", [{"scopes": ["read"]}, {"expires_at": timezone.now()}, {"secret_hash": "0" * 64}]
)
def test_nor_one_that_may_not_send_any_more(sender: Sender, change: dict[str, object]) -> None:
    assert sender.post("track", BODY).status_code == 200
    ApiKey.objects.update(**change)
    assert sender.post("track", BODY).status_code in (401, 403)
    assert len(rows()) == 1


def test_events_are_never_stored_by_settings_that_a_company_had_before(
    sender: Sender, company: Company
) -> None:
    assert sender.post("track", BODY).status_code == 200
    zone = company.timezone
    Company.objects.filter(pk=company.pk).update(timezone="Pacific/Auckland")
    try:
        answer = sender.post("track", BODY)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert len(rows()) == 1
        assert sender.post("track", BODY).status_code == 200
        assert len(rows()) == 2
    finally:
        Company.objects.filter(pk=company.pk).update(timezone=zone)
        hosts.forget()


def test_a_process_asks_for_a_key_again_after_a_while(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "KEPT_SECONDS", 0.0)
    assert sender.post("track", BODY).status_code == 200
    ApiKey.objects.update(scopes=["read"])
    assert sender.post("track", BODY).json()["code"] == "scope_missing"
