"""A health model's record: who left, as it would have scored them before; and learned weights."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from customers.models import Customer
from metrics.actions.health_models import draft_of
from metrics.actions.health_proofs import (
    CannotSuggestError,
    ask_proof,
    ask_suggestion,
    is_failed,
    is_learned,
    named,
)
from metrics.health import signals
from metrics.health.choosing import ASKED, ChoiceError, Chosen, chosen, key_of
from metrics.health.past import HORIZONS, WINDOW
from metrics.models import HealthModel, HealthProof, HealthSuggestion, HealthVersion
from metrics.query import unknown
from metrics.words import said

Json = dict[str, Any]
SENTENCES = re.compile(r"(?<=\.) ")


@requires(Permission.VIEW)
@require_safe
def page(request: HttpRequest, model_id: int) -> HttpResponse:
    """What is kept of the versions asked for; how far the making is; or a way to have it made."""
    company = company_of(request)
    model = get_object_or_404(HealthModel, pk=model_id)
    params, problems = request.GET.dict(), []
    if problem := unknown(params, ASKED):
        problems.append(problem)
    try:
        asked = chosen(model, params)
    except ChoiceError as error:
        problems.append(str(error))
        try:
            asked = chosen(model, {})
        except ChoiceError:
            context = {"model": model, "problems": problems}
            return render(request, "metrics/health/proof_none.html", context, status=400)
    proof = asked.proof
    suggestion = HealthSuggestion.objects.filter(model=model).first()
    context = {
        "model": model,
        "asked": asked,
        "problems": problems,
        "versions": _choices(model),
        "version_key": key_of(asked.version),
        "against_key": key_of(asked.against) if asked.against else "",
        "horizons": [(str(one), _("{one} days").format(one=one)) for one in HORIZONS],
        "horizon": str(asked.horizon),
        "nearest": asked.horizon - WINDOW,
        "proof": proof,
        "work": _work(proof),
        "suggestion": suggestion,
        "suggesting": _work(suggestion),
        "progress_query": _query(asked),
        "suggestion_query": f"{_query(asked)}&of=suggestion",
        "has_draft": draft_of(model) is not None,
        "may_work": has_permission(request.user, Permission.WORK),
        "may_administer": has_permission(request.user, Permission.ADMINISTER),
        "api_url": _api_url(request, asked),
        "as_of": proof.as_of if proof and proof.as_of else company.today(),
        "minimum": company.minimum_n,
        **_found(proof, asked),
        **_suggested(suggestion),
    }
    return render(request, "metrics/health/proof.html", context, status=400 if problems else 200)


@requires(Permission.WORK)
@require_POST
def making(request: HttpRequest, model_id: int) -> HttpResponse:
    """Have the record of a version made, or made anew."""
    model = get_object_or_404(HealthModel, pk=model_id)
    try:
        asked = chosen(model, request.POST.dict())
    except ChoiceError as error:
        messages.error(request, str(error))
        return redirect("metrics:health_proof", model_id)
    ask_proof(version=asked.version, against=asked.against, by=user_of(request))
    return redirect(_href(asked))


@requires(Permission.ADMINISTER)
@require_POST
def suggestion(request: HttpRequest, model_id: int) -> HttpResponse:
    """Have weights learned, which become the model's draft."""
    model = get_object_or_404(HealthModel, pk=model_id)
    try:
        asked = chosen(model, request.POST.dict())
        ask_suggestion(
            model=model,
            horizon=asked.horizon,
            replaces_draft=request.POST.get("replaces_draft") == "yes",
            by=user_of(request),
        )
    except (ChoiceError, CannotSuggestError) as error:
        messages.error(request, str(error))
        return redirect("metrics:health_proof", model_id)
    return redirect(f"{_href(asked)}#suggested")


@requires(Permission.VIEW)
@require_safe
def progress(request: HttpRequest, model_id: int) -> HttpResponse:
    """How far what is waited for is; the page is to be loaded anew once nothing is."""
    model = get_object_or_404(HealthModel, pk=model_id)
    try:
        asked = chosen(model, {name: request.GET.get(name, "") for name in ASKED})
    except ChoiceError:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    learned = HealthSuggestion.objects.filter(model=model).first()
    is_learning = request.GET.get("of") == "suggestion"
    work = _work(learned if is_learning else asked.proof)
    if work is None or work["is_failed"]:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = {"work": work, "model": model, "query": request.GET.urlencode()}
    return render(request, "metrics/health/_work.html", context)


def _choices(model: HealthModel) -> list[tuple[str, str]]:
    versions = HealthVersion.objects.filter(model=model)
    return [(key_of(one), named(one).capitalize()) for one in versions]


def _work(row: HealthProof | HealthSuggestion | None) -> Json | None:
    """Of what is waited for: how far it is."""
    if row is None or not row.is_waited_for:
        return None
    return {
        "done": row.done,
        "steps": row.steps,
        "is_failed": is_failed(row),
        "text": _("{done} of {steps} months").format(done=row.done, steps=row.steps)
        if row.steps
        else _("waiting for its turn"),
    }


def _found(proof: HealthProof | None, asked: Chosen) -> Json:
    """What the page shows of a record."""
    if proof is None or not proof.found:
        return {"found": None}
    if "problem" in proof.found:
        return {"found": None, "problem": proof.found["problem"]}
    both = proof.found["horizons"][str(asked.horizon)]
    sides = [(named(asked.version).capitalize(), _worded(both["version"]))]
    if asked.against and both["against"]:
        sides.append((named(asked.against).capitalize(), _worded(both["against"])))
    shown: Json = {
        "found": both["version"],
        "sides": sides,
        "difference": both["difference"],
        "share": proof.found["share"],
        "usage_waited": proof.found.get("usage_waited", False),
        "learned_sides": [
            named(one).capitalize()
            for one in (asked.version, asked.against)
            if one and is_learned(one)
        ],
        "missed": _missed(both["version"]),
        "legend": [
            {"label": name, "series": str(number)} for number, (name, _) in enumerate(sides, 1)
        ],
    }
    if both["version"]["all"]["n"]:
        from metrics.charts.records import by_band, by_score  # Altair takes a second to import

        shown |= {"band_spec": by_band(sides), "score_spec": by_score(sides)}
    return shown


def _missed(found: Json) -> list[Json]:
    """The customers that were green and left, with their names; those that are no more are left
    out."""
    customers = Customer.objects.in_bulk([one["customer"] for one in found["missed"]])
    return [
        {
            "customer": customers[one["customer"]],
            "day": dt.date.fromisoformat(one["day"]),
            "score": one["score"],
            "left_on": dt.date.fromisoformat(one["left_on"]),
        }
        for one in found["missed"]
        if one["customer"] in customers
    ]


def _suggested(row: HealthSuggestion | None) -> Json:
    if row is None or not row.found or row.is_waited_for:
        return {}
    known = signals.known()
    found = row.found
    weights = [
        {
            **one,
            "name": known[one["signal"]].name if one["signal"] in known else one["signal"],
            "why": said(one["why"]),
        }
        for one in found.get("weights", ())
    ]
    weights.sort(key=lambda one: -one["suggested"])
    tried = [dt.date.fromisoformat(day) for day in found.get("tried", ())]
    return {"learned": _worded(found), "weights": weights, "tried": tried}


def _worded(found: Json) -> Json:
    """With its reason, which is kept in English, in the reader's language."""
    reason = found.get("reason") or ""
    words = said(reason)
    if words == reason:  # several
        words = " ".join(said(one) for one in SENTENCES.split(reason))
    return {**found, "reason": words}


def _query(asked: Chosen) -> str:
    query = {"version": key_of(asked.version), "horizon": str(asked.horizon)}
    if asked.against:
        query["against"] = key_of(asked.against)
    return urlencode(query)


def _href(asked: Chosen) -> str:
    return f"{reverse('metrics:health_proof', args=[asked.model.pk])}?{_query(asked)}"


def _api_url(request: HttpRequest, asked: Chosen) -> str:
    path = reverse("api:health_proof", args=[asked.model.pk])
    return f"{request.build_absolute_uri(path)}?{_query(asked)}"
