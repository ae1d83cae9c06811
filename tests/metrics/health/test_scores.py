"""Scores of customers: measured from facts as they were known, kept as spans, explained."""

from __future__ import annotations

import datetime as dt
import os

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import Term, Ticket
from metrics.actions import health_scores, ledger
from metrics.health import hooks, signals
from metrics.health.explaining import between, explain
from metrics.health.measuring import measure
from metrics.health.signals.facts import Then
from metrics.models import HealthModel, HealthScore, HealthVersion
from surveys.models import Response
from tenants.models import Company
from tests.metrics import facts, use_facts, use_worlds
from tests.metrics.plain_use import World
from tests.metrics.test_stored import undone
from tests.metrics.test_use_agreement import random_worlds

KNOWN = signals.built_in()
ALL = list(KNOWN.values())
DAY = dt.timedelta(days=1)
FEW = settings(random_worlds, max_examples=int(os.environ.get("EXAMPLES", "25")) // 3 + 1)


def at(day: dt.date, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), dt.UTC)


def measured(company: Company, customer: str, day: dt.date, then: Then) -> dict[str, float]:
    asked = [(facts.customer(customer).pk, day)]
    row = measure(asked, ALL, timezone=company.timezone, then=then).values[0]
    return {
        signal.key: float(value)
        for signal, value in zip(ALL, row, strict=True)
        if not np.isnan(value)
    }


@pytest.fixture
def today(company: Company) -> dt.date:
    return company.today()


def test_measures_of_a_customer(company: Company, today: dt.date) -> None:
    with undone():
        facts.term("acme", today - 100 * DAY, None, 100)
        for days in (1, 2, 10, 20, 30, 40):
            use_facts.use("acme", "u", today - days * DAY, {"Opened": 1, "Sent": 2})
        use_facts.use("acme", "v", today - 3 * DAY, {"Opened": 1})
        use_facts.ticket("acme", at(today - 20 * DAY))
        use_facts.ticket("acme", at(today - 5 * DAY), resolved_at=at(today - 4 * DAY))
        found = measured(company, "acme", today, Then.PRESENT)
    assert found["active_users_trend"] == pytest.approx(100 * 2 / (4 / 8))
    assert found["days_since_use"] == 1
    assert found["features_used"] == 2
    assert found["licences_used"] == 200
    assert (found["open_tickets"], found["old_tickets"]) == (1, 1)
    assert found["resolution_hours"] == 24
    assert (found["mrr_change"], found["tenure"], found["notice_given"]) == (0, 100, 0)
    assert "nps" not in found
    assert "days_to_renewal" not in found


@FEW
@given(world=use_worlds.worlds(), back=st.integers(0, 100))
def test_nothing_learned_later_tells(company: Company, world: World, back: int) -> None:
    """What is known of a day does not change by facts that happen, or are corrected, after it."""
    day = use_worlds.FIRST + back * DAY
    with undone():
        use_worlds.store(world)
        _bring_in()
        for customer in use_worlds.CUSTOMERS:
            present = measured(company, customer, use_worlds.LAST_DAY, Then.PRESENT)
            past = measured(company, customer, use_worlds.LAST_DAY, Then.PAST)
            assert present == past
        before = {one: measured(company, one, day, Then.PAST) for one in use_worlds.CUSTOMERS}
        later = day + DAY
        Term.objects.filter(ends_on__gt=day).update(ends_on=None)
        Ticket.objects.filter(resolved_at__gte=at(later, 0)).update(resolved_at=None, reopens=3)
        for customer in use_worlds.CUSTOMERS:
            facts.term(customer, later, None, 5)
            use_facts.use(customer, "late", later + DAY, {"Late": 1})
            use_facts.ticket(customer, at(later))
        _bring_in()
        after = {one: measured(company, one, day, Then.PAST) for one in use_worlds.CUSTOMERS}
        assert before == after


def test_spans_bands_and_their_hook(
    company: Company, today: dt.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[hooks.BandChange] = []
    monkeypatch.setattr(hooks, "listeners", [told.extend])
    with undone():
        _only_model({"signals": [{"signal": "open_tickets", "weight": 1}]})
        facts.term("acme", today - 100 * DAY, None, 100)
        facts.term("gone", today - 100 * DAY, today - 10 * DAY, 100)
        ticket = use_facts.ticket("acme", at(today - 50 * DAY), resolved_at=at(today - 49 * DAY))
        assert ticket
        ledger.rebuild()
        acme = facts.customer("acme").pk
        assert health_scores.rescore(today=today - 3 * DAY).count == 1
        assert health_scores.rescore(today=today - 2 * DAY).count == 1
        assert spans(acme) == [(today - 3 * DAY, None, 100, "green")]
        for _ in range(5):
            use_facts.ticket("acme", at(today - 2 * DAY))
        health_scores.rescore([acme], today=today - 1 * DAY)
        health_scores.rescore([acme], today=today - 1 * DAY)
        assert spans(acme) == [
            (today - 3 * DAY, today - DAY, 100, "green"),
            (today - DAY, None, 40, "red"),
        ]
        assert [(one.customer, one.was, one.now) for one in told] == [(acme, "green", "red")]
        Term.objects.update(ends_on=today - DAY)
        ledger.rebuild()
        health_scores.rescore(today=today)
        assert spans(acme)[-1] == (today - DAY, today, 40, "red")


def test_the_working_of_a_score(company: Company, today: dt.date) -> None:
    with undone():
        recipe = {
            "signals": [
                {"signal": "open_tickets", "weight": 3, "curve": [[0, 100], [10, 0]]},
                {"signal": "days_since_use", "weight": 1, "curve": [[0, 100], [10, 0]]},
                {"signal": "nps", "weight": 4},
            ]
        }
        model = _only_model(recipe)
        facts.term("acme", today - 100 * DAY, None, 100)
        use_facts.use("acme", "u", today - 6 * DAY, {"Opened": 1})
        use_facts.ticket("acme", at(today - 50 * DAY), resolved_at=at(today - 49 * DAY))
        use_facts.ticket("acme", at(today - 1 * DAY))
        Ticket.objects.update(is_backfilled=True)
        ledger.rebuild()
        acme = facts.customer("acme").pk
        health_scores.rescore(today=today - 4 * DAY)
        _publish(model, recipe["signals"][:1])
        health_scores.rescore(today=today)
        asked = {"today": today, "timezone": company.timezone}
        (span,) = HealthScore.objects.filter(customer=acme, ends_on__isnull=False)
        found = explain(span, today - 4 * DAY, **asked)
        assert [line.contribution for line in found.lines] == [75, 20, 0]
        assert (found.score, found.coverage, found.band) == (95, 0.5, "green")
        assert [line.dated for line in found.lines] == [
            today - 50 * DAY,
            today - 6 * DAY,
            None,
        ]
        moved = between(acme, today - 4 * DAY, today, **asked)
        assert moved is not None
        assert moved.later.score == 90
        assert {one.signal.key: (one.behaviour, one.model) for one in moved.moved} == {
            "open_tickets": (pytest.approx(-7.5), pytest.approx(3.125)),
            "days_since_use": (pytest.approx(-10), pytest.approx(9.375)),
            "nps": (0, 0),
        }
        assert moved.behaviour + moved.model == pytest.approx(-5)
        assert between(acme, today - 50 * DAY, today, **asked) is None


def _bring_in() -> None:
    """As history, known from its own dates."""
    Term.objects.update(is_backfilled=True)
    Ticket.objects.update(is_backfilled=True)
    Response.objects.update(recorded_at=F("answered_at"))


def spans(customer: int) -> list[tuple[dt.date, dt.date | None, int, str]]:
    rows = HealthScore.objects.filter(customer_id=customer).order_by("starts_on")
    return [(row.starts_on, row.ends_on, row.score, row.band) for row in rows]


def _only_model(recipe: dict[str, object]) -> HealthModel:
    HealthModel.objects.all().update(retired_at=timezone.now())
    model = HealthModel.objects.create(name="Tested", position=1)
    HealthVersion.objects.create(model=model, number=1, recipe=recipe, published_at=timezone.now())
    return model


def _publish(model: HealthModel, chosen: object) -> None:
    HealthVersion.objects.create(
        model=model, number=2, recipe={"signals": chosen}, published_at=timezone.now()
    )
