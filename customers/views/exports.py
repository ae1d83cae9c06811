"""Exports: every kind of fact as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import audit
from accounts.models import User
from accounts.permissions import Permission, requires
from customers.exports import csv_text, exported_kinds
from customers.fact_rows import listed_kinds
from customers.imports.fields import Kind
from tenants.context import current_company


@requires(Permission.WORK)
@require_safe
def export_list(request: HttpRequest) -> HttpResponse:
    """What can be had as a file."""
    context = {
        "kinds": exported_kinds(),
        "listed": {kind.key for kind in listed_kinds()},
        "nav_current": "imports",
        "breadcrumbs": [
            {"label": "Imports", "href": reverse("customers:import_list")},
            {"label": "Exports"},
        ],
    }
    return render(request, "customers/exports/list.html", context)


@requires(Permission.WORK)
@require_POST
def export_file(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """The file, streamed. Who took it is kept in the audit: it may hold all people's addresses."""
    found = next((one for one in exported_kinds() if one.key == kind), None)
    if found is None:
        raise Http404
    assert isinstance(request.user, User)
    company = current_company()
    audit.record(by=request.user, action="export.taken", subject=found.key)
    response = StreamingHttpResponse(_for_a_spreadsheet(found))
    response["Content-Type"] = "text/csv; charset=utf-8"
    name = f"{company.slug}-{found.key}-{company.today()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _for_a_spreadsheet(kind: Kind) -> Iterator[str]:
    yield "\ufeff"  # Excel takes a file for UTF-8 only with a mark
    yield from csv_text(kind)
