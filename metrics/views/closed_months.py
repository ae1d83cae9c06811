"""Settings > Metrics > Closed months."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from metrics.actions.closing import closable_months, close_month, reopen_month
from metrics.models import ClosedMonth
from metrics.stored.splits import kept_splits
from metrics.wording import whole_month


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def closed_months(request: HttpRequest) -> HttpResponse:
    """Which are closed, which were, and closing another."""
    if request.method != "POST":
        return _page(request)
    try:
        month = close_month(
            start=_month(request.POST.get("start", "")),
            note=request.POST.get("note", "")[:500],
            by=user_of(request),
        )
    except ValidationError as error:
        return _page(request, problem=" ".join(error.messages))
    messages.success(
        request,
        _("{month} is closed; what it was then stays shown.").format(
            month=whole_month(month.start)
        ),
    )
    return redirect("metrics:closed_months")


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValidationError({"start": _("Choose a month.")}) from None


@requires(Permission.ADMINISTER)
@require_POST
def reopening(request: HttpRequest, month_id: int) -> HttpResponse:
    month = get_object_or_404(ClosedMonth, pk=month_id)
    try:
        reopen_month(month=month, because=request.POST.get("reason", "")[:500], by=user_of(request))
    except ValidationError as error:
        return _page(request, problem=" ".join(error.messages))
    words = _("{month} is open again.")
    messages.success(request, words.format(month=whole_month(month.start)))
    return redirect("metrics:closed_months")


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    rows = ClosedMonth.objects.order_by("-start", "-closed_at")
    context = {
        "nav_current": "settings",
        "settings_tab": "metrics",
        "months": [row for row in rows if row.reopened_at is None],
        "reopened": [row for row in rows if row.reopened_at is not None],
        "closable": closable_months(),
        "splits": kept_splits(),
        "problem": problem,
        "chosen": request.POST.get("start", ""),
        "note": request.POST.get("note", ""),
        "as_of": company_of(request).today(),
    }
    return render(request, "metrics/closed_months.html", context, status=422 if problem else 200)
