"""What made a score fall most: told of every drop, the largest first where there are many."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from django.db import connection
from django.utils.translation import gettext_noop

from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.measuring import measure
from metrics.health.recipe import Recipe, RecipeError
from metrics.health.scoring import base_of, score
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Signal
from metrics.models import HealthVersion
from metrics.today.rules import DROP_DAYS
from tenants.context import current_company

MOST = 2000
"""Drops of which it is told, when everybody is made anew."""
NAMED = {
    "Product usage": gettext_noop("usage"),
    "Feedback": gettext_noop("feedback"),
    "Support": gettext_noop("support"),
    "Contract renewal": gettext_noop("the contract"),
    "Relationship": gettext_noop("the relationship"),
    "Sent by API": gettext_noop("your own signals"),
}
# The drops, the most urgent times MRR first, by the version that gave the present score.
DROPS = """
    SELECT reason.customer_id, span.version_id
      FROM metrics_attention AS reason
      JOIN metrics_healthscore AS span ON span.customer_id = reason.customer_id
           AND span.ends_on IS NULL
     WHERE reason.kind = 'drop' AND (%(these)s::bigint[] IS NULL
           OR reason.customer_id = ANY(%(these)s))
     ORDER BY reason.urgency * coalesce(reason.mrr, 0) DESC LIMIT %(most)s
"""
TELL = """
    UPDATE metrics_attention AS reason
       SET data = data || jsonb_build_object('fell', told.name, 'signal', told.signal)
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told (customer_id, name, signal)
     WHERE reason.kind = 'drop' AND reason.customer_id = told.customer_id
"""


def name_what_fell(customers: Sequence[int] | None, *, today: dt.date) -> None:
    """Note with each drop which kind of signals, and which signal, the score lost most by, as the
    version in force now weighs both days."""
    by_version: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            DROPS, {"these": None if customers is None else list(customers), "most": MOST}
        )
        for customer, version in cursor.fetchall():
            by_version[version].append(customer)
    if not by_version:
        return
    known = signals.known()
    told: list[tuple[int, str, str]] = []
    for version in HealthVersion.objects.filter(pk__in=by_version):
        try:
            recipe = recipes.read(version.recipe, known)
        except RecipeError:
            continue  # a signal of the company's own is gone
        told += _fell(by_version[version.pk], recipe, known, today)
    with connection.cursor() as cursor:
        cursor.execute(TELL, [list(column) for column in zip(*told, strict=True)] or [[], [], []])


def _fell(
    customers: list[int], recipe: Recipe, known: dict[str, Signal], today: dt.date
) -> list[tuple[int, str, str]]:
    then = today - dt.timedelta(days=DROP_DAYS)
    zone = current_company().timezone
    chosen = [known[key] for key in recipe.keys]
    before = measure([(one, then) for one in customers], chosen, timezone=zone, then=Then.PAST)
    now = measure([(one, today) for one in customers], chosen, timezone=zone)
    was, ended = score(before.values, recipe), score(now.values, recipe)
    base = base_of(was, ended)
    moved = ended.above(base) - was.above(base)
    groups = [signal.group for signal in chosen]
    found = []
    for row, customer in enumerate(customers):
        lost: dict[str, float] = defaultdict(float)
        for column, group in enumerate(groups):
            lost[group.value] += float(moved[row, column])
        worst = min(lost, key=lambda group: lost[group])
        if lost[worst] < 0:
            of_group = [
                moved[row, column] if group.value == worst else np.inf
                for column, group in enumerate(groups)
            ]
            signal = chosen[int(np.argmin(of_group))]
            found.append((customer, NAMED.get(worst, worst), signal.name))
    return found
