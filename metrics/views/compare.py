"""A metric as other tools count it, beside the company's own number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from metrics.comparing import compare
from metrics.definition import Metric
from metrics.freshness import freshness
from metrics.pickers import PRESETS, one_period, said_pairs
from metrics.views.finding import of_metric


@requires(Permission.VIEW)
@require_safe
@of_metric
def presets(request: HttpRequest, metric: Metric) -> HttpResponse:
    company = company_of(request)
    as_of = company.today()
    chosen = one_period(request.GET.dict(), company=company, as_of=as_of, usual="last_month")
    compared = compare(metric, chosen.period, company=company, as_of=as_of)
    context = {
        "metric": metric,
        "chosen": chosen,
        "presets": said_pairs(PRESETS),
        "problems": [chosen.problem] if chosen.problem else [],
        "series": compared.own,
        "value": compared.own.totals[0],
        "comparisons": compared.comparisons,
        "as_of": as_of,
        "freshness": freshness(),
    }
    return render(request, "metrics/presets.html", context, status=400 if chosen.problem else 200)
