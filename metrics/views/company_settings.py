"""Settings > Metrics: what the company says about its metrics."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS as NAMES
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from metrics.actions.settings import FIELDS, change_metric_settings
from metrics.models import MetricSettings
from metrics.models.settings import WEEKDAYS

DAYS = [(day, NAMES[number]) for number, day in enumerate(WEEKDAYS)]
TIMES = ("business_from", "business_until", "nightly_at")


class DaysField(forms.MultipleChoiceField):
    """Days of the week to tick, held as MetricSettings holds them: with spaces between."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        return " ".join(day for day in WEEKDAYS if day in chosen)


class MetricSettingsForm(forms.ModelForm[MetricSettings]):
    business_days = DaysField(label=gettext_lazy("Business days"), choices=DAYS)

    class Meta:
        model = MetricSettings
        fields = FIELDS
        widgets = {name: forms.TimeInput({"type": "time"}, format="%H:%M") for name in TIMES}


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def metric_settings(request: HttpRequest) -> HttpResponse:
    form = MetricSettingsForm(request.POST or None, instance=MetricSettings.held())
    if request.method == "POST" and form.is_valid():
        changed = change_metric_settings(values=form.cleaned_data, by=user_of(request))
        messages.success(request, _("Settings saved.") if changed else _("Nothing was changed."))
        return redirect("metrics:settings")
    context = {"nav_current": "settings", "settings_tab": "metrics", "form": form}
    status = 422 if form.errors else 200
    return render(request, "metrics/settings.html", context, status=status)
