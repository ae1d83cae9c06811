"""Health models: which there are, what each says, and how it came to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from metrics.actions import health_models as actions
from metrics.health import kept, showing, signals
from metrics.health.recipe import RecipeError
from metrics.health.signals.signal import Signal
from metrics.health_forms import NewModelForm, WhomForm, initial_whom
from metrics.models import HealthModel, HealthVersion
from metrics.views.saving import take_errors


@dataclass(frozen=True)
class Listed:
    """A model in the list. `is_first`: no published one is before it. `customers`: how many it was
    for when they were last scored. `hidden`: a model before it is for everybody, so that none are
    left for it."""

    model: HealthModel
    whom: str
    place: int
    is_first: bool
    published: HealthVersion | None
    draft: HealthVersion | None
    customers: int
    hidden: bool


@requires(Permission.VIEW)
@require_safe
def model_list(request: HttpRequest) -> HttpResponse:
    listed = _listed()
    in_force = [one for one in listed if one.published]
    context = {
        "listed": listed,
        "last_place": len(listed),
        "is_everybody_scored": any(not one.whom for one in in_force),
        "retired": HealthModel.objects.exclude(retired_at=None).order_by("-retired_at"),
        "may_edit": has_permission(request.user, Permission.ADMINISTER),
        "as_of": company_of(request).today(),
    }
    return render(request, "metrics/health/models.html", context)


def _listed() -> list[Listed]:
    """Three queries."""
    counts = kept.counts()
    published: dict[int, HealthVersion] = {}
    drafts: dict[int, HealthVersion] = {}
    for version in HealthVersion.objects.filter(model__retired_at=None).order_by("number"):
        (published if version.number else drafts)[version.model_id] = version
    found, is_all_taken, is_first = [], False, True
    for place, model in enumerate(HealthModel.objects.filter(retired_at=None), 1):
        whom, in_force = showing.whom(model), published.get(model.pk)
        found.append(
            Listed(
                model,
                whom,
                place,
                is_first,
                in_force,
                drafts.get(model.pk),
                counts.get(model.pk, 0),
                hidden=is_all_taken,
            )
        )
        is_first = is_first and in_force is None
        is_all_taken = is_all_taken or (in_force is not None and not whom)
    return found


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def model_new(request: HttpRequest) -> HttpResponse:
    form = NewModelForm(request.POST or None, initial={"source": request.GET.get("source", "")})
    if request.method == "POST" and form.is_valid():
        try:
            model = actions.make(values=form.values(), by=user_of(request), **form.begun())
        except ValidationError as error:
            take_errors(form, error)
        else:
            messages.success(
                request, _("{name} is a draft: nobody is scored by it yet.").format(name=model.name)
            )
            return redirect("metrics:health_draft", model.pk)
    context = {"form": form, "model": None}
    status = 422 if form.errors else 200
    return render(request, "metrics/health/whom.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def model_whom(request: HttpRequest, model_id: int) -> HttpResponse:
    model = in_use(model_id)
    form = WhomForm(request.POST or None, initial=initial_whom(model))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(model=model, values=form.values(), by=user_of(request))
        except ValidationError as error:
            take_errors(form, error)
        else:
            messages.success(request, _("{name} saved.").format(name=model.name))
            return redirect("metrics:health_model", model.pk)
        model = in_use(model_id)
    context = {"form": form, "model": model, "customers": kept.counts().get(model.pk, 0)}
    status = 422 if form.errors else 200
    return render(request, "metrics/health/whom.html", context, status=status)


@requires(Permission.VIEW)
@require_safe
def model_page(request: HttpRequest, model_id: int) -> HttpResponse:
    """The version in force, or with ?version= another."""
    model = get_object_or_404(HealthModel, pk=model_id)
    versions = _versions(model)
    published = [one for one in versions if one.number]
    asked = request.GET.get("version")
    version = named(versions, asked) if asked else next(iter(published or versions), None)
    known = signals.known()
    context = {
        "model": model,
        "whom": showing.whom_else(model),
        "version": version,
        "is_in_force": bool(published) and version == published[0] and not model.retired_at,
        "has_draft": len(published) < len(versions),
        "history": list(zip_longest(published, [one.number for one in published[1:]])),
        "customers": kept.counts().get(model.pk, 0),
        "may_edit": model.retired_at is None
        and has_permission(request.user, Permission.ADMINISTER),
        **_read(version, known),
    }
    return render(request, "metrics/health/model.html", context)


def _read(version: HealthVersion | None, known: Mapping[str, Signal]) -> dict[str, object]:
    if version is None:
        return {"kinds": [], "recipe": None}
    try:
        recipe = showing.read(version, known)
    except RecipeError as error:
        return {"kinds": [], "recipe": None, "problem": str(error)}
    return {"kinds": showing.kinds(recipe, known), "recipe": recipe}


@requires(Permission.VIEW)
@require_safe
def comparison(request: HttpRequest, model_id: int) -> HttpResponse:
    """?from= and ?to=: numbers of versions, or `draft`. By default the last two."""
    model = get_object_or_404(HealthModel, pk=model_id)
    versions = _versions(model)
    if len(versions) < 2:
        raise Http404(_("There is only one version."))
    later = named(versions, request.GET.get("to") or _number(versions[0]))
    earlier = named(versions, request.GET.get("from") or _number(versions[1]))
    known = signals.known()
    context = {
        "model": model,
        "versions": [(_number(one), showing.name_of(one).capitalize()) for one in versions],
        "earlier": earlier,
        "later": later,
        "from": _number(earlier),
        "to": _number(later),
    }
    try:
        before, after = showing.read(earlier, known), showing.read(later, known)
    except RecipeError as error:
        context |= {"problem": str(error)}
    else:
        context |= {
            "before": before,
            "after": after,
            "rows": showing.compare(before, after, known),
        }
    return render(request, "metrics/health/comparison.html", context)


@requires(Permission.ADMINISTER)
@require_POST
def place(request: HttpRequest, model_id: int) -> HttpResponse:
    """`to`: the place, from 1, among the models in use."""
    model, to = in_use(model_id), request.POST.get("to", "")
    if not (to.isdecimal() and len(to) < 6):
        raise Http404(_("There is no such place."))
    try:
        actions.move(model=model, to=int(to), by=user_of(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("metrics:health_models")


@requires(Permission.ADMINISTER)
@require_POST
def retirement(request: HttpRequest, model_id: int) -> HttpResponse:
    model = in_use(model_id)
    actions.retire(model=model, by=user_of(request))
    messages.success(
        request, _("{name} is retired: it is for nobody from now on.").format(name=model.name)
    )
    return redirect("metrics:health_models")


@requires(Permission.ADMINISTER)
@require_POST
def reversion(request: HttpRequest, model_id: int) -> HttpResponse:
    """`version`: the number of the one that a draft is to say the same as."""
    model = in_use(model_id)
    old = named(_versions(model), request.POST.get("version", ""))
    try:
        actions.revert(model=model, number=old.number or 0, by=user_of(request))
    except (ValidationError, RecipeError) as error:
        messages.error(request, str(getattr(error, "message", error)))
        return redirect("metrics:health_model", model.pk)
    messages.success(
        request,
        _("The draft says what version {number} says. Publish it to go.").format(number=old.number),
    )
    return redirect("metrics:health_draft", model.pk)


def in_use(model_id: int) -> HealthModel:
    """404 for one that is not there or retired."""
    return get_object_or_404(HealthModel, pk=model_id, retired_at=None)


def named(versions: list[HealthVersion], name: str) -> HealthVersion:
    """The one of that number, or the draft; else a 404."""
    for version in versions:
        if _number(version) == name:
            return version
    raise Http404(_("There is no such version."))


def _number(version: HealthVersion) -> str:
    return str(version.number or "draft")


def _versions(model: HealthModel) -> list[HealthVersion]:
    """The latest first, a draft before all. Costs a query."""
    versions = HealthVersion.objects.filter(model=model)
    return sorted(versions, key=lambda one: -(one.number or 1_000_000_000))
