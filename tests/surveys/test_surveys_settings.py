"""Settings > Surveys, the suppression list and advocates: pages and API, and who may."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry
from customers.actions.facts import store_rows
from customers.imports.kinds import KINDS
from customers.models import Referral
from surveys import senders, suppressions
from surveys.actions.referrals import refer, store_due
from surveys.actions.rewards import change_referral_settings
from surveys.models import (
    Invitation,
    ReferredPerson,
    Reward,
    SenderDomain,
    Suppression,
    referral_settings,
    survey_settings,
)
from tenants.models import Company
from tests.clients import HostClient
from tests.surveys import facts
from tests.surveys.name_server import running

Clients = Callable[..., Client]
JSON: Any = {"content_type": "application/json"}
SETTINGS = {
    "from_name": "Acme Care",
    "from_address": "surveys@acme.example",
    "contact_days": "14",
    "customer_most": "5",
    "customer_days": "30",
    "mails_per_hour": "",
}


@pytest.fixture
def api(company: Company) -> HostClient:
    with tenant_context(company):
        _, key = create_api_key(name="test", scopes=["read", "write"], by=None)
    return HostClient("acme.localhost", headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def brought(company: Company) -> Invitation:
    """Ann of c-1 referred Nora by a link; c-2 brought in two, one of them a customer."""
    change_referral_settings(values={"is_on": True}, by=None)
    facts.make_contact(facts.at("ann"), "Ann")
    facts.make_customer("c-2", "Second")
    facts.started()
    invitation = Invitation.objects.select_related("contact__customer").get()
    refer(
        invitation=invitation,
        name="=Nora",
        email="nora@new.example",
        company_name="",
        language="en",
        consent="Yes.",
    )
    store_due()
    rows = [
        {
            "external_id": "r-1",
            "customer": "c-2",
            "referred_name": "One",
            "referred_on": "2025-01-02",
        },
        {
            "external_id": "r-2",
            "customer": "c-2",
            "referred_name": "Two",
            "referred_on": "2025-02-03",
            "converted_on": "2025-03-04",
        },
    ]
    store_rows(kind=KINDS["referrals"], rows=rows, source=facts.source())
    return invitation


def test_an_admin_changes_the_settings_and_is_told_the_record(
    company: Company, client_of: Clients
) -> None:
    admin = client_of(company, "admin")
    assert admin.post("/settings/surveys/", SETTINGS).status_code == 302
    domain = SenderDomain.objects.get()
    page = admin.get("/settings/surveys/").content.decode()
    assert "_csm-portal.acme.example" in page
    assert f"csm-portal-verification={domain.token}" in page
    assert "Acme Care &lt;portal@localhost&gt;" in page
    assert survey_settings().contact_days == 14


def test_checking_now_says_what_dns_said(
    company: Company, client_of: Clients, settings: Any
) -> None:
    admin = client_of(company, "admin")
    none = admin.post("/settings/surveys/sender-check/", follow=True)
    assert "Save a From address first" in none.content.decode()
    admin.post("/settings/surveys/", SETTINGS)
    with running() as server:
        settings.DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        missing = admin.post("/settings/surveys/sender-check/", follow=True)
        assert "There is no TXT record at" in missing.content.decode()
        record = senders.record_of(SenderDomain.objects.get())
        server.records[record.name] = [record.value]
        found = admin.post("/settings/surveys/sender-check/", follow=True).content.decode()
    assert "Acme Care &lt;surveys@acme.example&gt;" in found
    assert "has been verified since" in found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"from_address": "surveys@localhost"}, "Use an address at a domain of yours"),
        ({"from_name": "a@b"}, "Write a name only"),
        ({"contact_days": "4000"}, "Up to 3650 days"),
        ({"customer_most": "0"}, "At least 1"),
        ({"mails_per_hour": "0"}, "At least 1"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    company: Company, client_of: Clients, change: dict[str, str], words: str
) -> None:
    answer = client_of(company, "admin").post("/settings/surveys/", {**SETTINGS, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert survey_settings().from_name == ""


def test_referral_links_are_switched_on_with_texts(company: Company, client_of: Clients) -> None:
    admin = client_of(company, "admin")
    form = {"is_on": "on", "reward_what": "A month", "reward_value": "50", "text-de-reward": "Tee"}
    assert admin.post("/settings/surveys/referrals/", form).status_code == 302
    held = referral_settings()
    assert (held.is_on, held.reward_what, held.texts) == (
        True,
        "A month",
        {"de": {"reward": "Tee"}},
    )
    assert held.reward_from == company.today()
    wrong = admin.post("/settings/surveys/referrals/", {"text-en-offer": "Hi {you}"})
    assert wrong.status_code == 422
    assert "can be filled in" in wrong.content.decode()


PAGES = {
    "/settings/surveys/": "admin",
    "/settings/surveys/referrals/": "admin",
    "/campaigns/suppressions/": "manager",
    "/campaigns/advocates/": "viewer",
}
RANKS = ("viewer", "manager", "admin", "owner")


@pytest.mark.parametrize("role", RANKS)
def test_each_page_is_for_those_who_may(company: Company, client_of: Clients, role: str) -> None:
    client = client_of(company, role)
    for path, least in PAGES.items():
        may = RANKS.index(role) >= RANKS.index(least)
        assert client.get(path).status_code == (200 if may else 403), path


def test_the_suppression_list_is_worked_by_address(company: Company, client_of: Clients) -> None:
    manager = client_of(company, "manager")
    path = "/campaigns/suppressions/"
    assert "may get surveys" in manager.post(path, {"email": "a@b.example"}).content.decode()
    manager.post(f"{path}new/", {"email": "A@b.example"})
    found = manager.post(path, {"email": "a@B.example"}).content.decode()
    assert "Added by a user" in found
    row = Suppression.objects.get()
    Suppression.objects.update(reason="unsubscribed")
    refused = manager.post(f"{path}{row.pk}/removal/", follow=True)
    assert "wanted no more surveys" in refused.content.decode()
    manager.post(f"{path}{row.pk}/removal/", {"confirmation": "write again"})
    assert not Suppression.objects.exists()
    wrong = manager.post(path, {"email": "nobody"})
    assert wrong.status_code == 422
    assert client_of(company, "viewer").post(f"{path}new/", {}).status_code == 403


def test_advocates_and_their_rewards(
    company: Company, client_of: Clients, brought: Invitation
) -> None:
    manager = client_of(company, "manager")
    page = manager.get("/campaigns/advocates/").content.decode()
    assert page.index("Second") < page.index("Ann")
    customer = brought.contact.customer
    address = f"/campaigns/advocates/{customer.pk}/"
    manager.post(
        f"{address}rewards/", {"contact": brought.contact_id, "what": "A book", "value": "20"}
    )
    reward = Reward.objects.get()
    assert (reward.contact_id, reward.value) == (brought.contact_id, 20)
    manager.post(f"/campaigns/rewards/{reward.pk}/", {"state": "given"})
    reward.refresh_from_db()
    assert (reward.state, reward.given_on) == ("given", company.today())
    referral = Referral.objects.current().get(customer=customer)
    manager.post(
        f"/campaigns/referrals/{referral.pk}/conversion/",
        {"converted_on": company.today().isoformat(), "customer": "nobody"},
    )
    assert Referral.objects.current().get(customer=customer).converted_on is None
    manager.post(
        f"/campaigns/referrals/{referral.pk}/conversion/",
        {"converted_on": company.today().isoformat()},
    )
    shown = manager.get(address).content.decode()
    for words in ("=Nora", "nora@new.example", "Became a customer", "A book", "Given"):
        assert words in shown
    person = ReferredPerson.objects.get()
    erase = f"/campaigns/referred/{person.pk}/erasure/"
    assert manager.post(erase).status_code == 403
    client_of(company, "admin").post(erase)
    assert "nora@new.example" not in manager.get(address).content.decode()


def test_the_export_is_safe_for_a_spreadsheet_and_audited(
    company: Company, client_of: Clients, brought: Invitation
) -> None:
    answer: Any = client_of(company, "manager").post("/campaigns/advocates/export/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["referred"] for row in rows] == ["One", "Two", "'=Nora"]
    assert rows[2]["contact"] == "Ann"
    with tenant_context(company):
        taken = AuditEntry.objects.filter(action="export.taken", subject_label="advocates")
        assert taken.count() == 1


def test_settings_by_api(api: HostClient, company: Company) -> None:
    body = api.get("/api/v1/survey-settings/").json()
    assert (body["contact_days"], body["sender"]["domain"]) == (30, None)
    changed = api.patch("/api/v1/survey-settings/", {"from_address": "s@acme.example"}, **JSON)
    assert changed.status_code == 200
    assert changed.json()["sender"]["record"]["name"] == "_csm-portal.acme.example"
    for wrong in ({"from_address": "x"}, {"contact_days": -1}, {"sender": 1}, {"customer_most": 0}):
        answer = api.patch("/api/v1/survey-settings/", wrong, **JSON)
        assert answer.status_code == 400, wrong
    referral = api.patch("/api/v1/referral-settings/", {"is_on": True}, **JSON)
    assert (referral.status_code, referral.json()["is_on"]) == (200, True)
    entries = AuditEntry.objects.filter(action__endswith="settings_changed")
    assert {entry.actor_label.split(" (")[0] for entry in entries} == {"API key test"}


def test_the_suppression_list_by_api(api: HostClient, company: Company) -> None:
    path = "/api/v1/suppressions/"
    made = api.post(path, {"email": "a@b.example"}, **JSON)
    assert made.status_code == 201
    assert api.post(path, {"email": "A@b.example"}, **JSON).status_code == 200
    Suppression.objects.create(email_hash=suppressions.hash_of("c@d.example"), reason="complained")
    first = api.get(f"{path}?page_size=1").json()
    assert [row["reason"] for row in first["results"]] == ["complained"]
    second = api.get(first["next"].split("8000", 1)[-1]).json()
    assert [row["reason"] for row in second["results"]] == ["by_hand"]
    found = api.get(f"{path}?email=C@D.example").json()["results"]
    assert api.get(f"{path}?email=x@y.example").json()["results"] == []
    one = f"{path}{found[0]['id']}/"
    assert api.delete(one).json()["code"] == "not_confirmed"
    assert api.delete(f"{one}?confirm=write again").status_code == 204
    assert api.delete(one).status_code == 404
    assert api.get(f"{path}?email=x").status_code == 400
    assert api.get(f"{path}?reason=x").status_code == 400
    assert api.get(f"{path}?x=1").status_code == 400


def test_advocates_by_api(api: HostClient, company: Company, brought: Invitation) -> None:
    first = api.get("/api/v1/advocates/?page_size=1").json()
    assert [(row["customer"], row["converted"]) for row in first["results"]] == [("c-2", 1)]
    second = api.get(first["next"].split("8000", 1)[-1]).json()
    assert [(row["contact_name"], row["referrals"]) for row in second["results"]] == [("Ann", 1)]
    made = api.post(
        "/api/v1/rewards/", {"customer": "c-2", "what": "A book", "value": "9.50"}, **JSON
    )
    assert made.status_code == 201
    reward = f"/api/v1/rewards/{made.json()['id']}/"
    given = api.patch(reward, {"state": "given", "given_on": "2025-05-06"}, **JSON)
    assert (given.json()["state"], given.json()["given_on"]) == ("given", "2025-05-06")
    assert api.patch(reward, {"state": "lost"}, **JSON).status_code == 400
    late = api.patch(reward, {"state": "refused", "given_on": "2025-05-06"}, **JSON)
    assert late.json()["code"] == "day_wrong"
    assert len(api.get("/api/v1/rewards/?customer=c-2&state=given").json()["results"]) == 1
    assert api.get("/api/v1/rewards/?customer=nobody").status_code == 404
    people = api.get("/api/v1/referred-people/").json()["results"]
    assert [(one["name"], one["customer"]) for one in people] == [("=Nora", "c-1")]
    gone = api.post(f"/api/v1/referred-people/{people[0]['id']}/erasure/")
    assert (gone.json()["name"], gone.json()["erased_at"] is None) == ("", False)
