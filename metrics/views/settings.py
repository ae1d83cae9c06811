"""Settings > Metrics > Options: with which options the company's metrics are computed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from metrics import registry
from metrics.actions.options import set_options
from metrics.choosing import all_own_options, allowed
from metrics.options import OptionError
from metrics.presets import UnknownPresetError, of_settings, preset, presets


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def options(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    try:
        changes = set_options(wanted=_wanted(request), by=user_of(request))
    except OptionError as error:
        return _page(request, problem=str(error))
    messages.success(request, _("Settings saved.") if changes else _("Nothing was changed."))
    return redirect("metrics:options")


def _wanted(request: HttpRequest) -> dict[str, dict[str, str | None]]:
    """What the form says, by metric and option."""
    return {
        metric.key: {
            option.name: request.POST[name].strip()
            for option in metric.options
            if (name := f"{metric.key}.{option.name}") in request.POST
        }
        for metric in registry.metrics()
        if metric.options
    }


@requires(Permission.ADMINISTER)
@require_POST
def apply_preset(request: HttpRequest) -> HttpResponse:
    """Set all that a preset names."""
    try:
        chosen = preset(request.POST.get("preset", ""))
    except UnknownPresetError as error:
        return _page(request, problem=str(error))
    changes = set_options(wanted=chosen.wanted, by=user_of(request), preset=chosen.key)
    count = len(changes)
    words = ngettext(
        "{preset}: {count} option changed.", "{preset}: {count} options changed.", count
    )
    if not count:
        words = _("{preset}: nothing had to be changed.")
    messages.success(request, words.format(preset=chosen.name, count=count))
    return redirect("metrics:options")


def _page(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    own = all_own_options()
    held: dict[str, dict[str, str]] = {}
    entries: list[dict[str, Any]] = []
    for metric in registry.metrics():
        if not metric.options:
            continue
        set_here = allowed(metric, own.get(metric.key, {}))
        held[metric.key] = metric.choose(set_here)
        rows = [
            {
                "option": option,
                "name": f"{metric.key}.{option.name}",
                "value": held[metric.key][option.name],
                "is_own": option.name in set_here,
            }
            for option in metric.options
        ]
        entries.append({"metric": metric, "rows": rows})
    context = {
        "nav_current": "settings",
        "settings_tab": "metrics",
        "listed": entries,
        "presets": presets(),
        "preset": of_settings(held),
        "problem": problem,
    }
    return render(request, "metrics/options.html", context, status=422 if problem else 200)
