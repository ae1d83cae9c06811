"""One field that finds customers, contacts, surveys, metrics and pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from accounts.search import search, words_of
from accounts.views.requests import user_of

TARGET = "palette-results"


@requires(Permission.VIEW)
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """The page, or what the palette shows below its field."""
    words = words_of(request.GET.get("q", ""))
    groups = search(words, user_of(request))
    context = {"words": words, "groups": groups, "nav_current": "search"}  # in no section
    is_palette = request.headers.get("HX-Target") == TARGET
    return render(
        request, "accounts/_search_results.html" if is_palette else "accounts/search.html", context
    )
