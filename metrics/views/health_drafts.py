"""The draft of a health model: editing it, trying it on the customers there are, publishing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from customers.models import Customer
from metrics.actions import health_models as actions
from metrics.currency import figures_currency
from metrics.health import recipe as recipes
from metrics.health import showing, signals
from metrics.health.drawing import CHART_HEIGHT, CHART_WIDTH, bars, outline, stretches
from metrics.health.previewing import BANDS, Preview, Side, preview
from metrics.health.recipe import THRESHOLDS, RecipeError
from metrics.health.scoring import Band
from metrics.models import HealthModel
from metrics.views.health_models import in_use
from metrics.views.recipe_form import form_of, said_by
from tenants.models import Company


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def editor(request: HttpRequest, model_id: int) -> HttpResponse:
    """The draft, or what the version in force says, to begin one with. POST saves it; with
    `do=publish` it publishes it, too."""
    model = in_use(model_id)
    if request.method == "POST":
        return _take(request, model)
    held = actions.draft_of(model) or actions.latest(model)
    said = held.recipe if held else {}
    note = held.note if held and not held.number else ""
    return _page(request, model, said, note=note)


def _take(request: HttpRequest, model: HealthModel) -> HttpResponse:
    said, note, by = said_by(request.POST), request.POST.get("note", ""), user_of(request)
    published = None
    try:
        with transaction.atomic():
            actions.save_draft(model=model, said=said, note=note, by=by)
            if request.POST.get("do") == "publish":
                published = actions.publish(model=model, by=by)
    except RecipeError as error:
        return _page(request, model, said, note=note, problems=error.problems)
    except ValidationError as error:
        problem = {"": " ".join(error.messages)}
        return _page(request, model, said, note=note, problems=problem)
    if published:
        text = _("Version {number} is in force. Customers are scored by it right now.").format(
            number=published.number
        )
        messages.success(request, text)
        return redirect("metrics:health_model", model.pk)
    messages.success(request, _("Draft saved. Nobody is scored by it until it is published."))
    return redirect("metrics:health_draft", model.pk)


def _page(
    request: HttpRequest,
    model: HealthModel,
    said: dict[str, Any],
    *,
    note: str,
    problems: dict[str, str] | None = None,
) -> HttpResponse:
    company, known = company_of(request), signals.known()
    form = form_of(said, known, problems)
    context = {
        "model": model,
        "whom": showing.whom_else(model),
        "form": form,
        "note": note,
        "has_draft": actions.draft_of(model) is not None,
        "published": actions.latest(model),
        "problems": _listed(problems or {}, known),
        **_tried(model, said, company),
    }
    return render(request, "metrics/health/editor.html", context, status=422 if problems else 200)


@requires(Permission.ADMINISTER)
@require_POST
def try_out(request: HttpRequest, model_id: int) -> HttpResponse:
    """What the form as it is would change; a fragment. Saves nothing."""
    model = in_use(model_id)
    context = {"model": model, **_tried(model, said_by(request.POST), company_of(request))}
    return render(request, "metrics/health/_preview.html", context)


@requires(Permission.ADMINISTER)
@require_POST
def removal(request: HttpRequest, model_id: int) -> HttpResponse:
    model = in_use(model_id)
    try:
        actions.discard_draft(model=model, by=user_of(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("metrics:health_draft", model.pk)
    messages.success(request, _("Draft discarded."))
    return redirect("metrics:health_model", model.pk)


def _tried(model: HealthModel, said: dict[str, Any], company: Company) -> dict[str, Any]:
    """The context of the preview: what it shows, or what is wrong with the draft."""
    known = signals.known()
    try:
        recipe = recipes.read(said, known)
    except RecipeError as error:
        return {"refused": _listed(error.problems, known)}
    found = preview(model, recipe, company=company, today=company.today())
    chart = bars(found.before.histogram, found.after.histogram)
    ids = [one.customer for one in found.largest]
    held = Customer.objects.in_bulk(ids)
    return {
        "preview": found,
        "recipe": recipe,
        "sides": [
            (_("Now"), _stretched(found.before)),
            (_("With the draft"), _stretched(found.after)),
        ],
        "band_rows": _band_rows(found),
        "ways": sorted(
            ((was, now, n) for (was, now), n in found.moves.items() if was != now),
            key=lambda way: -way[2],
        ),
        "movers": [(held[one.customer], one) for one in found.largest if one.customer in held],
        "currency": figures_currency(company).code or "",
        "bars": chart,
        "outline": outline(chart),
        "chart_width": CHART_WIDTH,
        "chart_height": CHART_HEIGHT,
    }


def _stretched(side: Side) -> object:
    counts: list[tuple[str, int]] = [
        (band.value, count) for band, count in zip(BANDS, side.bands, strict=True)
    ]
    return stretches([*counts, ("none", side.without)])


def _band_rows(found: Preview) -> list[tuple[Band | None, int, int, int]]:
    """Band, before, after and the difference; who has no score last, where there are any."""
    rows: list[tuple[Band | None, int, int, int]] = [
        (band, was, now, now - was)
        for band, was, now in zip(BANDS, found.before.bands, found.after.bands, strict=True)
    ]
    was, now = found.before.without, found.after.without
    return [*rows, (None, was, now, now - was)] if was or now else rows


def _listed(
    problems: dict[str, str], known: dict[str, signals.Signal]
) -> list[tuple[str, str, str]]:
    """What is wrong: where on the page, of what, and why; '' of the whole."""
    return [(*_place(key, known), text) for key, text in problems.items()]


def _place(key: str, known: dict[str, signals.Signal]) -> tuple[str, str]:
    """The anchor and the name of what a problem is about."""
    if key in known:
        return f"signal-{key.replace(':', '-')}", known[key].name
    return (key.replace(" ", "-"), _(key).capitalize()) if key in THRESHOLDS else ("", "")
