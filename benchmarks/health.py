"""Health scores: everybody, some, and the preview of a draft, against one pass over the roll-ups.

HEALTH_BENCH_CUSTOMERS (100000) says how many customers; each has visits, tickets, answers and
contracts (benchmarks.metrics.facts), and the model that companies begin with weighs 12 signals.
All in one run, so that ratios mean something; the facts are removed afterwards.
"""

from __future__ import annotations

import os
from dataclasses import replace

from django.db import connection, transaction

from benchmarks.metrics import CHANGED, seconds, visits
from benchmarks.metrics.facts import company_with_everything
from customers.models import Customer, UsageDay
from metrics.actions import ledger
from metrics.actions.health_scores import rescore
from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.previewing import preview
from metrics.models import HealthModel, HealthScore, HealthVersion
from tenants.models import Company

RUNS = 3
# What any way of scoring use must at least do: read the rows once, in order, in one process.
YARDSTICK = """
    SELECT customer_id, count(*), sum(events), max(day), count(DISTINCT end_user)
    FROM customers_usageday GROUP BY customer_id
"""


def run() -> None:
    customers = int(os.environ.get("HEALTH_BENCH_CUSTOMERS", "100000"))
    with company_with_everything(customers) as company:
        visits.fill(company, customers)
        ledger.rebuild()  # the first scores with it
        _measure(company, customers)


def _measure(company: Company, customers: int) -> None:
    rows = UsageDay.objects.count()
    model = HealthModel.objects.get()
    version = HealthVersion.objects.get(model=model)
    recipe = recipes.read(version.recipe, signals.known())
    scored = HealthScore.objects.filter(ends_on=None).count()
    print(
        f"{customers:,} customers, {scored:,} of them with a score by"
        f" {len(recipe.keys)} signals; {rows:,} rows of usage"
    )
    stick = seconds(_pass, RUNS)
    print(f"{'one sequential aggregate over the rows of usage':56} {stick:8.3f} s")
    whole = seconds(rescore, RUNS)
    print(f"{'full rescoring':56} {whole:8.3f} s  {whole / stick:8.2f} x the aggregate (under 10)")
    first = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:CHANGED])
    _line(f"rescoring {CHANGED} changed customers", first, whole)
    _preview(company, model, recipe, whole)


def _line(name: str, customers: list[int], whole: float) -> None:
    taken = seconds(lambda: rescore(customers), RUNS)
    share = f"{taken / whole:8.2%} of the full rescoring (under 1 %)"
    print(f"{name:56} {taken * 1000:8.1f} ms {share}")


def _preview(company: Company, model: HealthModel, recipe: recipes.Recipe, whole: float) -> None:
    """Of a draft with other weights and bands, and of one with a signal that nothing is kept of."""
    heavier, *rest = recipe.ingredients
    draft = replace(
        recipe,
        ingredients=(replace(heavier, weight=heavier.weight * 3), *rest),
        green_from=recipe.green_from + 15,
    )
    known = signals.known()
    other = next(key for key in known if key not in recipe.keys)
    more = recipes.Ingredient(other, 10, known[other].curve)
    wider = replace(recipe, ingredients=(*draft.ingredients, more))
    tries = (("other weights and bands", draft), ("a signal not measured yet", wider))
    for name, one in tries:
        found = preview(model, one, company=company, today=company.today())
        taken = seconds(
            lambda one=one: preview(model, one, company=company, today=company.today()),  # type: ignore[misc]
            RUNS,
        )
        share = f"{taken / whole:8.2%} of the full rescoring (under 33 %)"
        label = f"preview of {name}, {found.of:,} of {found.customers:,}"
        print(f"{label:56} {taken:8.3f} s  {share}")
        print(f"    ({found.changed:,} change band)")


@transaction.atomic
def _pass() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute(YARDSTICK)
        cursor.fetchall()
