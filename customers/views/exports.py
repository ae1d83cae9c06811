"""Exports: every kind of fact as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe
from django_tenants.utils import tenant_context

from accounts.actions import audit
from accounts.models import User
from accounts.permissions import Permission, requires
from customers.exports import Tell, csv_text, exported_kinds
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
    }
    return render(request, "customers/exports/list.html", context)


@requires(Permission.WORK)
@require_POST
def export_file(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """The file, streamed. Who took it is kept in the audit, and in the end how many rows were
    given out: it may hold all people's addresses."""
    found = next((one for one in exported_kinds() if one.key == kind), None)
    if found is None:
        raise Http404
    user = request.user
    assert isinstance(user, User)
    company = current_company()

    def tell(rows: int, is_whole: bool) -> None:
        with tenant_context(company):  # who stops early closes it from anywhere
            detail = {"rows": rows, "is_whole": is_whole}
            audit.record(by=user, action="export.finished", subject=found.key, detail=detail)

    audit.record(by=user, action="export.taken", subject=found.key)
    response = StreamingHttpResponse(_for_a_spreadsheet(found, tell))
    response["Content-Type"] = "text/csv; charset=utf-8"
    name = f"{company.slug}-{found.key}-{company.today()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _for_a_spreadsheet(kind: Kind, tell: Tell) -> Iterator[str]:
    yield "\ufeff"  # Excel takes a file for UTF-8 only with a mark
    yield from csv_text(kind, tell=tell)
