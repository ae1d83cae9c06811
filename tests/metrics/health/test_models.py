"""Models: made, drafted, published, reverted, ordered and retired, with a trace; and previews."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEntry
from metrics.actions import health_models as actions
from metrics.actions import health_scores, ledger
from metrics.health import kept, previewing, signals
from metrics.health import recipe as recipes
from metrics.health.previewing import preview
from metrics.health.recipe import RecipeError
from metrics.health.scoring import Band
from metrics.models import HealthMeasures, HealthModel, HealthScore
from tenants.jobs import Job
from tenants.models import Company
from tests.casting import Jobs
from tests.metrics import facts, use_facts

DAY = dt.timedelta(days=1)
TICKETS = {"signals": [{"signal": "open_tickets", "weight": 1, "curve": [[0, 100], [4, 0]]}]}


@pytest.fixture
def today(company: Company) -> dt.date:
    return company.today()


def made(name: str = "Small", **more: Any) -> HealthModel:
    return actions.make(values={"name": name, **more}, ready_made="usage_led", by=None)


def draft(said: dict[str, Any]) -> recipes.Recipe:
    return recipes.read(said, signals.known())


def published(model: HealthModel, said: dict[str, Any]) -> None:
    actions.save_draft(model=model, said=said, by=None)
    actions.publish(model=model, by=None)


def only() -> HealthModel:
    return HealthModel.objects.get()


def opened(customer: str, today: dt.date, tickets: int) -> None:
    for _ in range(tickets):
        use_facts.ticket(customer, dt.datetime.combine(today - 2 * DAY, dt.time(9), dt.UTC))


@pytest.fixture
def customers(company: Company, today: dt.date) -> list[int]:
    """c0 to c3 with as many open tickets and, from 100 down, less MRR each."""
    ids = []
    for number in range(4):
        facts.term(f"c{number}", today - 100 * DAY, None, 100 - number)
        opened(f"c{number}", today, number)
        ids.append(facts.customer(f"c{number}").pk)
    ledger.rebuild()
    return ids


def test_a_company_begins_with_one_model_and_makes_more(company: Company) -> None:
    first = only()
    model = made(segment_key="tier", segment_value="small")
    assert list(HealthModel.objects.all()) == [model, first]
    assert actions.latest(model) is None
    found = actions.draft_of(model)
    assert found is not None
    assert draft(found.recipe) == draft(recipes_of("usage_led"))
    copy = actions.make(values={"name": "Copy"}, copy_of=found, by=None)
    assert list(HealthModel.objects.all()) == [model, copy, first]
    copied = actions.draft_of(copy)
    assert copied is not None
    assert copied.recipe == found.recipe
    assert not Job.objects.filter(kind=actions.RESCORE).exists()  # nothing applies yet


def recipes_of(key: str) -> dict[str, Any]:
    from metrics.health.ready_made import READY_MADE

    return READY_MADE[key].recipe().as_json()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "All customers"}, "name"),
        ({"name": "A", "segment_key": "tier"}, "segment_value"),
        ({"name": "A", "segment_value": "small"}, "segment_key"),
        ({"name": "A", "tenure_from": -1}, "tenure_from"),
        ({"name": "A", "tenure_from": 90, "tenure_until": 90}, "tenure_until"),
        ({"name": "A", "tenure_until": 0}, "tenure_until"),
        ({"name": "A", "colour": "blue"}, "colour"),
    ],
)
def test_nonsense_about_whom_it_is_for_is_refused(
    company: Company, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        actions.make(values=values, ready_made="balanced", by=None)
    assert field in caught.value.message_dict
    with pytest.raises(ValidationError):
        actions.make(values={"name": "A"}, ready_made="luck", by=None)
    with pytest.raises(ValidationError):
        actions.make(values={"name": "A"}, by=None)


def test_a_draft_is_published_and_everybody_scored_by_it(
    company: Company, customers: list[int], do_jobs: Jobs
) -> None:
    model = only()
    with pytest.raises(RecipeError, match="All weights are 0"):
        actions.save_draft(model=model, said={"signals": [{"signal": "nps", "weight": 0}]}, by=None)
    with pytest.raises(ValidationError, match="no draft"):
        actions.publish(model=model, by=None)
    actions.save_draft(model=model, said=TICKETS, note="Tickets only", by=None)
    version = actions.publish(model=model, by=None)
    assert (version.number, version.note) == (2, "Tickets only")
    assert actions.draft_of(model) is None
    do_jobs(company)
    held = HealthScore.objects.filter(ends_on=None)
    scores = dict(held.values_list("customer_id", "score"))
    assert scores == dict(zip(customers, [100, 75, 50, 25], strict=True))
    assert set(held.values_list("version_id", flat=True)) == {version.pk}
    actions.save_draft(model=model, said=TICKETS, by=None)
    with pytest.raises(ValidationError, match="nothing to publish"):
        actions.publish(model=model, by=None)
    old = actions.revert(model=model, number=1, by=None)
    assert len(draft(old.recipe).keys) == 12
    assert actions.publish(model=model, by=None).number == 3
    with pytest.raises(ValidationError, match="no version 9"):
        actions.revert(model=model, number=9, by=None)
    told = AuditEntry.objects.filter(subject_label="All customers").order_by("pk")
    assert [entry.action for entry in told] == [
        "health_model.draft_made",
        "health_model.published",
        "health_model.draft_made",
        "health_model.draft_changed",
        "health_model.published",
    ]


def test_order_decides_and_a_retired_one_is_for_nobody(
    company: Company, customers: list[int], do_jobs: Jobs
) -> None:
    first = only()
    facts.attribute("c0", "tier", "small")
    model = made(segment_key="tier", segment_value="small")
    published(model, TICKETS)
    do_jobs(company)
    assert kept.counts() == {first.pk: 3, model.pk: 1}
    actions.move(model=model, to=2, by=None)
    assert list(HealthModel.objects.all()) == [first, model]
    do_jobs(company)
    assert kept.counts() == {first.pk: 4}
    actions.move(model=model, to=1, by=None)
    actions.change(model=model, values={"segment_value": "large"}, by=None)
    do_jobs(company)
    assert kept.counts() == {first.pk: 4}
    actions.change(model=model, values={"segment_value": "small"}, by=None)
    do_jobs(company)
    assert kept.counts() == {first.pk: 3, model.pk: 1}
    actions.retire(model=model, by=None)
    do_jobs(company)
    assert kept.counts() == {first.pk: 4}
    with pytest.raises(ValidationError, match="retired"):
        actions.save_draft(model=model, said=TICKETS, by=None)
    made()  # its name is free again


def test_a_draft_can_be_dropped_where_something_was_published(company: Company) -> None:
    model = only()
    actions.save_draft(model=model, said=TICKETS, by=None)
    actions.discard_draft(model=model, by=None)
    assert actions.draft_of(model) is None
    with pytest.raises(ValidationError, match="Nothing of this model"):
        actions.discard_draft(model=made(), by=None)


def test_measures_are_kept_as_they_were_scored(
    company: Company, customers: list[int], today: dt.date
) -> None:
    blocks = kept.of_model(only().pk)
    assert [block.customers.tolist() for block in blocks] == [customers]
    keys = draft(actions.latest(only()).recipe).keys  # type: ignore[union-attr]
    assert blocks[0].values[:, keys.index("open_tickets")].tolist() == [0, 1, 2, 3]
    assert np.isnan(blocks[0].values[:, keys.index("nps")]).all()
    assert len(HealthMeasures.objects.get(customer_id=customers[0]).values) == len(keys)
    opened("c0", today, 2)
    health_scores.rescore(customers[:1], today=today)
    again = kept.of_customers(customers[:2])[0]
    assert again.values[:, keys.index("open_tickets")].tolist() == [2, 1]


def test_the_preview_is_what_publishing_does(
    company: Company, customers: list[int], today: dt.date, do_jobs: Jobs
) -> None:
    model = only()
    published(model, TICKETS)
    do_jobs(company)
    steeper = {
        "signals": [{"signal": "open_tickets", "weight": 5, "curve": [[0, 100], [2, 0]]}],
        "green_from": 90,
    }
    found = preview(model, draft(steeper), company=company, today=today)
    assert (found.customers, found.of, found.is_sample) == (4, 4, False)
    assert found.before.bands == (2, 1, 1)
    assert found.after.bands == (1, 1, 2)
    assert (found.before.mean, found.after.mean) == (62.5, 37.5)
    assert found.moves == {
        (Band.GREEN, Band.GREEN): 1,
        (Band.GREEN, Band.AMBER): 1,
        (Band.AMBER, Band.RED): 1,
        (Band.RED, Band.RED): 1,
    }
    assert found.changed == 2
    assert [(one.customer, one.mrr, one.score_after) for one in found.largest] == [
        (customers[1], 99, 50),
        (customers[2], 98, 0),
    ]
    assert sum(found.before.histogram) == sum(found.after.histogram) == 4
    published(model, steeper)
    do_jobs(company)
    bands = HealthScore.objects.filter(ends_on=None).order_by("customer_id")
    assert list(bands.values_list("band", flat=True)) == ["green", "amber", "red", "red"]


def test_what_was_never_measured_is_measured_of_a_sample(
    company: Company,
    customers: list[int],
    today: dt.date,
    do_jobs: Jobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = only()
    published(model, {"signals": [{"signal": "nps", "weight": 1}]})
    do_jobs(company)
    assert not HealthScore.objects.filter(ends_on=None).exists()
    found = preview(model, draft(TICKETS), company=company, today=today)
    assert [signal.key for signal in found.unmeasured] == ["open_tickets"]
    assert (found.of, found.before.without, found.after.bands) == (4, 4, (2, 1, 1))
    assert found.changed == 4
    monkeypatch.setattr(previewing, "MOST_MEASURED", 2)
    found = preview(model, draft(TICKETS), company=company, today=today)
    assert (found.of, found.customers, found.is_sample) == (2, 4, True)
    assert found.after.scored == 2


def test_the_preview_of_a_model_not_in_force_is_of_whom_it_would_be_for(
    company: Company, customers: list[int], today: dt.date
) -> None:
    facts.attribute("c3", "tier", "small")
    model = made(segment_key="tier", segment_value="small")
    found = preview(model, draft(TICKETS), company=company, today=today)
    assert (found.customers, found.after.bands) == (1, (0, 0, 1))
    assert found.before.scored == 1
    nobody = made("Nobody", segment_key="tier", segment_value="huge")
    found = preview(nobody, draft(TICKETS), company=company, today=today)
    assert (found.customers, found.of, found.changed) == (0, 0, 0)
    assert found.before.mean is None


def test_before_anybody_was_scored(company: Company, today: dt.date) -> None:
    facts.term("c0", today - 100 * DAY, None, 100)
    opened("c0", today, 1)
    ledger.rebuild()
    HealthMeasures.objects.all().delete()
    HealthScore.objects.all().delete()
    found = preview(only(), draft(TICKETS), company=company, today=today)
    assert (found.customers, found.before.without) == (1, 1)
    assert timezone.now().date() >= today - DAY
