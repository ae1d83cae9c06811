"""Making, changing and publishing health models, with a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.ready_made import READY_MADE
from metrics.models import HealthModel, HealthVersion
from tenants.jobs import enqueue

RESCORE = "metrics.rescore"
"""The job that scores everybody by the models as they are."""

WHOM_FIELDS = ("segment_key", "segment_value", "tenure_from", "tenure_until")
FIELDS = ("name", *WHOM_FIELDS)
MOST_MODELS = 50
STEP = 10
"""Between the positions of two models."""


@transaction.atomic
def make(
    *,
    values: Mapping[str, Any],
    by: User | None,
    ready_made: str = "",
    copy_of: HealthVersion | None = None,
    actor_label: str = "",
) -> HealthModel:
    """A model with a draft, of a ready-made one or of a version; nobody is scored by it until that
    is published. It comes before those without a condition. Raises ValidationError by field."""
    if (copy_of is None) == (not ready_made):
        raise ValidationError({"ready_made": _("Say one: a ready-made model, or one to copy.")})
    if ready_made and ready_made not in READY_MADE:
        raise ValidationError(
            {
                "ready_made": _("Choose one of {known}; got {given}.").format(
                    known=", ".join(READY_MADE), given=ready_made[:100]
                )
            }
        )
    held = _in_use()
    if len(held) >= MOST_MODELS:
        raise ValidationError(
            {
                "name": _("There can be at most {most_models}; retire some first.").format(
                    most_models=MOST_MODELS
                )
            }
        )
    model = HealthModel(position=0)
    _assign(model, values)
    _place([*(one for one in held if is_conditional(one)), model], held)
    recipe = READY_MADE[ready_made].recipe().as_json() if copy_of is None else copy_of.recipe
    HealthVersion.objects.create(model=model, recipe=recipe, made_by=_who(by, actor_label))
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health_model.made",
        subject=model,
        detail={"from": ready_made or f"{copy_of and copy_of.model.name}, {_named(copy_of)}"},
    )
    return model


@transaction.atomic
def change(
    *, model: HealthModel, values: Mapping[str, Any], by: User | None, actor_label: str = ""
) -> HealthModel:
    """Its name, and whom it is for; what is absent is kept. Everybody is scored anew where that
    may matter. Raises ValidationError by field."""
    _check_in_use(model)
    before = {name: getattr(model, name) for name in FIELDS}
    _assign(model, values)
    changes = {
        name: [before[name], getattr(model, name)]
        for name in FIELDS
        if before[name] != getattr(model, name)
    }
    if changes:
        model.save()
        audit.record(
            by=by,
            actor_label=actor_label,
            action="health_model.changed",
            subject=model,
            detail={"changes": changes},
        )
    if not {*changes}.isdisjoint(WHOM_FIELDS):
        _rescore_after(model)
    return model


@transaction.atomic
def move(*, model: HealthModel, to: int, by: User | None, actor_label: str = "") -> None:
    """Make it the `to`-th (from 1) of the models in use, or the last where there are not so many.
    Raises ValidationError."""
    _check_in_use(model)
    if to < 1:
        raise ValidationError({"place": _("The first place is 1.")})
    held = _in_use()
    others = [one for one in held if one != model]
    ordered = [*others[: to - 1], model, *others[to - 1 :]]
    if ordered == held:
        return
    _place(ordered, ordered)
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health_model.moved",
        subject=model,
        detail={"order": [one.name for one in ordered]},
    )
    _rescore_after(model)


@transaction.atomic
def retire(*, model: HealthModel, by: User | None, actor_label: str = "") -> None:
    """Have it apply to nobody from now on; its versions and the scores it gave are kept."""
    _check_in_use(model)
    model.retired_at = timezone.now()
    model.save(update_fields=["retired_at"])
    audit.record(by=by, actor_label=actor_label, action="health_model.retired", subject=model)
    _rescore_after(model)


@transaction.atomic
def save_draft(
    *,
    model: HealthModel,
    said: Mapping[str, Any],
    by: User | None,
    note: str = "",
    actor_label: str = "",
) -> HealthVersion:
    """What the next version is to say (see metrics.health.recipe.read). Raises RecipeError."""
    return _draft(model, recipes.read(said, signals.known()), note, by, actor_label)


@transaction.atomic
def discard_draft(*, model: HealthModel, by: User | None, actor_label: str = "") -> None:
    """Raises ValidationError where nothing of the model was published: it would be empty."""
    _check_in_use(model)
    if latest(model) is None:
        raise ValidationError(_("Nothing of this model was published yet: retire it instead."))
    removed = HealthVersion.objects.filter(model=model, number=None).delete()[0]
    if removed:
        audit.record(
            by=by, actor_label=actor_label, action="health_model.draft_discarded", subject=model
        )


@transaction.atomic
def publish(
    *, model: HealthModel, by: User | None, note: str = "", actor_label: str = ""
) -> HealthVersion:
    """The draft becomes the version in force, and everybody is scored by it, by a job. Raises
    RecipeError (a signal is gone meanwhile) and ValidationError (no draft, or nothing new)."""
    _check_in_use(model)
    draft = draft_of(model)
    if draft is None:
        raise ValidationError(_("There is no draft to publish."))
    known = signals.known()
    recipe = recipes.read(draft.recipe, known)
    before = latest(model)
    if before is not None and _are_same(recipes.read(before.recipe, known), recipe):
        raise ValidationError(
            _("The draft says what {before} says: nothing to publish.").format(
                before=_named(before)
            )
        )
    draft.number = 1 if before is None or before.number is None else before.number + 1
    draft.recipe = recipe.as_json()
    draft.note = _note(note or draft.note)
    draft.published_by, draft.published_at = _who(by, actor_label), timezone.now()
    draft.save()
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health_model.published",
        subject=model,
        detail={"version": draft.number, "note": draft.note},
    )
    enqueue(RESCORE)
    return draft


@transaction.atomic
def revert(
    *, model: HealthModel, number: int, by: User | None, actor_label: str = ""
) -> HealthVersion:
    """A draft that says what version `number` says, instead of the one there may be. Raises
    ValidationError, and RecipeError where one of its signals is gone."""
    old = HealthVersion.objects.filter(model=model, number=number).first()
    if old is None:
        raise ValidationError(_("The model has no version {number}.").format(number=number))
    recipe = recipes.read(old.recipe, signals.known())
    return _draft(
        model, recipe, _("Back to version {number}.").format(number=number), by, actor_label
    )


def latest(model: HealthModel) -> HealthVersion | None:
    """The version in force, of a model that is not retired. Costs a query."""
    return HealthVersion.objects.filter(model=model, number__isnull=False).first()


def draft_of(model: HealthModel) -> HealthVersion | None:
    """Costs a query."""
    return HealthVersion.objects.filter(model=model, number=None).first()


def is_conditional(model: HealthModel) -> bool:
    """Whether it is for some customers only."""
    return bool(model.segment_key or model.tenure_from or model.tenure_until is not None)


def _draft(
    model: HealthModel, recipe: recipes.Recipe, note: str, by: User | None, actor_label: str
) -> HealthVersion:
    _check_in_use(model)
    draft, is_new = HealthVersion.objects.update_or_create(
        model=model,
        number=None,
        defaults={
            "recipe": recipe.as_json(),
            "note": _note(note),
            "made_by": _who(by, actor_label),
            "changed_at": timezone.now(),
        },
    )
    audit.record(
        by=by,
        actor_label=actor_label,
        action="health_model.draft_made" if is_new else "health_model.draft_changed",
        subject=model,
        detail={"weights": {one.signal: one.weight for one in recipe.ingredients}, "note": note},
    )
    return draft


def _assign(model: HealthModel, values: Mapping[str, Any]) -> None:
    """Set the values given, checked. Raises ValidationError by field."""
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise ValidationError(
            {
                unknown[0][:100]: _("There is no such member; only {fields}.").format(
                    fields=", ".join(FIELDS)
                )
            }
        )
    for name, value in values.items():
        setattr(model, name, value.strip() if isinstance(value, str) else value)
    model.clean_fields(exclude=["position"])
    if model.segment_key and not model.segment_value:
        raise ValidationError({"segment_value": _("Say which value of the attribute it is for.")})
    if model.segment_value and not model.segment_key:
        raise ValidationError({"segment_key": _("Say which attribute has this value.")})
    begins, ends = model.tenure_from, model.tenure_until
    if ends is not None and ends <= (begins or 0):
        raise ValidationError({"tenure_until": _("It must be more days than it begins with.")})
    same = HealthModel.objects.filter(name=model.name, retired_at=None)
    if same.exclude(pk=model.pk).exists():
        raise ValidationError({"name": _("There is a model of that name.")})


def _in_use() -> list[HealthModel]:
    """All, in order, locked: whoever else changes the order waits."""
    return list(HealthModel.objects.select_for_update().filter(retired_at=None))


def _place(first: list[HealthModel], then: list[HealthModel]) -> None:
    """Store the order: `first`, and the rest of `then`."""
    ordered = [*first, *(one for one in then if one not in first)]
    for number, one in enumerate(ordered, 1):
        if one.pk is None or one.position != number * STEP:
            one.position = number * STEP
            one.save()


def _check_in_use(model: HealthModel) -> None:
    if model.retired_at is not None:
        raise ValidationError(_("The model is retired: copy it to go on with it."))


def _are_same(one: recipes.Recipe, other: recipes.Recipe) -> bool:
    """Whether they give everybody the same score; in what order signals stand does not matter."""
    thresholds = [(each.green_from, each.amber_from) for each in (one, other)]
    return thresholds[0] == thresholds[1] and set(one.ingredients) == set(other.ingredients)


def _rescore_after(model: HealthModel) -> None:
    """Everybody, where the model says anything to them."""
    if latest(model) is not None:
        enqueue(RESCORE)


def _note(note: str) -> str:
    field = HealthVersion._meta.get_field("note")
    longest = field.max_length or 0
    if len(note) > longest or "\x00" in note:
        raise ValidationError(
            {"note": _("A note has {longest} characters at most.").format(longest=longest)}
        )
    return note.strip()


def _who(by: User | None, actor_label: str) -> str:
    return (actor_label or (by.email if by else audit.SYSTEM))[:200]


def _named(version: HealthVersion | None) -> str:
    return (
        _("version {number}").format(number=version.number)
        if version and version.number
        else _("the draft")
    )
