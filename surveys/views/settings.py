"""Settings > Surveys: in whose name, how often, how fast; and referral links."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from surveys import senders
from surveys.actions.rewards import change_referral_settings
from surveys.actions.senders import check_domain
from surveys.actions.settings import change_survey_settings
from surveys.forms.settings import ReferralSettingsForm, SurveySettingsForm
from surveys.models import referral_settings, survey_settings

SHARED = {"nav_current": "settings", "settings_tab": "surveys"}


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    form = SurveySettingsForm(request.POST or None, instance=survey_settings())
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_survey_settings(values=form.cleaned_data, by=user_of(request))
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(
                request, _("Settings saved.") if changed else _("Nothing was changed.")
            )
            return redirect("surveys:settings")
    context = {**SHARED, "form": form, "sender": senders.state_of(survey_settings())}
    return render(request, "surveys/settings.html", context, status=422 if form.errors else 200)


def show_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """What an action refused, at its fields; what has none there, above the form."""
    for name, problems in error.message_dict.items():
        for problem in problems:
            form.add_error(name if name in form.fields else None, problem)


@requires(Permission.ADMINISTER)
@require_POST
def sender_check(request: HttpRequest) -> HttpResponse:
    """Ask DNS now."""
    domain = senders.sender_domain(survey_settings())
    if domain is None:
        messages.error(request, _("Save a From address first."))
    elif problem := check_domain(domain=domain, by=user_of(request)).problem:
        messages.error(request, problem)
    else:
        messages.success(
            request,
            _("{domain} is verified. Mails now come from your address.").format(domain=domain),
        )
    return redirect("surveys:settings")


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def referrals(request: HttpRequest) -> HttpResponse:
    form = ReferralSettingsForm(request.POST or None, held=referral_settings())
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_referral_settings(values=form.values(), by=user_of(request))
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(
                request, _("Settings saved.") if changed else _("Nothing was changed.")
            )
            return redirect("surveys:referral_settings")
    context = {**SHARED, "form": form, "held": referral_settings()}
    status = 422 if form.errors else 200
    return render(request, "surveys/referral_settings.html", context, status=status)
