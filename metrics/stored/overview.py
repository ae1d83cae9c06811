"""What the overview shows beside stored values of months, made ahead of its readers.

An unfinished month is compared with as many days of the one before, which no stored value is of;
cohorts and the forecast read the whole ledger; warnings look at 365 days. All of it is made by a
job after the values are (`make`), kept in one row, and read from there while it is of today;
else it is made for the page, the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.languages import spoken_at
from metrics.changed import Sentence, of_figures
from metrics.cohorts import cohorts
from metrics.contributions.health import BANDS, LITTLE_KNOWN
from metrics.forecast.reading import outlook
from metrics.models import StoredOverview
from metrics.periods import Grain, Period, latest, previous
from metrics.registry import metric
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.stored.before import comparable, written
from metrics.values import series
from metrics.warning_rules import warnings
from tenants import languages
from tenants.models import Company

Json = dict[str, Any]

FIGURES = (
    "mrr",
    "customers",
    "net_revenue_retention",
    "gross_revenue_churn_rate",
    "customer_churn_rate",
    "arpa",
    "nps",
    "quick_ratio",
)
"""The key figures, in their order."""

ALSO_COMPARED = ("csat", "ces", "health_score")
"""What sentences about changes watch beside them."""

MOST_TONGUES = 6
"""Whose sentences are made ahead; for further ones they are made for the page."""
QUARTERS, MONTHS = 8, 12


def make(company: Company) -> None:
    """Keep it as of now."""
    shared = Shared(company, company.today())
    content: Json = {name: build(shared) for name, build in PANELS.items()}
    content["before"] = _before(shared)
    content["sentences"] = _sentences(shared)
    content["options"] = shared.all_own
    content["currency"] = company.currency
    values = {"as_of": shared.as_of, "computed_at": timezone.now(), "content": content}
    StoredOverview.objects.update_or_create(is_only=True, defaults=values)
    # What the page of cohorts shows first; `_forecast` had the forecast's page remembered.
    cut = latest(Grain.MONTH, MONTHS, as_of=shared.as_of, week_start=company.week_start)
    cohorts(cut, company=company, grain=Grain.MONTH)


def panel(name: str, shared: Shared) -> Any:
    """One of PANELS: as it is kept, else made now."""
    kept = shared.prepared
    return kept[name] if kept is not None and name in kept else PANELS[name](shared)


def kept_sentences(period: Period, before: Period, shared: Shared) -> list[Sentence] | None:
    """What changed this month so far, in the language and notation in force; None where that is
    not kept, or another period is asked about."""
    kept = shared.prepared
    said = kept.get("sentences", {}).get(languages.tongue()) if kept is not None else None
    is_other = kept is None or kept.get("options") != shared.all_own
    if said is None or is_other or (period, before) != _this_and_before(shared):
        return None
    return [Sentence(**one) for one in said]


def _sentences(shared: Shared) -> dict[str, list[Json]]:
    """Of this month so far, in each tongue of the company's readers: making them again takes less
    than asking the ledger anew, since `shared` keeps what it looked up."""
    period, before = _this_and_before(shared)
    found = {}
    for spoken in spoken_at(shared.company)[:MOST_TONGUES]:
        with languages.speaking(*spoken):
            said = of_figures(period, before, shared=shared)
            found[languages.tongue()] = [asdict(one) for one in said]
    return found


def _this_and_before(shared: Shared) -> tuple[Period, Period]:
    this = latest(Grain.MONTH, 1, as_of=shared.as_of)[0]
    return this, previous(this, Grain.MONTH)


def _before(shared: Shared) -> Json:
    """What this month so far is compared with."""
    _, before = _this_and_before(shared)
    values: Json = {}
    for key in (*FIGURES, *ALSO_COMPARED):
        found = series(
            metric(key), [before], company=shared.company, as_of=shared.as_of, shared=shared
        )
        values[key] = {**comparable(found), "numbers": written(found.totals[0])}
    return {"start": str(before.start), "end": str(before.end), "values": values}


def _cohorts(shared: Shared) -> list[Json]:
    """The last quarters' beginners, and what share of them paid at the close of each since."""
    cut = latest(Grain.QUARTER, QUARTERS, as_of=shared.as_of)
    found = cohorts(cut, company=shared.company, grain=Grain.QUARTER)
    return [
        {
            **_span(cohort.period),
            "size": cohort.size,
            "cells": [
                {**_span(cell.period), "customers": cell.customers, "share": cell.share}
                for cell in cohort.cells
            ],
        }
        for cohort in found.cohorts
    ]


def _span(period: Period) -> Json:
    return {"start": str(period.start), "end": str(period.end), "partial": period.is_partial}


def _forecast(shared: Shared) -> Json:
    """The months ahead; `reason`: why there are none."""
    found = outlook(shared.company, as_of=shared.as_of)
    said = found.forecast
    return {
        "currency": found.currency,
        "reason": said.reason,
        "base": str(said.base.start),
        "mrr": str(said.mrr),
        "months": [
            {
                "start": str(one.period.start),
                "value": str(one.value),
                "low": str(one.low),
                "high": str(one.high),
            }
            for one in said.months
        ],
        "past": [{"start": str(one.period.start), "mrr": str(one.mrr)} for one in found.past[-12:]],
    }


def _health(shared: Shared) -> Json:
    """Customers and MRR by band, and of whom little is known, today; `mrr` None where it cannot be
    added up."""
    this = latest(Grain.MONTH, 1, as_of=shared.as_of)

    def by(weight: str) -> tuple[Series, Value]:
        found = series(
            metric("health_score"),
            this,
            company=shared.company,
            as_of=shared.as_of,
            options={"weight": weight},
            shared=shared,
        )
        return found, found.totals[0]

    (_, heads), (found, money) = by("customer"), by("mrr")

    def told(part: str) -> Json:
        amount = str(money.parts.get(part, Decimal(0))) if money.parts else None
        return {"customers": int(heads.parts.get(part, 0)), "mrr": amount}

    return {
        "currency": found.currency,
        "reason": None if heads.value is not None else heads.reason,
        "score": None if heads.value is None else float(heads.value),
        "weighted": None if money.value is None else float(money.value),
        "bands": [{"band": name, **told(name)} for name in (*BANDS, "not_scored")],
        "little_known": told(LITTLE_KNOWN),
    }


def _warnings(shared: Shared) -> list[Json]:
    found = warnings(company=shared.company, as_of=shared.as_of, shared=shared)
    return [asdict(one) for one in found]


PANELS: dict[str, Callable[[Shared], Any]] = {
    "cohorts": _cohorts,
    "forecast": _forecast,
    "health": _health,
    "warnings": _warnings,
}
