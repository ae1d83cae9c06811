"""The first page: how the company is doing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from customers.models import Contact, Customer, Term
from metrics import figures
from metrics.contributions.flows import MRR_PARTS
from metrics.freshness import freshness
from metrics.models import Goal, Movement
from metrics.periods import Grain, Period
from metrics.pickers import PRESETS, one_period
from metrics.progress import progress_of
from metrics.registry import metric
from metrics.shared import Shared
from metrics.values import series
from metrics.warning_rules import warnings
from surveys.models import Campaign

KEYS = (
    "mrr",
    "customers",
    "customer_churn_rate",
    "gross_revenue_churn_rate",
    "net_revenue_retention",
    "arpa",
    "quick_ratio",
    "nps",
)
LISTED = 8


@requires(Permission.VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    as_of = company.today()
    steps = first_steps()
    if not any(step["is_done"] for step in steps):
        return render(request, "metrics/welcome.html", {"steps": steps, "as_of": as_of})
    chosen = one_period(request.GET.dict(), company=company, as_of=as_of)
    shared = Shared(company, as_of)
    context = {
        "as_of": as_of,
        "freshness": freshness(),
        "steps": [step for step in steps if not step["is_done"]],
        "chosen": chosen,
        "problems": [chosen.problem] if chosen.problem else [],
        "presets": PRESETS,
        "figures": [figures.figure(key, chosen, shared=shared) for key in KEYS],
        "warnings": warnings(company=company, as_of=as_of, shared=shared),
        "goals": progress_of(Goal.objects.filter(due_on__gte=as_of), company=company, as_of=as_of),
        "gained": _listed(chosen.period, is_gain=True),
        "lost": _listed(chosen.period, is_gain=False),
        **_movements(chosen.period, shared=shared),
    }
    return render(request, "metrics/overview.html", context, status=400 if chosen.problem else 200)


def first_steps() -> list[dict[str, Any]]:
    """What a new company does, in order, and what of it is done."""
    return [
        {
            "title": "Import your customers",
            "text": "A CSV file with a row for each: a number, a name, and whatever else you know.",
            "href": reverse("customers:import_new"),
            "label": "Import customers",
            "is_done": Customer.objects.exists(),
        },
        {
            "title": "Import their subscriptions",
            "text": "What each pays, from when to when. MRR, churn and retention come from it.",
            "href": reverse("customers:import_new"),
            "label": "Import subscriptions",
            "is_done": Term.objects.exists(),
        },
        {
            "title": "Ask your customers",
            "text": "An NPS survey by e-mail to the contacts you choose."
            if Contact.objects.exists()
            else "An NPS survey by e-mail; it needs contacts with addresses.",
            "href": reverse("surveys:campaign_new"),
            "label": "Start a survey",
            "is_done": Campaign.objects.exists(),
        },
    ]


def _movements(period: Period, *, shared: Shared) -> dict[str, Any]:
    """The chart of twelve months up to the period, and the same as a table."""
    from metrics.charts import specs  # Altair takes a second to import

    months = figures.trend_months(period)
    found = series(
        metric("mrr_movements"),
        months,
        company=shared.company,
        as_of=shared.as_of,
        shared=shared,
    )
    used = [
        (kind, part)
        for kind, part in MRR_PARTS.items()
        if any(value.parts.get(part) for value in found.totals)
    ]
    return {
        "movements": found,
        "movement_kinds": [part for _, part in used],
        "movement_rows": [
            {
                "period": value.period,
                "opening": value.parts.get("opening"),
                "amounts": [value.parts.get(part) for _, part in used],
                "closing": value.parts.get("closing"),
            }
            for value in reversed(found.totals)
        ],
        "movement_spec": specs.movements(found.totals, grain=Grain.MONTH),
        "movement_legend": [{"label": part.title(), "series": kind} for kind, part in used],
    }


def _listed(period: Period, *, is_gain: bool) -> dict[str, Any]:
    """The largest of who came or went, how many there were, and where to see them all."""
    found = Movement.objects.within(period)
    found = found.gained() if is_gain else found.lost()
    dates = urlencode({"start": period.start, "end": period.end})
    return {
        "count": found.count(),
        "movements": found.largest()[:LISTED],
        "all_href": f"{reverse('metrics:explain', args=['mrr_movements'])}?{dates}",
    }
