"""The list of campaigns."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from customers.models import Contact
from surveys import results
from surveys.models import Campaign
from surveys.views.paging import summary_of

PAGE = 50


@requires(Permission.VIEW)
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Newest first, each with what came of it."""
    page = Paginator(Campaign.objects.newest_first(), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    stored = results.stored_counts(shown)
    figures, asked = results.figures_of(shown, stored), results.asked_by(shown, stored)
    context = {
        "page": page,
        "page_summary": summary_of(page),
        "rows": [(one, figures[one.pk], asked.get(one.pk, 0)) for one in shown],
        "has_contacts": Contact.objects.exists(),
    }
    return render(request, "surveys/campaign_list.html", context)
