"""How fresh each metric is."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from metrics.actions.ledger import stop_keeping
from metrics.models import StoredSplit
from metrics.stored.report import report


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """By metric: as of when, last computed, and what waits. Errors of jobs are for admins."""
    company = company_of(request)
    context = {
        "report": report(company),
        "as_of": company.today(),
        "may_administer": has_permission(request.user, Permission.ADMINISTER),
        "zone": company.timezone,
    }
    return render(request, "metrics/freshness.html", context)


@requires(Permission.ADMINISTER)
@require_POST
def split_removal(request: HttpRequest, split_id: int) -> HttpResponse:
    split = get_object_or_404(StoredSplit, pk=split_id)
    stop_keeping(split=split, by=user_of(request))
    words = _("Segments by {split} are kept no longer, until somebody asks for them.")
    messages.success(request, words.format(split=split.by))
    return redirect("metrics:freshness")
