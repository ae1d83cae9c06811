"""The first page: how the company is doing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from customers.owners import choices, owned_of
from metrics.charts.notes import annotations_of, notes_in
from metrics.contributions.flows import MRR_PARTS
from metrics.estimates import Number
from metrics.first_run import first_run
from metrics.freshness import freshness
from metrics.models import Annotation, Movement
from metrics.overview import Overview, overview, owner_of
from metrics.periods import Grain, Period
from metrics.pickers import PRESETS, one_period, said_pairs
from metrics.remembered import remembered
from metrics.series import Closed
from metrics.shared import Shared
from metrics.words import said

LISTED = 5
COUNTING = "counting"
"""What of the page without figures yet asks again until they are there."""
NAMES = "SELECT id, name FROM customers_customer WHERE id = ANY(%s)"
MOVED = ("customer_id", "kind", "day", "amount", "currency")


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A month of the movements' table. `closed`: its net when the month was closed."""

    period: Period
    opening: Decimal | None
    amounts: tuple[Decimal | None, ...]
    closing: Decimal | None
    net: Number | None
    closed: Closed | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A customer that came or went."""

    customer_id: int
    name: str
    kind: str
    day: dt.date
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest of those who came, or went. `all_href`: where all are, with every movement."""

    movements: tuple[Moved, ...]
    has_more: bool
    all_href: str


@requires(Permission.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """The company's figures, or those of an owner's customers."""
    company = company_of(request)
    as_of = company.today()
    steps = first_run()
    if not steps.has_figures:
        return render(request, "metrics/welcome.html", {"first_run": steps, "as_of": as_of})
    asks_again = request.headers.get("HX-Target") == COUNTING
    if steps.is_counting:
        if asks_again:
            return HttpResponse(status=204)
        return render(request, "metrics/counting.html", {"first_run": steps, "id": COUNTING})
    if asks_again:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    owned = owner_of(request.GET.dict(), owned_of(request.GET, user_of(request)))
    # Values of full months are kept by owner too; an unfinished one's have nothing to compare with.
    usual = "month" if owned.is_all else "last_month"
    chosen = one_period(request.GET.dict(), company=company, as_of=as_of, usual=usual)
    found = overview(chosen, owned=owned, shared=Shared(company, as_of))
    months = [value.period for value in found.movements.totals]
    noted = list(annotations_of("mrr_movements", months[0].start, months[-1].end))
    context = {
        "found": found,
        "wide": found.company_wide,
        "as_of": as_of,
        "freshness": freshness(),
        "first_run": steps,
        "chosen": chosen,
        "hidden": [*chosen.shown, *([] if owned.is_all else [("owner", owned.choice)])],
        "problems": [chosen.problem] if chosen.problem else [],
        "presets": said_pairs(PRESETS),
        "owned": owned,
        "owner_choices": choices(owned),
        "annotations": noted,
        "may_edit": has_permission(request.user, Permission.WORK),
        **(_came_and_went(chosen.period) if owned.is_all else {}),
        **_movements(found, noted),
    }
    return render(request, "metrics/overview.html", context, status=400 if chosen.problem else 200)


def _movements(found: Overview, noted: list[Annotation]) -> dict[str, Any]:
    """The chart of twelve months up to the period, and the same as a table."""
    from metrics.charts import specs  # Altair takes a second to import

    values = found.movements.of(found.owner or None)
    used = [
        (kind, part)
        for kind, part in MRR_PARTS.items()
        if any(value.parts.get(part) for value in values)
    ]
    if not used:
        return {"movement_reason": values[0].why if values else None}
    notes = notes_in(noted, [value.period for value in values])
    return {
        "movement_kinds": [part for _, part in used],
        "movement_rows": tuple(
            MovementRow(
                period=value.period,
                opening=value.parts.get("opening"),
                amounts=tuple(value.parts.get(part) for _, part in used),
                closing=value.parts.get("closing"),
                net=value.value,
                closed=value.closed,
            )
            for value in reversed(values)
        ),
        "movement_spec": specs.movements(values, grain=Grain.MONTH, notes=notes),
        "movement_legend": [{"label": said(part.title()), "series": kind} for kind, part in used],
    }


def _came_and_went(period: Period) -> dict[str, Largest]:
    """Who came (`gained`) and who went (`lost`). Two queries, once they were found among all of
    the ledger's."""
    within = Movement.objects.within(period)
    listed = remembered(
        "came and went",
        lambda: {
            which: list(moved.largest().values(*MOVED)[: LISTED + 1])
            for which, moved in (("gained", within.gained()), ("lost", within.lost()))
        },
        period.start,
        period.end,
    )
    every = {one["customer_id"] for one in chain.from_iterable(listed.values())}
    with connection.cursor() as cursor:
        cursor.execute(NAMES, [list(every)])
        names: dict[int, str] = dict(cursor.fetchall())
    dates = urlencode({"start": period.start, "end": period.end})
    return {
        which: Largest(
            tuple(
                Moved(name=names[one["customer_id"]], **one)
                for one in moved[:LISTED]
                if one["customer_id"] in names
            ),
            has_more=len(moved) > LISTED,
            all_href=f"{reverse('metrics:explain', args=['mrr_movements'])}?{dates}",
        )
        for which, moved in listed.items()
    }
