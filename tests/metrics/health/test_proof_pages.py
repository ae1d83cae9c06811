"""The page and the API of a model's record and of suggested weights; the jobs that make them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from customers.models import Term, UsageChange
from metrics.actions import ledger
from metrics.actions.health_models import draft_of, latest, retire, save_draft
from metrics.actions.health_proofs import ask_proof, ask_suggestion, make_suggestion
from metrics.health.ready_made import READY_MADE
from metrics.health.replaying import snapshots
from metrics.models import HealthModel, HealthProof, HealthSuggestion
from tenants.jobs import Job, run_pending
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts, use_facts
from tests.metrics.test_openapi import wrong
from tests.metrics.test_options_of_a_company import client_with

DAY = dt.timedelta(days=1)
CUSTOMERS = 120


@pytest.fixture
def model(company: Company) -> HealthModel:
    """The one that a company begins with."""
    return HealthModel.objects.get()


@pytest.fixture
def history(company: Company) -> None:
    """40 of 120 left; most of them did not use it any more for 60 days before, 8 until the end."""
    today = company.today()
    days = snapshots(today)
    for number in range(CUSTOMERS):
        name, ends_on = f"c{number}", None
        if number % 3 == 0:
            ends_on = days[number // 3 % 10] + 45 * DAY
        facts.term(name, days[0] - 200 * DAY, ends_on, 100)
        until = ends_on or today
        if ends_on and number % 5:
            until -= (60 + number % 20) * DAY
        first = days[0] - 70 * DAY
        use_facts.use_often(
            name, [first + ago * DAY for ago in range(0, (until - first).days, 5 + number % 3)]
        )
    Term.objects.update(is_backfilled=True)
    ledger.rebuild()


def path(model: HealthModel, name: str = "health_proof") -> str:
    return reverse(f"metrics:{name}", args=[model.pk])


def work() -> None:
    run_pending(queue="metrics")
    failed = Job.objects.exclude(error="").first()
    assert failed is None, failed and failed.error


@pytest.mark.usefixtures("history")
def test_a_record_is_asked_for_made_and_shown(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    viewer, manager = client_of(company, "viewer"), client_of(company, "manager")
    empty = viewer.get(path(model))
    assert empty.status_code == 200
    assert b"No record yet" in empty.content
    assert b"Make the record" not in empty.content
    assert viewer.post(path(model, "health_proof_making")).status_code == 403
    save_draft(model=model, said=READY_MADE["usage_led"].recipe().as_json(), by=None)
    own = manager.get(path(model)).content.decode()
    form = own.partition(path(model, "health_proof_making"))[2].partition("</form>")[0]
    assert "csrfmiddlewaretoken" in form
    sent = {"version": "1", "against": "draft", "horizon": "60"}
    answer = manager.post(path(model, "health_proof_making"), sent)
    assert answer.status_code == 302
    asked = AuditEntry.objects.get(action="health_model.proof_asked")
    assert asked.detail == {"version": "version 1", "against": "draft"}
    waiting = viewer.get(answer["Location"])
    assert b"The record is being made" in waiting.content
    query = answer["Location"].partition("?")[2]
    progress = viewer.get(f"{path(model, 'health_proof_progress')}?{query}")
    assert b"waiting for its turn" in progress.content
    work()
    done = viewer.get(f"{path(model, 'health_proof_progress')}?{query}")
    assert (done.status_code, done["HX-Refresh"]) == (204, "true")
    shown = viewer.get(answer["Location"]).content.decode()
    assert "Better than chance" in shown
    assert "Green, and left" in shown
    assert 'id="chart-bands"' in shown
    assert 'id="chart-scores"' in shown
    assert "Difference" in shown
    (missed,) = {one["customer"] for one in _record(company, model)["missed"][:1]}
    assert reverse("customers:detail", args=[missed]) in shown
    assert "still being rolled up" not in shown
    UsageChange.objects.create(customer_id=missed, day=company.today())
    manager.post(path(model, "health_proof_making"), sent)
    work()
    assert "still being rolled up" in viewer.get(answer["Location"]).content.decode()
    save_draft(model=model, said=READY_MADE["onboarding"].recipe().as_json(), by=None)
    assert "The draft was changed since" in viewer.get(answer["Location"]).content.decode()


def _record(company: Company, model: HealthModel) -> dict[str, Any]:
    proof = HealthProof.objects.get()
    assert proof.found is not None
    found: dict[str, Any] = proof.found["horizons"]["60"]["version"]
    return found


def test_what_cannot_be_asked_is_said(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    viewer = client_of(company, "viewer")
    for query, said in (
        ("version=7", "no version &#x27;7&#x27;; there are 1"),
        ("horizon=45", "one of 30, 60, 90 days"),
        ("version=1&against=1", "compared with another one"),
        ("colour=red", "Only version, against, horizon"),
    ):
        answer = viewer.get(f"{path(model)}?{query}")
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert viewer.get(reverse("metrics:health_proof", args=[10**9])).status_code == 404
    assert client_of(company, "manager").post(path(model, "health_suggestion")).status_code == 403


@pytest.mark.usefixtures("history")
def test_weights_are_learned_and_become_the_draft(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    admin = client_of(company, "admin")
    answer = admin.post(path(model, "health_suggestion"), {"horizon": "60"})
    assert answer.status_code == 302
    assert b"Replaying the past" in admin.get(path(model)).content
    work()
    draft = draft_of(model)
    assert draft is not None
    assert draft.made_by == "admin@acme.example"
    assert "from 40 customers that left" in draft.note
    weights = {one["signal"]: one["weight"] for one in draft.recipe["signals"]}
    assert sum(weights.values()) == 100
    assert weights["days_since_use"] + weights["active_users_trend"] > 80
    shown = admin.get(path(model)).content.decode()
    assert "Gain" in shown
    assert "it was hardly ever measured" in shown
    assert "Replace the draft there is" in shown
    ask_proof(version=draft, by=None)
    work()
    assert b"Read Draft with care" in admin.get(f"{path(model)}?version=draft").content
    assert b"with care" not in admin.get(path(model)).content
    refused = admin.post(path(model, "health_suggestion"), {"horizon": "60"}, follow=True)
    assert b"would be replaced" in refused.content
    again = admin.post(path(model, "health_suggestion"), {"horizon": "60", "replaces_draft": "yes"})
    assert again.status_code == 302
    work()
    made = HealthSuggestion.objects.get().made_at
    make_suggestion(HealthSuggestion.objects.get().pk)  # a job may run twice
    assert HealthSuggestion.objects.get().made_at == made


def test_too_few_make_no_draft_and_say_how_many_are_needed(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    ask_suggestion(model=model, by=None)
    ask_proof(version=latest_of(model), by=None)
    work()
    assert draft_of(model) is None
    shown = client_of(company, "viewer").get(path(model)).content.decode()
    assert "36 customers that left within 60 days" in shown
    assert "there are 0" in shown
    assert "No customer with a score was there" in shown
    ask_proof(version=latest_of(model), by=None)
    retire(model=model, by=None)
    assert client_of(company, "viewer").get(path(model)).status_code == 200


def latest_of(model: HealthModel) -> Any:
    found = latest(model)
    assert found is not None
    return found


@pytest.mark.usefixtures("history")
def test_the_api(company: Company, model: HealthModel, client_of: Clients) -> None:
    document = json.loads(client_of(company, "viewer").get("/api/v1/schema/?format=json").content)
    call = client_with(company, "read", "write")
    proof, suggest = (f"health/models/{model.pk}/{name}/" for name in ("proof", "suggest"))
    documented = "/api/v1/health/models/{model_id}/"
    for one, name in ((proof, "proof/"), (suggest, "suggest/")):
        before = call("get", one)
        assert before.json()["state"] == "none"
        assert not wrong(document, documented + name, "get", 200, before.json())
        asked = call("post", one, {"horizon": 60})
        assert (asked.status_code, asked.json()["state"]) == (202, "making")
        assert not wrong(document, documented + name, "post", 202, asked.json())
    work()
    made = call("get", proof, {"horizon": "60"}).json()
    assert not wrong(document, documented + "proof/", "get", 200, made)
    assert made["state"] == "made"
    assert made["record"]["auc"]["low"] > 0.5
    assert made["record"]["customers_left"] == 40
    assert sum(one["n"] for one in made["record"]["bands"]) == made["record"]["all"]["n"]
    learned = call("get", suggest).json()
    assert not wrong(document, documented + "suggest/", "get", 200, learned)
    assert learned["gain"]["value"] == pytest.approx(
        learned["auc_suggested"]["value"] - learned["auc_before"]["value"]
    )
    beside = call("post", proof, {"version": "draft", "against": "1"})
    assert beside.status_code == 202
    work()
    both = call("get", proof, {"version": "draft", "against": "1"}).json()
    assert both["against_record"]["auc"] == made["record"]["auc"]
    assert both["difference"]["value"] == pytest.approx(
        both["record"]["auc"]["value"] - both["against_record"]["auc"]["value"]
    )
    for method, one, data, status, code in (
        ("post", suggest, {}, 409, "draft_exists"),
        ("post", suggest, {"horizon": 45, "replaces_draft": True}, 400, "invalid_horizon"),
        ("post", suggest, {"replaces_draft": "yes"}, 400, "invalid_member"),
        ("post", suggest, {"colour": 1}, 400, "unknown_member"),
        ("post", proof, {"version": "9"}, 400, "invalid_choice"),
        ("get", proof, {"horizon": "x"}, 400, "invalid_choice"),
        ("get", proof, {"colour": "x"}, 400, "invalid_option"),
        ("get", "health/models/999999/proof/", {}, 404, "unknown_health_model"),
    ):
        answer = call(method, one, data)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    read_only = client_with(company, "read")
    assert read_only("post", proof, {}).status_code == 403
