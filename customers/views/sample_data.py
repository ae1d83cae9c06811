"""Looking around in sample data, and getting rid of them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.actions import sample_data
from customers.models import Customer, SampleData


@requires(Permission.ADMINISTER)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What sample data are, how far they are, or the question whether they shall go."""
    row = SampleData.objects.first()
    context = {"row": row, "has_customers": row is None and Customer.objects.exists()}
    return render(request, "customers/sample_data.html", context)


@requires(Permission.ADMINISTER)
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The fragment that is polled; asks for the whole page once the work is over."""
    row = SampleData.objects.first()
    if row is None or not row.is_at_work:
        then = "metrics:overview" if row else "customers:sample_data"
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(then)})
    return render(request, "customers/_sample_progress.html", {"row": row})


@requires(Permission.ADMINISTER)
@require_POST
def adding(request: HttpRequest) -> HttpResponse:
    return _asked(request, sample_data.add)


@requires(Permission.ADMINISTER)
@require_POST
def removal(request: HttpRequest) -> HttpResponse:
    return _asked(request, sample_data.remove)


def _asked(request: HttpRequest, action: Callable[..., object]) -> HttpResponse:
    """Back to the page, once `action` is queued or why it was refused is said."""
    try:
        action(by=user_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("customers:sample_data")
