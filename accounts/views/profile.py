"""What a user may change about themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.people import PROFILE, change_profile
from accounts.forms import ProfileForm
from accounts.languages import speaking_to
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of


@requires(Permission.VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    initial = {field: getattr(user, field) for field in PROFILE}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_profile(user=user, values=form.cleaned_data)
        with speaking_to(user, company_of(request)):
            messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    status = 422 if form.errors else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)
