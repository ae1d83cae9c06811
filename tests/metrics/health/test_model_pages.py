"""Pages of health models: who may do what, and the form that says a recipe."""

from __future__ import annotations

from typing import Any

import pytest

from metrics.actions import health_models as actions
from metrics.actions import ledger
from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.ready_made import READY_MADE
from metrics.models import CustomSignal, HealthModel, HealthScore, HealthVersion
from metrics.views.recipe_form import form_of
from tenants.models import Company
from tests.casting import Clients, Jobs
from tests.metrics import facts
from tests.metrics.health.test_models import DAY, TICKETS, opened

HOME = "/health/models/"


@pytest.fixture
def model(company: Company) -> HealthModel:
    return HealthModel.objects.get()


@pytest.fixture
def customers(company: Company) -> None:
    """c0 to c3 with as many open tickets and, from 100 down, less MRR each."""
    today = company.today()
    for number in range(4):
        facts.term(f"c{number}", today - 100 * DAY, None, 100 - number)
        opened(f"c{number}", today, number)
    ledger.rebuild()


def typed(said: dict[str, Any]) -> dict[str, Any]:
    """The form as a browser sends it, which says what a recipe does."""
    found: dict[str, Any] = {"use": []}
    form = form_of(said, signals.known())
    found |= {"green_from": form.green_from, "amber_from": form.amber_from}
    for part in form.parts:
        for row in part.rows:
            key = row.signal.key
            found[f"weight:{key}"] = row.weight
            found[f"missing:{key}"] = row.missing
            found[f"x:{key}"] = [*(x for x, _ in row.points), ""]
            found[f"y:{key}"] = [*(y for _, y in row.points), ""]
            if row.is_used:
                found["use"].append(key)
    return found


def draft_of(model: HealthModel) -> dict[str, Any]:
    found = actions.draft_of(model)
    assert found is not None
    return dict(found.recipe)


@pytest.mark.parametrize("key", READY_MADE)
def test_a_form_sent_as_it_came_says_the_same(
    company: Company, model: HealthModel, client_of: Clients, key: str
) -> None:
    CustomSignal.objects.create(key="fit", name="Fit", curve=[[0, 0], [10, 100]])
    recipe = READY_MADE[key].recipe().as_json()
    recipe["signals"][0] |= {"missing": 12.5, "weight": 0.125}
    client = client_of(company, "admin")
    answer = client.post(f"{HOME}{model.pk}/draft/", {**typed(recipe), "do": "save"})
    assert answer.status_code == 302
    held = draft_of(model)
    assert {row["signal"]: row for row in held.pop("signals")} == {
        row["signal"]: row for row in recipe.pop("signals")
    }
    assert held == recipe


def test_reading_is_for_all_and_changing_for_admins(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    actions.save_draft(model=model, said=TICKETS, by=None)
    viewer, manager = client_of(company, "viewer"), client_of(company, "manager")
    for path in ("", f"{model.pk}/", f"{model.pk}/?version=draft", f"{model.pk}/comparison/"):
        page = viewer.get(HOME + path)
        assert page.status_code == 200, path
        assert "draft/preview" not in page.content.decode()
    for path in ("new/", f"{model.pk}/whom/", f"{model.pk}/draft/"):
        assert manager.get(HOME + path).status_code == 403, path
    for path in ("place", "retirement", "reversion", "draft", "draft/preview", "draft/removal"):
        assert manager.post(f"{HOME}{model.pk}/{path}/").status_code == 403, path
    for path in ("999/", f"{model.pk}/?version=7", f"{model.pk}/comparison/?from=x", "999/draft/"):
        assert client_of(company, "admin").get(HOME + path).status_code == 404, path


@pytest.mark.usefixtures("customers")
def test_from_the_editor_to_a_published_version(
    company: Company, model: HealthModel, client_of: Clients, do_jobs: Jobs
) -> None:
    client = client_of(company, "admin")
    page = client.get(f"{HOME}{model.pk}/draft/").content.decode()
    assert "of 4 customers change band" in page  # the preview, without any script
    form = typed(TICKETS)
    preview = client.post(f"{HOME}{model.pk}/draft/preview/", form, headers={"HX-Request": "true"})
    text = preview.content.decode()
    assert 'data-changed="2"' in text
    assert "c3" in text
    assert 'hx-swap-oob="true"' in text
    assert actions.draft_of(model) is None  # trying saves nothing
    form |= {"x:open_tickets": ["4", "0", "", "2"], "y:open_tickets": ["0", "100", "", "50"]}
    sent = client.post(
        f"{HOME}{model.pk}/draft/", {**form, "note": "Only tickets", "do": "publish"}
    )
    assert sent.status_code == 302
    version = actions.latest(model)
    assert version is not None
    assert (version.number, version.note) == (2, "Only tickets")
    assert version.recipe["signals"][0]["curve"] == [[0, 100], [2, 50], [4, 0]]
    do_jobs(company)
    scores = HealthScore.objects.filter(ends_on=None).order_by("customer_id")
    assert list(scores.values_list("score", flat=True)) == [100, 75, 50, 25]
    page = client.get(f"{HOME}{model.pk}/comparison/").content.decode()
    assert "gone" in page
    page = client.get(f"{HOME}{model.pk}/").content.decode()
    assert "Only tickets" in page
    back = client.post(f"{HOME}{model.pk}/reversion/", {"version": "1"})
    assert back["Location"] == f"{HOME}{model.pk}/draft/"
    assert len(draft_of(model)["signals"]) == 12
    client.post(f"{HOME}{model.pk}/draft/removal/")
    assert actions.draft_of(model) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight:open_tickets": "0"}, "All weights are 0"),
        ({"weight:open_tickets": "much"}, "must be a number from 0 to 1000; got &#x27;much&#x27;"),
        ({"weight:open_tickets": "1e999"}, "must be a number"),
        ({"x:open_tickets": ["0", "1"], "y:open_tickets": ["0", "100"]}, "inverted"),
        ({"x:open_tickets": ["0", "1"], "y:open_tickets": ["100", ""]}, "two numbers"),
        ({"x:open_tickets": ["", ""], "y:open_tickets": ["", ""]}, "2 to 12 points"),
        ({"missing:open_tickets": "some"}, "points when missing"),
        ({"green_from": "40"}, "Green must begin above amber"),
        ({"amber_from": ""}, "amber from must be a number"),
        ({"use": []}, "at least one signal"),
        ({"use": ["open_tickets", "luck"]}, "no signal &#x27;luck&#x27;"),
        ({"note": "x" * 501}, "500 characters at most"),
    ],
)
def test_nonsense_is_refused_with_a_reason(
    company: Company, model: HealthModel, client_of: Clients, change: dict[str, Any], said: str
) -> None:
    client = client_of(company, "admin")
    form = {**typed(TICKETS), **change}
    for do in ("save", "publish"):
        answer = client.post(f"{HOME}{model.pk}/draft/", {**form, "do": do})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert actions.draft_of(model) is None
    if "note" not in change:
        answer = client.post(f"{HOME}{model.pk}/draft/preview/", form)
        assert answer.status_code == 200
        assert said in answer.content.decode()


def test_models_are_made_ordered_and_retired(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    facts.attribute("c0", "tier", "small")
    client = client_of(company, "admin")
    new = {"name": "Small", "source": "ready:usage_led", "segment_key": "tier"}
    refused = client.post(f"{HOME}new/", new)
    assert refused.status_code == 422
    assert "Say which value" in refused.content.decode()
    made = client.post(f"{HOME}new/", {**new, "segment_value": "small", "tenure_until": "90"})
    small = HealthModel.objects.get(name="Small")
    assert made["Location"] == f"{HOME}{small.pk}/draft/"
    assert client.get(made["Location"]).status_code == 200
    page = client.get(HOME).content.decode()
    assert "Tier is small and a customer for less than 90 days" in page
    assert page.index("1. Small") < page.index("2. All customers")
    client.post(f"{HOME}{small.pk}/place/", {"to": "2"})
    assert "Never applies" in client.get(HOME).content.decode()
    assert client.post(f"{HOME}{small.pk}/place/", {"to": "-1"}).status_code == 404
    version = HealthVersion.objects.get(model=small)
    copy = {"name": "All customers", "source": f"copy:{version.pk}"}
    assert "a model of that name" in client.post(f"{HOME}new/", copy).content.decode()
    assert client.post(f"{HOME}new/", {**copy, "name": "Copy"}).status_code == 302
    changed = client.post(f"{HOME}{small.pk}/whom/", {"name": "Tiny", "tenure_from": "30"})
    assert changed.status_code == 302
    small.refresh_from_db()
    assert (small.name, small.segment_key, small.tenure_from) == ("Tiny", "", 30)
    client.post(f"{HOME}{small.pk}/retirement/")
    assert client.get(f"{HOME}{small.pk}/draft/").status_code == 404
    assert client.get(f"{HOME}{small.pk}/").status_code == 200
    client.post(f"{HOME}{model.pk}/retirement/")
    assert "Some customers may have no score" in client.get(HOME).content.decode()


def test_a_draft_begins_with_the_version_in_force(
    company: Company, model: HealthModel, client_of: Clients
) -> None:
    page = client_of(company, "admin").get(f"{HOME}{model.pk}/draft/").content.decode()
    held = recipes.read(actions.latest(model).recipe, signals.known())  # type: ignore[union-attr]
    assert page.count('name="use"') == len(signals.known())
    assert page.count("checked>") == len(held.keys)
    same = {**typed(held.as_json()), "do": "publish"}
    answer = client_of(company, "admin").post(f"{HOME}{model.pk}/draft/", same)
    assert answer.status_code == 422
    assert "nothing to publish" in answer.content.decode()
    assert actions.draft_of(model) is None  # refused as a whole
