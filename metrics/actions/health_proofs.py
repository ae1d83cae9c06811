"""Asking for what models would have said of the past and for weights learned from it, and making
them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from customers.models import UsageChange
from metrics.actions.health_models import draft_of, latest, save_draft
from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.past import HORIZONS, USUAL_HORIZON, Replay
from metrics.health.recipe import Recipe, RecipeError
from metrics.health.replaying import replay
from metrics.health.telling import proof_json, suggestion_json
from metrics.models import HealthModel, HealthProof, HealthSuggestion, HealthVersion
from tenants.context import current_company
from tenants.jobs import Job, enqueue

PROOF, SUGGESTION = "metrics.health_proof", "metrics.health_suggestion"
LEARNED = "Weights learned on "
RESULT = ("found", "as_of", "made_at", "done", "steps")


class CannotSuggestError(Exception):
    """Why no weights can be asked for, in words. `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@transaction.atomic
def ask_proof(
    *,
    version: HealthVersion,
    against: HealthVersion | None = None,
    by: User | None,
    actor_label: str = "",
) -> HealthProof:
    """Have a version's record made, beside another one's, by a job; asked again, anew. What there
    is stays until then."""
    proof, _is_new = HealthProof.objects.update_or_create(
        version=version,
        against=against,
        defaults={"asked_at": timezone.now(), "done": 0, "steps": 0},
    )
    enqueue(PROOF, key=proof.job_key, payload={"proof_id": proof.pk})
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health_model.proof_asked",
        subject=version.model,
        detail={"version": named(version), "against": named(against) if against else None},
    )
    return proof


def make_proof(proof_id: int) -> None:
    """The job's work; of a version that is gone by now, none."""
    proof = HealthProof.objects.select_related("version__model", "against").filter(pk=proof_id)
    row = proof.first()
    if row is None:
        return
    asked_at, known = row.asked_at, signals.known()
    row.recipe = row.version.recipe
    row.against_recipe = row.against.recipe if row.against else None
    row.as_of = current_company().today()
    usage_waits = UsageChange.objects.exists()
    try:
        recipe = recipes.read(row.recipe, known)
        against = recipes.read(row.against_recipe, known) if row.against_recipe else None
    except RecipeError as error:  # a custom signal is gone since
        row.found = {"problem": str(error)}
    else:
        keys = dict.fromkeys([*recipe.keys, *(against.keys if against else ())])
        past = _replay(row, row.version.model, [known[key] for key in keys])
        row.found = {**proof_json(past, recipe, against), "usage_waited": usage_waits}
    row.made_at = max(timezone.now(), asked_at)
    row.save(update_fields=[*RESULT, "recipe", "against_recipe"])


@transaction.atomic
def ask_suggestion(
    *,
    model: HealthModel,
    horizon: int = USUAL_HORIZON,
    replaces_draft: bool = False,
    by: User | None,
    actor_label: str = "",
) -> HealthSuggestion:
    """Have weights for the signals of a model (as its draft has them, else its version in force)
    learned by a job, which makes them its draft. Raises CannotSuggestError."""
    if model.retired_at is not None:
        raise CannotSuggestError("retired", _("The model is retired: copy it to go on with it."))
    if horizon not in HORIZONS:
        raise CannotSuggestError(
            "invalid_horizon",
            _("The horizon is one of {horizons} days.").format(
                horizons=", ".join(map(str, HORIZONS))
            ),
        )
    if draft_of(model) is not None and not replaces_draft:
        raise CannotSuggestError(
            "draft_exists",
            _("The model has a draft, whose weights would be replaced: say that they may be."),
        )
    label = (actor_label or (by.email if by else audit.SYSTEM))[:200]
    suggestion, _is_new = HealthSuggestion.objects.update_or_create(
        model=model,
        defaults={
            "asked_at": timezone.now(),
            "horizon": horizon,
            "made_by": label,
            "done": 0,
            "steps": 0,
        },
    )
    enqueue(SUGGESTION, key=suggestion.job_key, payload={"suggestion_id": suggestion.pk})
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health_model.weights_asked",
        subject=model,
        detail={"horizon": horizon},
    )
    return suggestion


def make_suggestion(suggestion_id: int) -> None:
    """The job's work; where there are enough who left, the model has a draft then."""
    from metrics.health.suggesting import suggest  # scikit-learn takes a while to import

    row = HealthSuggestion.objects.select_related("model").filter(pk=suggestion_id).first()
    if row is None or not row.is_waited_for:
        return
    base = draft_of(row.model) or latest(row.model)
    if base is None:
        return
    known, asked_at = signals.known(), row.asked_at
    row.as_of, suggested = current_company().today(), None
    try:
        recipe = recipes.read(base.recipe, known)
    except RecipeError as error:
        row.found = {"problem": str(error)}
    else:
        past = _replay(row, row.model, [known[key] for key in recipe.keys])
        found = suggest(past, recipe, row.horizon)
        row.found, suggested = suggestion_json(found, past.share), found.recipe
    row.made_at = max(timezone.now(), asked_at)
    with transaction.atomic():
        row.save(update_fields=RESULT)
        if suggested is not None:
            save_draft(
                model=row.model,
                said=suggested.as_json(),
                by=None,
                note=_note(suggested, row),
                actor_label=row.made_by,
            )


def is_failed(row: HealthProof | HealthSuggestion) -> bool:
    """Whether the job gave up on what is waited for. Costs a query."""
    if not row.is_waited_for:
        return False
    job = Job.objects.filter(key=row.job_key).order_by("-pk").first()
    return job is not None and job.state == Job.State.PARKED


def is_learned(version: HealthVersion) -> bool:
    """Whether a version's weights are those that were last learned for its model, so that its
    record is of what it was learned from. Costs a query."""
    learned = HealthSuggestion.objects.filter(model=version.model_id).first()
    weights = (learned.found or {}).get("weights", ()) if learned else ()
    found = {one["signal"]: one["suggested"] for one in weights if one["suggested"]}
    said = {one["signal"]: one["weight"] for one in version.recipe["signals"] if one["weight"]}
    return version.note.startswith(LEARNED) or (bool(found) and found == said)


def named(version: HealthVersion) -> str:
    return _("version {number}").format(number=version.number) if version.number else _("draft")


def _replay(
    row: HealthProof | HealthSuggestion, model: HealthModel, chosen: list[signals.Signal]
) -> Replay:
    """The model's past, telling the row how far it is."""

    def tell(done: int, steps: int) -> None:
        row.done, row.steps = done, steps
        row.save(update_fields=["done", "steps"])

    company = current_company()
    return replay(model, chosen, today=company.today(), timezone=company.timezone, tell=tell)


def _note(recipe: Recipe, row: HealthSuggestion) -> str:
    found: dict[str, Any] = row.found or {}
    day = row.as_of or dt.date.min
    return (
        f"{LEARNED}{day} from {found['customers_left']} customers that left, "
        f"{row.horizon} days before; {len(recipe.ingredients)} signals kept."
    )
