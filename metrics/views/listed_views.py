"""The saved views of a list page: offered, saved and removed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.views.requests import user_of
from metrics.actions import saved_views
from metrics.models import ListPage

HOMES = {ListPage.CUSTOMERS: "customers:list", ListPage.HEALTH: "metrics:health"}


def offered(user: User, page: ListPage, query: str) -> list[dict[str, Any]]:
    """The user's own and those that are shared; `query` is what is shown now. One query."""
    return [
        {"view": view, "is_own": view.owner_id == user.pk, "is_current": view.query == query}
        for view in saved_views.views_of(user, page)
    ]


def save(request: HttpRequest, page: ListPage, *, query: str, shown: str) -> HttpResponse:
    """Keeps `query` under the name of the form; `shown` is what the list showed."""
    try:
        view = saved_views.save_view(
            by=user_of(request),
            page=page,
            name=request.POST.get("name", ""),
            query=query,
            is_shared=request.POST.get("is_shared") == "on",
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return to_list(page, shown)
    messages.success(request, _("View “{name}” saved.").format(name=view.name))
    return to_list(page, view.query)


def remove(request: HttpRequest, page: ListPage, view_id: int) -> HttpResponse:
    """One's own; an admin's of everybody."""
    user = user_of(request)
    view = get_object_or_404(saved_views.views_of(user, page), pk=view_id)
    if not saved_views.may_remove(view, user):
        messages.error(request, _("Only who saved a shared view, or an admin, can remove it."))
        return to_list(page, view.query)
    saved_views.remove_view(view=view, by=user)
    messages.success(request, _("View “{name}” removed.").format(name=view.name))
    return to_list(page)


def to_list(page: ListPage, query: str = "") -> HttpResponseRedirect:
    home = reverse(HOMES[page])
    return HttpResponseRedirect(f"{home}?{query}" if query else home)
