"""Companies with scores, for tests: customers whose only signal is their open tickets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from metrics.models import HealthModel, HealthScore, HealthVersion
from tests.metrics import facts

DAY = dt.timedelta(days=1)
TICKETS = {"signals": [{"signal": "open_tickets", "weight": 1, "curve": [[0, 100], [10, 0]]}]}


def only_model(recipe: dict[str, Any] = TICKETS, name: str = "Tested") -> HealthVersion:
    """The only model in use, its first version published."""
    HealthModel.objects.all().update(retired_at=timezone.now())
    model = HealthModel.objects.create(name=name, position=1)
    return HealthVersion.objects.create(
        model=model, number=1, recipe=recipe, published_at=timezone.now()
    )


def span(
    name: str,
    version: HealthVersion,
    starts_on: dt.date,
    ends_on: dt.date | None,
    score: int,
    coverage: int = 100,
    **more: Any,
) -> HealthScore:
    """As a rescoring would have left it."""
    band = "green" if score >= 75 else "amber" if score >= 50 else "red"
    return HealthScore.objects.create(
        customer=facts.customer(name),
        version=version,
        starts_on=starts_on,
        ends_on=ends_on,
        score=score,
        coverage=coverage,
        band=band,
        **more,
    )
