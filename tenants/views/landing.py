"""The first page, and finding one's company."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tenants import emails, languages, limits
from tenants.decorators import public_page
from tenants.forms import FindCompanyForm


@public_page
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "tenants/landing.html")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def find_company(request: HttpRequest) -> HttpResponse:
    """Answers every address with the same page; the mail, written later, knows more."""
    form = FindCompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        if not (
            limits.PER_NETWORK.allows(limits.network_of(request))
            and limits.FIND_PER_ADDRESS.allows(address)
        ):
            return too_many(request)
        with transaction.atomic():
            emails.queue_company_list(address, language=languages.language())
        return redirect("tenants:find_company_sent")
    status = 422 if form.errors else 200
    return render(request, "tenants/find_company.html", {"form": form}, status=status)


@public_page
@require_safe
def find_company_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "tenants/find_company_sent.html")


def too_many(request: HttpRequest) -> HttpResponse:
    """429 with when to come back."""
    response = render(request, "tenants/too_many.html", status=429)
    response["Retry-After"] = str(limits.HOUR)
    return response
