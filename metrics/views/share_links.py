"""Making and revoking links that show figures to outsiders."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from metrics.actions.share_links import change_report_settings, make_link, revoke_link
from metrics.models import BoardReport, ShareLink
from metrics.report_forms import ShareLinkForm
from metrics.reports.sharing import about, may_share
from tenants.links import company_url


@requires(Permission.WORK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share_link_new(request: HttpRequest) -> HttpResponse:
    """Choose what is shown and for how long; the address is shown once."""
    user = user_of(request)
    if not may_share(user):
        raise PermissionDenied(_("Your role may not make links that show figures to outsiders."))
    if request.method != "POST":
        return _form(request, ShareLinkForm(initial=_initial(request)))
    form = ShareLinkForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    values = form.cleaned_data
    try:
        link, token = make_link(
            name=values["name"],
            what=values["what"],
            days=values["days"],
            selection={name: values[name] for name in ("metric", "grain", "span", "by")},
            report=BoardReport.objects.defer("file").filter(pk=values["report"] or 0).first(),
            by=user,
        )
    except Refused as refusal:
        form.add_error(_field(refusal.code), refusal.message)
        return _form(request, form, status=422)
    path = reverse("metrics:shared", args=[token])
    context = {
        "link": link,
        "about": about(link),
        "address": company_url(company_of(request), path),
        "nav_current": "reports",
    }
    return render(request, "metrics/reports/share_link_made.html", context)


def _initial(request: HttpRequest) -> dict[str, Any]:
    return {name: request.GET[name] for name in ("what", "metric", "report") if name in request.GET}


def _field(code: str) -> str | None:
    name = code.removeprefix("invalid_")
    return name if name in ShareLinkForm.base_fields else None


def _form(request: HttpRequest, form: ShareLinkForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "nav_current": "reports"}
    return render(request, "metrics/reports/share_link_new.html", context, status=status)


@requires(Permission.WORK)
@require_POST
def share_link_revocation(request: HttpRequest, link_id: int) -> HttpResponse:
    link = get_object_or_404(ShareLink, pk=link_id)
    revoke_link(link=link, by=user_of(request))
    messages.success(request, _("“{name}” shows nothing any more.").format(name=link.name))
    return redirect("metrics:reports")


@requires(Permission.ADMINISTER)
@require_POST
def report_settings(request: HttpRequest) -> HttpResponse:
    """Whether managers, too, may make links."""
    held = change_report_settings(
        managers_may_share=request.POST.get("managers_may_share") == "on", by=user_of(request)
    )
    told = (
        _("Managers may now make links.")
        if held.managers_may_share
        else _("Managers may not make links.")
    )
    messages.success(request, told)
    return redirect("metrics:reports")
