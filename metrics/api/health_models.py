"""/api/v1/health/models/ and /api/v1/health/signals/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.models import Scope
from accounts.permissions import Permission
from customers.models import Customer
from metrics.actions import health_models as actions
from metrics.api import health_shapes as shapes
from metrics.api.health_shapes import Json, models_json, preview_json, signal_json, version_json
from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.previewing import preview
from metrics.health.recipe import THRESHOLDS, RecipeError
from metrics.models import HealthModel, HealthVersion

RECIPE = ("signals", "green_from", "amber_from")


class ModelsAPIView(CompanyAPIView):
    """What the views of models have in common."""

    required_scope = "read"

    def model(self, model_id: int) -> HealthModel:
        found = HealthModel.objects.filter(pk=model_id).first()
        if found is None:
            raise Problem(404, "unknown_model", "There is no such health model.")
        return found

    def written(self, model: HealthModel) -> Json:
        return models_json([model])[0]


@contextmanager
def refused() -> Iterator[None]:
    """What an action refuses is a 400 with errors by field, or a 409 where it is not the time."""
    try:
        yield
    except RecipeError as error:
        raise serializers.ValidationError(_by_field(error.problems)) from None
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise serializers.ValidationError(error.message_dict) from None
        raise Problem(409, "not_now", " ".join(error.messages)) from None


def _by_field(problems: Mapping[str, str]) -> Json:
    """Problems of the whole at `signals`, of a signal at `signals.<key>`."""
    outer = {key.replace(" ", "_"): [text] for key, text in problems.items() if key in THRESHOLDS}
    inner = {key: [text] for key, text in problems.items() if key and key not in THRESHOLDS}
    if inner:
        return {**outer, "signals": inner}
    return {**outer, "signals": [problems[""]]} if "" in problems else outer


class SignalsView(ModelsAPIView):
    """What health models can weigh; those the company sends itself with `is_custom`."""

    @extend_schema(operation_id="health_signals", responses=shapes.HealthSignalListShape)
    def get(self, request: Request) -> Response:
        results = [signal_json(one) for one in signals.known().values()]
        return Response({"next": None, "results": results})


class ModelsView(ModelsAPIView):
    """The health models in the order in which they apply, then the retired ones."""

    @extend_schema(operation_id="health_models", responses=shapes.HealthModelListShape)
    def get(self, request: Request) -> Response:
        models = sorted(HealthModel.objects.all(), key=lambda one: one.retired_at is not None)
        return Response({"next": None, "results": models_json(models)})

    @extend_schema(
        operation_id="health_model_make",
        request=shapes.HealthNewModelShape,
        responses={201: shapes.HealthModelShape},
    )
    def post(self, request: Request) -> Response:
        """Make one with a draft; nobody is scored by it until that is published."""
        self.check_may(Permission.ADMINISTER)
        values = self.checked(shapes.HealthNewModelShape)
        begun: Json = {"ready_made": values.pop("ready_made", "")}
        if "copy_of" in values:
            copied = self.model(values.pop("copy_of"))
            begun["copy_of"] = actions.draft_of(copied) or actions.latest(copied)
        with refused():
            model = actions.make(values=values, **begun, **self.audit_actor)
        return Response(self.written(model), status=201)


class ModelView(ModelsAPIView):
    """A health model."""

    @extend_schema(operation_id="health_model", responses=shapes.HealthModelShape)
    def get(self, request: Request, model_id: int) -> Response:
        return Response(self.written(self.model(model_id)))

    @extend_schema(
        operation_id="health_model_change",
        request=shapes.HealthModelChangeShape(partial=True),
        responses=shapes.HealthModelShape,
    )
    def patch(self, request: Request, model_id: int) -> Response:
        """Its name, whom it is for, its place; what is absent is kept."""
        self.check_may(Permission.ADMINISTER)
        model = self.model(model_id)
        values = self.checked(shapes.HealthModelChangeShape, partial=True)
        place = values.pop("place", None)
        with refused(), transaction.atomic():
            model = actions.change(model=model, values=values, **self.audit_actor)
            if place is not None:
                actions.move(model=model, to=place, **self.audit_actor)
        return Response(self.written(self.model(model_id)))

    @extend_schema(operation_id="health_model_retire", responses={204: None})
    def delete(self, request: Request, model_id: int) -> Response:
        """Retire it: it is for nobody any more, and kept for its record."""
        self.check_may(Permission.ADMINISTER)
        with refused():
            actions.retire(model=self.model(model_id), **self.audit_actor)
        return Response(status=204)


class DraftView(ModelsAPIView):
    """The draft of a model."""

    @extend_schema(operation_id="health_draft", responses=shapes.HealthVersionShape)
    def get(self, request: Request, model_id: int) -> Response:
        draft = actions.draft_of(self.model(model_id))
        if draft is None:
            raise Problem(404, "no_draft", "The model has no draft.")
        return Response(version_json(draft, signals.known()))

    @extend_schema(
        operation_id="health_draft_save",
        request=shapes.HealthDraftShape,
        responses=shapes.HealthVersionShape,
    )
    def put(self, request: Request, model_id: int) -> Response:
        """Save what the next version is to say, instead of what the draft said."""
        self.check_may(Permission.ADMINISTER)
        model, said = (
            self.model(model_id),
            dict(self.members([*RECIPE, "note"], may_be_missing=True)),
        )
        note = said.pop("note", "")
        if not isinstance(note, str):
            raise serializers.ValidationError({"note": ["A note is a text."]})
        with refused():
            draft = actions.save_draft(model=model, said=said, note=note, **self.audit_actor)
        return Response(version_json(draft, signals.known()))

    @extend_schema(operation_id="health_draft_discard", responses={204: None})
    def delete(self, request: Request, model_id: int) -> Response:
        self.check_may(Permission.ADMINISTER)
        with refused():
            actions.discard_draft(model=self.model(model_id), **self.audit_actor)
        return Response(status=204)


class PublishView(ModelsAPIView):
    """Publishing a draft."""

    @extend_schema(
        operation_id="health_model_publish",
        request=shapes.HealthPublishingShape,
        responses={201: shapes.HealthVersionShape},
    )
    def post(self, request: Request, model_id: int) -> Response:
        """Make the draft the version in force; a job scores everybody by it."""
        self.check_may(Permission.ADMINISTER)
        note = self.checked(shapes.HealthPublishingShape).get("note", "")
        with refused():
            version = actions.publish(model=self.model(model_id), note=note, **self.audit_actor)
        return Response(version_json(version, signals.known()), status=201)


class PreviewView(ModelsAPIView):
    """Trying a recipe."""

    @extend_schema(
        operation_id="health_model_preview",
        request=shapes.HealthRecipeShape,
        responses=shapes.HealthPreviewShape,
    )
    def post(self, request: Request, model_id: int) -> Response:
        """What publishing this would change; without a body, the draft. Saves nothing."""
        if Scope.READ.value not in self.caller.scopes:  # the answer names customers
            raise Problem(403, "scope_missing", "This needs a key with the scope “read”, too.")
        model, said = self.model(model_id), self.members(RECIPE, may_be_missing=True)
        if not said:
            draft = actions.draft_of(model)
            if draft is None:
                raise Problem(409, "no_draft", "The model has no draft: send what to try.")
            said = draft.recipe
        with refused():
            recipe = recipes.read(said, signals.known())
        found = preview(model, recipe, company=self.company, today=self.company.today())
        held = Customer.objects.in_bulk([one.customer for one in found.largest])
        names = {one.pk: (one.external_id, one.name) for one in held.values()}
        return Response(preview_json(found, names))


class VersionsView(ModelsAPIView):
    """The versions of a model."""

    @extend_schema(operation_id="health_versions", responses=shapes.HealthVersionListShape)
    def get(self, request: Request, model_id: int) -> Response:
        """Those published, the latest first."""
        known, model = signals.known(), self.model(model_id)
        held = HealthVersion.objects.filter(model=model, number__isnull=False)
        results = [version_json(version, known) for version in held]
        return Response({"next": None, "results": results})


class RevertView(ModelsAPIView):
    """Going back to a version."""

    @extend_schema(
        operation_id="health_version_revert",
        request=None,
        responses={201: shapes.HealthVersionShape},
    )
    def post(self, request: Request, model_id: int, number: int) -> Response:
        """Make a draft that says what this version says; publish it to go back."""
        self.check_may(Permission.ADMINISTER)
        with refused():
            draft = actions.revert(model=self.model(model_id), number=number, **self.audit_actor)
        return Response(version_json(draft, signals.known()), status=201)
