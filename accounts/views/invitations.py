"""Joining by the link of an invitation mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actions import invitations
from accounts.actions.refusals import Refused
from accounts.forms import AcceptInvitationForm
from accounts.models import User, UserInvitation
from accounts.permissions import open_to_all
from accounts.views.requests import company_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@open_to_all("the link's secret is the permission: whoever is invited has no user yet")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the form and changes nothing; POST makes the user and signs them in."""
    invitation = invitations.find_invitation(token)
    if invitation is None:
        return render(request, "accounts/invitation_unusable.html", status=404)
    if not invitation.is_usable:
        return _unusable(request, invitation)
    form = AcceptInvitationForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept_invitation(
                invitation=invitation,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
            )
        except Refused:
            invitation.refresh_from_db()
            return _unusable(request, invitation)
        login(request, user, backend=BACKEND)
        company = company_of(request)
        messages.success(request, _("Welcome to {company}.").format(company=company.name))
        return redirect("/")
    context = {"form": form, "invitation": invitation}
    status = 422 if form.errors else 200
    return render(request, "accounts/accept_invitation.html", context, status=status)


def _unusable(request: HttpRequest, invitation: UserInvitation) -> HttpResponse:
    """Why the link no longer works, and what to do; 410 as it did once."""
    known = User.objects.filter(email=invitation.email).first()
    context = {
        "invitation": invitation,
        "has_user": known is not None and known.is_active,
        "is_deactivated": known is not None and not known.is_active,
    }
    return render(request, "accounts/invitation_unusable.html", context, status=410)
