"""Which model applies to which customer."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from metrics.health import recipe, signals
from metrics.health.recipe import Recipe
from metrics.models import HealthModel, HealthVersion

# Who pays on the day, for how many days it is a customer, and its attributes of these keys then;
# what no model asks for is not looked up.
PAYING = """
    SELECT held.customer_id, CASE WHEN %(asks_tenure)s THEN %(day)s::date - (
            SELECT min(day) FROM metrics_movement WHERE customer_id = held.customer_id
        ) ELSE 0 END, CASE WHEN cardinality(%(keys)s::text[]) > 0 THEN
            (SELECT jsonb_object_agg(key, value) FROM (
                SELECT DISTINCT ON (key) key, value FROM customers_customerattribute AS attribute
                WHERE attribute.customer_id = held.customer_id AND superseded_at IS NULL
                    AND key = ANY(%(keys)s)
                ORDER BY key, (coalesce(valid_from, '-infinity') <= %(day)s) DESC,
                    CASE WHEN coalesce(valid_from, '-infinity') <= %(day)s
                        THEN %(day)s - coalesce(valid_from, '0001-01-01')
                        ELSE valid_from - %(day)s END
            ) AS valid) END
    FROM (
        SELECT DISTINCT ON (customer_id) customer_id, is_paying
        FROM metrics_movement
        WHERE day <= %(day)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
        ORDER BY customer_id, day DESC, position DESC
    ) AS held
    WHERE is_paying
    ORDER BY customer_id
"""


@dataclass(frozen=True)
class Applied:
    """A model's version in force, read, and whom it is for."""

    model: HealthModel
    version: HealthVersion
    recipe: Recipe


def in_force(known: dict[str, signals.Signal]) -> list[Applied]:
    """The published versions of the models in use, in order. Two queries."""
    models = HealthModel.objects.filter(retired_at=None)
    latest = {
        version.model_id: version
        for version in HealthVersion.objects.filter(
            model__retired_at=None, number__isnull=False
        ).order_by("number")
    }
    return [
        Applied(model, latest[model.pk], recipe.read(latest[model.pk].recipe, known))
        for model in models
        if model.pk in latest
    ]


def applies(model: HealthModel, tenure: int, attributes: dict[str, str]) -> bool:
    """Whether a customer of `tenure` days meets a model's condition."""
    if model.segment_key and attributes.get(model.segment_key, "") != model.segment_value:
        return False
    if model.tenure_from is not None and tenure < model.tenure_from:
        return False
    return model.tenure_until is None or tenure < model.tenure_until


def sorted_out(
    models: Sequence[HealthModel], day: dt.date, customers: Sequence[int] | None = None
) -> dict[int, list[int]]:
    """The customers that pay on the day (of `customers`, or all), by the model that applies; those
    that none applies to are left out. One query, in order of id."""
    found: dict[int, list[int]] = defaultdict(list)
    for customer, tenure, attributes in _paying(models, day, customers):
        for model in models:
            if applies(model, tenure, attributes):
                found[model.pk].append(customer)
                break
    return dict(found)


def _paying(
    models: Sequence[HealthModel], day: dt.date, customers: Sequence[int] | None
) -> list[tuple[int, int, dict[str, Any]]]:
    keys = sorted({model.segment_key for model in models if model.segment_key})
    asks_tenure = any(
        model.tenure_from is not None or model.tenure_until is not None for model in models
    )
    with connection.cursor() as cursor:
        cursor.execute(
            PAYING,
            {
                "day": day,
                "keys": keys,
                "asks_tenure": asks_tenure,
                "customers": None if customers is None else list(customers),
            },
        )
        return [
            (one, tenure, json.loads(held) if held else {})
            for one, tenure, held in cursor.fetchall()
        ]
