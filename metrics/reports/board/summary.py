"""Key figures, what changed, and how everything was counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from accounts.formatting import format_day
from metrics.models import Benchmark, Goal
from metrics.progress import Progress, progress_of
from metrics.registry import metric
from metrics.reports.board.asked import Asked
from metrics.reports.lines import lines_of, words_of
from metrics.reports.telling import told
from metrics.units import Unit

KEYS = (
    "mrr",
    "arr",
    "customers",
    "customer_churn_rate",
    "gross_revenue_churn_rate",
    "gross_revenue_retention",
    "net_revenue_retention",
    "expansion_revenue",
    "arpa",
    "quick_ratio",
    "customer_lifetime_value",
    "customer_acquisition_cost",
    "ltv_to_cac",
    "nps",
    "csat",
    "health_score",
    "renewal_rate",
)
ALSO_USED = ("mrr_movements", "churn_reasons")


def lines(asked: Asked) -> list[dict[str, Any]]:
    """The key figures with their goals and benchmarks."""
    found = lines_of(KEYS, asked.chosen, shared=asked.shared).lines
    goals = _goals(asked)
    benchmarks = _benchmarks(asked)
    return [
        {
            **asdict(line),
            "few": _("Few: n {n}").format(n=line.n) if line.is_small else "",
            "goal": goals.get(line.key, ""),
            "benchmark": benchmarks[line.key],
        }
        for line in found
    ]


def _goals(asked: Asked) -> dict[str, str]:
    """The next open goal of each metric in total, and how it stands with it."""
    rows = Goal.objects.filter(by="", metric__in=KEYS, due_on__gte=asked.period.start)
    found: dict[str, str] = {}
    for one in progress_of(rows, company=asked.company, as_of=asked.as_of):
        found.setdefault(one.goal.metric, _goal(one))
    return found


def _goal(one: Progress) -> str:
    target = words_of(one.goal.target, one.unit, one.currency)
    sense = one.goal.get_sense_display()
    return _("{sense} {target} by {day}: {verdict}").format(
        sense=sense, target=target, day=format_day(one.goal.due_on), verdict=one.verdict.words
    )


def _benchmarks(asked: Asked) -> defaultdict[str, str]:
    """Those of any period or of one as long as the report's."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = Benchmark.objects.filter(metric__in=KEYS, grain__in=["", asked.grain.value])
    for row in rows:
        unit = metric(row.metric).unit
        value = _plain(row.value, unit)
        if row.upper is not None:
            value = _("{low} to {high}").format(low=value, high=_plain(row.upper, unit))
        source = f"{row.source} {row.year}" if row.year else row.source
        found[row.metric].append(f"{row.label}: {value} ({source})")
    return defaultdict(str, {key: "; ".join(texts) for key, texts in found.items()})


def _plain(value: Any, unit: Unit) -> str:
    return words_of(value, unit, None)


def sentences(asked: Asked) -> list[str]:
    return [one.text for one in told(asked.company, asked.period, asked.shared)]


def definitions(asked: Asked) -> list[dict[str, Any]]:
    """Each metric in words, with the options used and who said them."""
    found = []
    for key in (*KEYS, *ALSO_USED):
        one = metric(key)
        used = asked.series(key).settings
        found.append(
            {
                "name": one.name,
                "formula": one.formula,
                "version": _("version {number}").format(number=one.version),
                "options": "; ".join(
                    f"{option.label}: {value} ({_(origin.value)})" for option, value, origin in used
                ),
            }
        )
    return found
