"""Cohorts as heat maps, and who is behind one of their cells."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from customers.models import Customer
from metrics.cohorts import GRAINS, Cell, Cohort, Start, cohorts, members
from metrics.currency import figures_currency
from metrics.freshness import freshness
from metrics.periods import Grain, Period, PeriodError, advance, as_of_day, latest
from metrics.pickers import GRAINS as NAMED
from metrics.pickers import SPANS, read_day, said_pairs
from metrics.query import unknown

SPAN_CHOICES = [pair for pair in SPANS if pair[0].isdecimal()]
SHOWN = [("customers", gettext_noop("Customers")), ("mrr", gettext_noop("MRR"))]
STARTS = [
    (Start.FIRST_PAYMENT, gettext_noop("First payment")),
    (Start.SIGN_UP, gettext_noop("Sign-up")),
]
STEPS = 10
PAGE = 100


TAKEN: dict[str, list[str]] = {
    "show": [value for value, _ in SHOWN],
    "grain": [grain.value for grain in GRAINS],
    "start": [start.value for start in Start],
    "span": [value for value, _ in SPAN_CHOICES],
}
"""What the page takes; the first is what it shows when nothing, or something else, is asked."""


def _chosen(request: HttpRequest, name: str) -> str:
    text = request.GET.get(name, "")
    return text if text in TAKEN[name] else TAKEN[name][0]


def _problems(request: HttpRequest) -> list[str]:
    """What was asked for and cannot be."""
    problem = unknown(request.GET.dict(), list(TAKEN))
    found = [problem] if problem else []
    words = _("{name} must be one of {allowed}; got {given}.")
    return found + [
        words.format(name=name, allowed=", ".join(allowed), given=request.GET[name][:100])
        for name, allowed in TAKEN.items()
        if request.GET.get(name, "") not in ("", *allowed)
    ]


@requires(Permission.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """Who began when, and how many of them, or how much of their MRR, there are since."""
    company = company_of(request)
    as_of, grain = company.today(), Grain(_chosen(request, "grain"))
    start, span = Start(_chosen(request, "start")), _chosen(request, "span")
    shown, problems = _chosen(request, "show"), _problems(request)
    cut = latest(grain, int(span), as_of=as_of, week_start=company.week_start)
    found = cohorts(cut, company=company, grain=grain, start=start)
    asked = {"start": cut[0].start, "end": advance(cut[-1].start, grain), "grain": grain}
    table = reverse("api:cohorts_table", args=["csv"])
    context = {
        "found": found,
        "problems": problems,
        "csv_href": f"{table}?{urlencode({**asked, 'begins': start})}",
        "rows": [
            _row(cohort, is_money=shown == "mrr", minimum=company.minimum_n)
            for cohort in found.cohorts
        ],
        "numbers": range(found.longest),
        "grain": grain,
        "grains": [(value, label) for value, label in said_pairs(NAMED) if value in TAKEN["grain"]],
        "span": span,
        "spans": said_pairs(SPAN_CHOICES),
        "shown": shown,
        "shown_choices": said_pairs(SHOWN),
        "start": start.value,
        "starts": [(one.value, _(label)) for one, label in STARTS],
        "as_of": as_of,
        "freshness": freshness(),
    }
    return render(request, "metrics/cohorts.html", context, status=400 if problems else 200)


def _row(cohort: Cohort, *, is_money: bool, minimum: int) -> dict[str, Any]:
    return {
        "cohort": cohort,
        "is_small": cohort.size < minimum,
        "cells": [_cell(cell, is_money=is_money) for cell in cohort.cells],
    }


def _cell(cell: Cell, *, is_money: bool) -> dict[str, Any]:
    """`heat`: 0 to 10, or more than all as 11; for the ground it stands on."""
    share = cell.mrr_share if is_money else cell.share
    heat = 0 if share is None else min(round(share * STEPS), STEPS + 1)
    return {"cell": cell, "share": share, "heat": heat}


@requires(Permission.VIEW)
def who(request: HttpRequest) -> HttpResponse:
    """The customers of a cohort, with what each began with and what it pays at a close."""
    company = company_of(request)
    as_of, start = company.today(), Start(_chosen(request, "start"))
    cohort, at = _span(request, "cohort"), _span(request, "at")
    is_unknown = request.GET.get("start", "") not in ("", *Start)
    if cohort is None or at is None or is_unknown:
        problem = _("Say which cohort and which period, each as first and last day.")
        if is_unknown:
            problem = _("{name} must be one of {allowed}.").format(
                name="start", allowed=", ".join(Start)
            )
        return render(request, "metrics/cohort.html", {"problem": problem}, status=400)
    after = request.GET.get("after", "")
    first = int(after) if after.isdecimal() and len(after) < 19 else 0
    at = as_of_day(at, as_of)
    found = members(cohort, at, company=company, start=start, after=first, limit=PAGE + 1)
    more = found[PAGE - 1].customer_id if len(found) > PAGE else None
    customers = Customer.objects.in_bulk([one.customer_id for one in found[:PAGE]])
    query = request.GET.copy()
    if more is not None:
        query["after"] = str(more)
    context = {
        "cohort": cohort,
        "at": at,
        "start": start.value,
        "rows": [(customers[one.customer_id], one) for one in found[:PAGE]],
        "currency": figures_currency(company),
        "next_href": f"?{query.urlencode()}" if more is not None else "",
        "as_of": as_of,
    }
    return render(request, "metrics/cohort.html", context)


def _span(request: HttpRequest, name: str) -> Period | None:
    """`name`=2026-01-01/2026-02-01: its first day, and the first after."""
    first, _, last = request.GET.get(name, "").partition("/")
    start, end = read_day(first), read_day(last)
    try:
        return Period(start, end) if start and end else None
    except PeriodError:
        return None
