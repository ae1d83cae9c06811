"""One customer's health: its score, where it comes from, what moved it, and its course."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from customers.models import Customer
from customers.one import LIST, head_of
from metrics.charts.health import history
from metrics.freshness import freshness
from metrics.health.history import band_changes
from metrics.health.reading import TAKEN, Asked, CustomerHealth, asked_of, read
from metrics.health.recipe import AMBER_FROM, GREEN_FROM
from metrics.health.waterfall import costliest, shifts_of, steps_of
from metrics.periods import DAY, PeriodError
from metrics.query import unknown

BACK = (
    (gettext_noop("a week before"), 7),
    (gettext_noop("30 days before"), 30),
    (gettext_noop("90 days before"), 90),
)
MOST_SPANS = 60


@requires(Permission.VIEW)
@require_safe
def customer_health(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The score `?on=` a day, compared with that `?from=` another."""
    company = company_of(request)
    customer = get_object_or_404(Customer, pk=customer_id)
    params = request.GET.dict()
    params.pop(LIST, None)
    problem = unknown(params, TAKEN)
    problems = [problem] if problem else []
    try:
        asked = asked_of(params, company.today())
    except PeriodError as error:
        problems.append(str(error))
        asked = Asked(company.today())
    found = read(customer, asked, company=company)
    context = {
        "found": found,
        "problems": problems,
        "freshness": freshness(),
        **head_of(customer, current="health", today=company.today(), request=request),
        "api_url": request.build_absolute_uri(
            reverse("api:customer_health", args=[customer.external_id])
        ),
        **_score(found),
        **_course(found),
    }
    return render(request, "metrics/customer_health.html", context, status=400 if problems else 200)


def _score(found: CustomerHealth) -> dict[str, Any]:
    if found.explained is None:
        return {}
    steps = steps_of(found.explained)
    context: dict[str, Any] = {
        "explained": found.explained,
        "steps": steps,
        "costliest": costliest(steps),
        "left_out": sum(step.is_left_out for step in steps),
        "backs": [{"label": _(label), "day": found.asked.on - days * DAY} for label, days in BACK],
    }
    if found.between is not None:
        context |= {"between": found.between, "shifts": shifts_of(found.between)}
    return context


def _course(found: CustomerHealth) -> dict[str, Any]:
    if not found.spans:
        return {"spans": []}
    recipe = found.explained.recipe if found.explained else None
    return {
        "spans": list(reversed(found.spans))[:MOST_SPANS],
        "is_cut": len(found.spans) > MOST_SPANS,
        "changes": list(reversed(band_changes(found.spans))),
        "spec": history(
            found.spans,
            today=found.today,
            green_from=recipe.green_from if recipe else GREEN_FROM,
            amber_from=recipe.amber_from if recipe else AMBER_FROM,
        ),
    }
