"""A company with values kept, and facts that come late, through the ways facts come in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from customers.actions.facts import store_rows
from customers.imports.kinds import KINDS
from customers.models import Source
from metrics.actions import ledger
from metrics.periods import Grain, advance, floor
from tenants.models import Company

NAMES = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")


def month(company: Company, ago: int) -> dt.date:
    """The first of the month so many months ago."""
    return advance(floor(company.today(), Grain.MONTH), Grain.MONTH, -ago)


def source(label: str = "late.csv") -> Source:
    return Source.objects.create(kind=Source.Kind.IMPORT, label=label, reference_id=None)


def tell(kind: str, *rows: dict[str, Any], by: Source | None = None) -> None:
    """Store rows; each must be new or another."""
    results = store_rows(kind=KINDS[kind], rows=rows, source=by or source())
    assert {result.outcome for result in results} <= {"created", "updated"}, results


def subscription(name: str, start: dt.date, **more: Any) -> dict[str, Any]:
    return {
        "customer": name.lower(),
        "external_id": f"sub-{name.lower()}",
        "product": "Suite",
        "plan": "Basic",
        "amount": "100",
        "interval": "month",
        "currency": "USD",
        "started_on": str(start),
        **more,
    }


def kept(company: Company) -> dt.date:
    """Five customers that pay 100 a month since a year, two of them in the north; values kept.
    Returns the first day."""
    start = month(company, 12)
    first = source("first.csv")
    for number, name in enumerate(NAMES):
        region = "north" if number < 2 else "south"
        tell(
            "customers",
            {"external_id": name.lower(), "name": name, "attributes": {"region": region}},
            by=first,
        )
    tell("subscriptions", *(subscription(name, start) for name in NAMES), by=first)
    ledger.refresh(keeps=True)
    return start


def cancel(company: Company, *names: str, ago: int = 3) -> dt.date:
    """They left on the 10th of that month, as is told only now."""
    day = month(company, ago).replace(day=10)
    start = month(company, 12)
    tell(
        "subscriptions",
        *(subscription(name, start, ended_on=str(day)) for name in names),
        by=source("cancellations.csv"),
    )
    return day
