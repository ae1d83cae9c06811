"""API keys: made here, shown once, revoked here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import keys
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def api_keys(request: HttpRequest) -> HttpResponse:
    """The list. A POST makes a key and answers with it: it is stored nowhere to redirect to."""
    form = ApiKeyForm(request.POST or None)
    new_key, secret = None, ""
    if request.method == "POST" and form.is_valid():
        new_key, secret = keys.create_api_key(
            name=form.cleaned_data["name"], scopes=form.scopes, by=user_of(request)
        )
        form = ApiKeyForm()
    context = {
        "nav_current": "settings",
        "settings_tab": "keys",
        "form": form,
        "keys": ApiKey.objects.select_related("created_by"),
        "new_key": new_key,
        "secret": secret,
    }
    status = 201 if new_key else 422 if form.errors else 200
    return render(request, "accounts/api_keys.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_id)
    keys.revoke_api_key(key=key, by=user_of(request))
    messages.success(request, _("The key “{name}” no longer works.").format(name=key.name))
    return redirect("accounts:api_keys")
