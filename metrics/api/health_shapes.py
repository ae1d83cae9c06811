"""Shapes of the API's health models, versions, signals and previews."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from metrics.definition import Direction
from metrics.health import kept, previewing, showing, signals
from metrics.health.drawing import bars
from metrics.health.previewing import BANDS, Preview, Side
from metrics.health.recipe import AMBER_FROM, GREEN_FROM, RecipeError
from metrics.health.scoring import Band
from metrics.health.signals.custom import PREFIX
from metrics.health.signals.signal import Group, Signal
from metrics.models import HealthModel, HealthVersion

Json = dict[str, Any]


def _curve(**more: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="Points [measure, 0 to 100], measures rising; straight between them.",
        **more,
    )


class HealthSignalShape(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="custom: and its own key, of one that the company sends.")
    name = serializers.CharField()
    group = serializers.ChoiceField(choices=list(Group))
    unit = serializers.CharField(allow_blank=True)
    direction = serializers.ChoiceField(
        choices=list(Direction), help_text="Which measures are good; a curve must not go against."
    )
    curve = _curve()
    description = serializers.CharField()
    missing = serializers.CharField(help_text="Of whom there is no measure.")
    is_custom = serializers.BooleanField()


class HealthSignalListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = HealthSignalShape(many=True)


class HealthIngredientShape(serializers.Serializer[Any]):
    signal = serializers.CharField()
    weight = serializers.FloatField(min_value=0, max_value=1000, help_text="In proportion.")
    curve = _curve(required=False)
    missing = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="Points that it counts as where it was not measured; null: it is left out.",
    )


class HealthRecipeShape(serializers.Serializer[Any]):
    """What a version says. A signal without a curve has its usual one."""

    signals = HealthIngredientShape(many=True)
    green_from = serializers.FloatField(default=GREEN_FROM)
    amber_from = serializers.FloatField(default=AMBER_FROM)


class HealthDraftShape(HealthRecipeShape):
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class HealthShownIngredientShape(serializers.Serializer[Any]):
    signal = serializers.CharField()
    weight = serializers.FloatField()
    share = serializers.FloatField(help_text="Of all weights: they add up to 1.")
    curve = _curve()
    missing = serializers.FloatField(allow_null=True)


class HealthVersionShape(serializers.Serializer[Any]):
    number = serializers.IntegerField(allow_null=True, help_text="Null: the draft.")
    signals = HealthShownIngredientShape(many=True)
    green_from = serializers.FloatField(allow_null=True)
    amber_from = serializers.FloatField(allow_null=True)
    problem = serializers.CharField(
        allow_null=True, help_text="Why it cannot be used any more: a signal is gone."
    )
    note = serializers.CharField(allow_blank=True)
    made_by = serializers.CharField(allow_blank=True)
    changed_at = serializers.DateTimeField()
    published_by = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)


class HealthVersionListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = HealthVersionShape(many=True)


class HealthWhomShape(serializers.Serializer[Any]):
    """Whom a model is for; what is empty is not asked."""

    name = serializers.CharField(max_length=100)
    segment_key = serializers.CharField(
        required=False, allow_blank=True, max_length=63, help_text="An attribute of customers."
    )
    segment_value = serializers.CharField(required=False, allow_blank=True, max_length=200)
    tenure_from = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=36_500, help_text="Days."
    )
    tenure_until = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=36_500, help_text="Less than."
    )


class HealthNewModelShape(HealthWhomShape):
    """Either `ready_made` or `copy_of` says what its draft begins with."""

    ready_made = serializers.CharField(required=False, help_text="balanced, usage_led ...")
    copy_of = serializers.IntegerField(required=False, help_text="A model: its draft, or version.")


class HealthModelChangeShape(HealthWhomShape):
    place = serializers.IntegerField(
        required=False, min_value=1, max_value=1000, help_text="From 1, among those in use."
    )


class HealthModelShape(serializers.Serializer[Any]):
    """`place`: of the models whose condition a customer meets, the first applies; null: retired.
    `customers`: how many it was for when scores were last made."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    place = serializers.IntegerField(allow_null=True)
    segment_key = serializers.CharField(allow_blank=True)
    segment_value = serializers.CharField(allow_blank=True)
    tenure_from = serializers.IntegerField(allow_null=True)
    tenure_until = serializers.IntegerField(allow_null=True)
    customers = serializers.IntegerField()
    published = HealthVersionShape(allow_null=True)
    draft = HealthVersionShape(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class HealthModelListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = HealthModelShape(many=True)


class HealthPublishingShape(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class HealthSideShape(serializers.Serializer[Any]):
    green = serializers.IntegerField()
    amber = serializers.IntegerField()
    red = serializers.IntegerField()
    without_score = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)


class HealthStepOfScoresShape(serializers.Serializer[Any]):
    """Scores from `low` to `high`, which belongs to the next step."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


def _band() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(Band), allow_null=True, help_text="Null: no score.")


class HealthWayShape(serializers.Serializer[Any]):
    before = _band()
    after = _band()
    customers = serializers.IntegerField()


class HealthMoverShape(serializers.Serializer[Any]):
    customer_id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    mrr = serializers.FloatField(help_text="In the currency that figures are in.")
    before = _band()
    after = _band()
    score_before = serializers.FloatField(allow_null=True)
    score_after = serializers.FloatField(allow_null=True)


class HealthPreviewShape(serializers.Serializer[Any]):
    """`of` of `customers` were tried: a sample where there are many, or a signal had to be
    measured first (`measured`). `largest`: of those whose band changes, by MRR."""

    customers = serializers.IntegerField()
    of = serializers.IntegerField()
    is_sample = serializers.BooleanField()
    measured = serializers.ListField(child=serializers.CharField())
    changed = serializers.IntegerField()
    before = HealthSideShape()
    after = HealthSideShape()
    ways = HealthWayShape(many=True)
    distribution = HealthStepOfScoresShape(many=True)
    largest = HealthMoverShape(many=True)


def signal_json(one: Signal) -> Json:
    return {
        "key": one.key,
        "name": one.name,
        "group": one.group,
        "unit": one.unit,
        "direction": one.direction,
        "curve": one.curve.pairs(),
        "description": one.help,
        "missing": one.missing,
        "is_custom": one.key.startswith(PREFIX),
    }


def version_json(version: HealthVersion, known: dict[str, Signal]) -> Json:
    found: Json = {
        "number": version.number,
        "note": version.note,
        "made_by": version.made_by,
        "changed_at": version.changed_at,
        "published_by": version.published_by,
        "published_at": version.published_at,
        "problem": None,
    }
    try:
        recipe = showing.read(version, known)
    except RecipeError as error:
        return found | {
            "signals": [],
            "green_from": None,
            "amber_from": None,
            "problem": str(error),
        }
    shares = recipe.shares()
    said = recipe.as_json()
    return (
        found
        | said
        | {"signals": [row | {"share": shares[row["signal"]]} for row in said["signals"]]}
    )


def models_json(models: list[HealthModel]) -> list[Json]:
    """A few queries, however many models."""
    known, counts = signals.known(), kept.counts()
    in_use = HealthModel.objects.filter(retired_at=None).values_list("pk", flat=True)
    places = {pk: place for place, pk in enumerate(in_use, 1)}
    published: dict[int, HealthVersion] = {}
    drafts: dict[int, HealthVersion] = {}
    for version in HealthVersion.objects.filter(model__in=models).order_by("number"):
        (published if version.number else drafts)[version.model_id] = version

    def written(version: HealthVersion | None) -> Json | None:
        return version_json(version, known) if version else None

    return [
        {
            "id": model.pk,
            "name": model.name,
            "place": places.get(model.pk),
            "segment_key": model.segment_key,
            "segment_value": model.segment_value,
            "tenure_from": model.tenure_from,
            "tenure_until": model.tenure_until,
            "customers": counts.get(model.pk, 0),
            "published": written(published.get(model.pk)),
            "draft": written(drafts.get(model.pk)),
            "retired_at": model.retired_at,
        }
        for model in models
    ]


def preview_json(found: Preview, names: dict[int, tuple[str, str]]) -> Json:
    """`names`: external id and name of customers, by id."""
    return {
        "customers": found.customers,
        "of": found.of,
        "is_sample": found.is_sample,
        "measured": [signal.key for signal in found.unmeasured],
        "changed": found.changed,
        "before": _side(found.before),
        "after": _side(found.after),
        "ways": [
            {"before": was, "after": now, "customers": count}
            for (was, now), count in found.moves.items()
        ],
        "distribution": [
            {"low": bar.begins, "high": bar.ends, "before": bar.before, "after": bar.after}
            for bar in bars(found.before.histogram, found.after.histogram)
        ],
        "largest": [_mover(one, names) for one in found.largest if one.customer in names],
    }


def _side(side: Side) -> Json:
    bands = {band.value: count for band, count in zip(BANDS, side.bands, strict=True)}
    return bands | {"without_score": side.without, "mean": side.mean}


def _mover(one: previewing.Mover, names: dict[int, tuple[str, str]]) -> Json:
    external_id, name = names[one.customer]
    return {
        "customer_id": one.customer,
        "external_id": external_id,
        "name": name,
        "mrr": one.mrr,
        "before": one.before,
        "after": one.after,
        "score_before": one.score_before,
        "score_after": one.score_after,
    }
