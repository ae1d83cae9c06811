"""The suppression list: who gets no survey, known by the hash of the address only."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from surveys.actions.suppressions import CONFIRMATION, WISHED, find, suppress, take_off
from surveys.models import Suppression
from surveys.views.paging import summary_of

PAGE = 50


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def suppressions(request: HttpRequest) -> HttpResponse:
    """Counts, the newest rows, and one address looked up: by POST, so that it is in no log."""
    email = request.POST.get("email", "").strip()[:254]
    problem, found = "", None
    if request.method == "POST":
        try:
            found = find(email=email)
        except Refused as refusal:
            problem = refusal.message
    page = Paginator(
        Suppression.objects.select_related("campaign").order_by("-created_at", "-pk"), PAGE
    ).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "counts": counts(),
        "page": page,
        "page_summary": summary_of(page),
        "email": email,
        "problem": problem,
        "is_looked_up": request.method == "POST" and not problem,
        "found": found,
        "needs_word": found is not None and found.reason in WISHED,
        "is_erased": found is not None and found.reason == Suppression.Reason.ERASED,
        "confirmation": _(CONFIRMATION),
    }
    status = 422 if problem else 200
    return render(request, "surveys/suppressions.html", context, status=status)


def counts() -> list[tuple[str, int]]:
    """(reason in words, how many), in the reasons' order."""
    rows = Suppression.objects.order_by().values_list("reason").annotate(Count("pk"))
    found: dict[str, int] = dict(rows)
    return [(str(label), found.get(value, 0)) for value, label in Suppression.Reason.choices]


@requires(Permission.WORK)
@require_POST
def suppression_add(request: HttpRequest) -> HttpResponse:
    try:
        _row, is_new = suppress(email=request.POST.get("email", ""), by=user_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        words = (
            _("The address gets no surveys any more.")
            if is_new
            else _("It was on the list already.")
        )
        messages.success(request, words)
    return redirect("surveys:suppressions")


@requires(Permission.WORK)
@require_POST
def suppression_remove(request: HttpRequest, suppression_id: int) -> HttpResponse:
    row = get_object_or_404(Suppression, pk=suppression_id)
    try:
        take_off(
            suppression=row,
            confirmation=request.POST.get("confirmation", ""),
            by=user_of(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Surveys may go to the address again."))
    return redirect("surveys:suppressions")
