"""The company's settings, and the audit trail."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.company import change_company_settings
from accounts.formatting import format_number
from accounts.forms import CompanySettingsForm
from accounts.languages import speaking_to
from accounts.models import AuditEntry
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of

AUDIT_PAGE = 50


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def company_settings(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    # A row of its own: a form writes into its instance even when it is not valid.
    form = CompanySettingsForm(
        request.POST or None, instance=type(company).objects.get(pk=company.pk)
    )
    if request.method == "POST" and form.is_valid():
        changed = change_company_settings(
            company=company, values=form.cleaned_data, by=user_of(request)
        )
        with speaking_to(user_of(request), company):  # perhaps another language from now on
            messages.success(
                request, _("Settings saved.") if changed else _("Nothing was changed.")
            )
        return redirect("accounts:settings")
    context = {"nav_current": "settings", "settings_tab": "company", "form": form}
    status = 422 if form.errors else 200
    return render(request, "accounts/settings.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_safe
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Newest first. Costs three queries."""
    entries = AuditEntry.objects.select_related("actor")
    page = Paginator(entries, AUDIT_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav_current": "settings",
        "settings_tab": "audit",
        "page": page,
        "page_summary": _("{first} to {last} of {count}").format(
            first=format_number(page.start_index()),
            last=format_number(page.end_index()),
            count=format_number(page.paginator.count),
        ),
    }
    return render(request, "accounts/audit.html", context)
