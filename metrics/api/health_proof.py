"""/api/v1/health/models/<id>/proof/ and .../suggest/"""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.permissions import Permission
from metrics.actions.health_proofs import (
    CannotSuggestError,
    ask_proof,
    ask_suggestion,
    is_failed,
)
from metrics.health.choosing import ASKED, ChoiceError, Chosen, chosen, key_of
from metrics.health.past import HORIZONS, USUAL_HORIZON
from metrics.models import HealthModel, HealthProof, HealthSuggestion
from metrics.query import unknown

Json = dict[str, Any]
STATES = ("none", "making", "failed", "made")


class EstimateShape(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)


class LeftShape(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="Scores: a customer at a month's end.")
    left = serializers.IntegerField(help_text="Of them, whose customer left in the window.")
    rate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Wilson's 95 % interval.")
    high = serializers.FloatField(allow_null=True)


class BandRecordShape(LeftShape):
    band = serializers.CharField()
    lift = serializers.FloatField(allow_null=True, help_text="Its rate over that of all.")


class ScoresRecordShape(LeftShape):
    from_score = serializers.FloatField()
    to_score = serializers.FloatField()
    mean = serializers.FloatField()


class MissedShape(serializers.Serializer[Any]):
    customer = serializers.IntegerField()
    day = serializers.DateField(help_text="Of the score.")
    score = serializers.FloatField()
    left_on = serializers.DateField()


class RecordShape(serializers.Serializer[Any]):
    horizon = serializers.IntegerField(help_text="Days.")
    snapshots = serializers.ListField(child=serializers.DateField())
    customers = serializers.IntegerField()
    customers_left = serializers.IntegerField()
    unmeasured = serializers.IntegerField(help_text="Rows left out: nothing was measured.")
    auc = EstimateShape(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is no AUC.")
    all = LeftShape()
    bands = BandRecordShape(many=True)
    calibration = ScoresRecordShape(many=True, help_text="Tenths, from the lowest scores up.")
    missed = MissedShape(many=True, help_text="Green and left; the latest first.")
    missed_count = serializers.IntegerField()


class ProofShape(serializers.Serializer[Any]):
    model = serializers.IntegerField()
    version = serializers.CharField(help_text="A number, or draft.")
    against = serializers.CharField(allow_null=True)
    horizon = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    done = serializers.IntegerField(help_text="Of `steps`, while it is made.")
    steps = serializers.IntegerField()
    as_of = serializers.DateField(allow_null=True)
    made_at = serializers.DateTimeField(allow_null=True)
    is_of_another_draft = serializers.BooleanField(help_text="The draft was changed since.")
    problem = serializers.CharField(allow_null=True, help_text="Why it cannot be made.")
    share = serializers.FloatField(allow_null=True, help_text="Which part of the customers.")
    usage_waited = serializers.BooleanField(
        allow_null=True, help_text="Usage was still to be rolled up when it was made: make it anew."
    )
    record = RecordShape(allow_null=True)
    against_record = RecordShape(allow_null=True)
    difference = EstimateShape(allow_null=True, help_text="Of the AUC: version less against.")


class AskProofShape(serializers.Serializer[Any]):
    version = serializers.CharField(required=False, help_text="A number, or draft.")
    against = serializers.CharField(required=False, allow_null=True)
    horizon = serializers.ChoiceField(choices=HORIZONS, required=False)


class WeightShape(serializers.Serializer[Any]):
    signal = serializers.CharField()
    was = serializers.FloatField(help_text="Share of all, in %.")
    suggested = serializers.FloatField()
    why = serializers.CharField(allow_null=True, help_text="Why it has no weight.")


class SuggestionShape(serializers.Serializer[Any]):
    model = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    done = serializers.IntegerField()
    steps = serializers.IntegerField()
    horizon = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    made_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there are no weights.")
    customers_left = serializers.IntegerField(allow_null=True)
    snapshots = serializers.IntegerField(allow_null=True)
    weights = WeightShape(many=True)
    tried = serializers.ListField(child=serializers.DateField(), help_text="Tried on these.")
    auc_before = EstimateShape(allow_null=True)
    auc_suggested = EstimateShape(allow_null=True)
    gain = EstimateShape(allow_null=True)


class AskSuggestionShape(serializers.Serializer[Any]):
    horizon = serializers.ChoiceField(choices=HORIZONS, required=False)
    replaces_draft = serializers.BooleanField(
        required=False, help_text="That the weights of a draft there is may be replaced."
    )


class _ModelView(CompanyAPIView):
    required_scope = "read"

    def model(self, model_id: int) -> HealthModel:
        found = HealthModel.objects.filter(pk=model_id).first()
        if found is None:
            raise Problem(404, "unknown_health_model", "There is no such health model.")
        return found


class HealthProofView(_ModelView):
    """A version's record: who left, as it would have scored them `horizon` days before; and beside
    another version's. Made by a job."""

    parameters: ClassVar = [
        OpenApiParameter("version", str, description="A number or draft; default: in force."),
        OpenApiParameter("against", str, description="Another version, to compare with."),
        OpenApiParameter(
            "horizon", int, enum=list(HORIZONS), description=f"Days; default {USUAL_HORIZON}."
        ),
    ]

    @extend_schema(operation_id="health_proof", parameters=parameters, responses=ProofShape)
    def get(self, request: Request, model_id: int) -> Response:
        params = request.query_params.dict()
        if problem := unknown(params, ASKED):
            raise Problem(400, "invalid_option", problem)
        return Response(proof_json(self._chosen(model_id, params)))

    @extend_schema(
        operation_id="health_proof_make", request=AskProofShape, responses={202: ProofShape}
    )
    def post(self, request: Request, model_id: int) -> Response:
        """Have it made, or made anew."""
        self.check_may(Permission.WORK)
        said = self.members(ASKED)
        params = {name: str(value) for name, value in said.items() if value is not None}
        asked = self._chosen(model_id, params)
        ask_proof(version=asked.version, against=asked.against, **self.audit_actor)
        return Response(proof_json(asked), status=202)

    def _chosen(self, model_id: int, params: dict[str, str]) -> Chosen:
        try:
            return chosen(self.model(model_id), params)
        except ChoiceError as error:
            raise Problem(400, "invalid_choice", str(error)) from None


class HealthSuggestionView(_ModelView):
    """Weights learned from who left, which become the model's draft. Made by a job."""

    @extend_schema(operation_id="health_suggestion", responses=SuggestionShape)
    def get(self, request: Request, model_id: int) -> Response:
        return Response(suggestion_json(self.model(model_id)))

    @extend_schema(
        operation_id="health_suggestion_make",
        request=AskSuggestionShape,
        responses={202: SuggestionShape},
    )
    def post(self, request: Request, model_id: int) -> Response:
        self.check_may(Permission.ADMINISTER)
        model = self.model(model_id)
        said = self.members(("horizon", "replaces_draft"))
        replaces = said.get("replaces_draft", False)
        if not isinstance(replaces, bool):
            raise Problem(400, "invalid_member", "replaces_draft is true or false.")
        try:
            ask_suggestion(
                model=model,
                horizon=said.get("horizon", USUAL_HORIZON),
                replaces_draft=replaces,
                **self.audit_actor,
            )
        except CannotSuggestError as error:
            status = 400 if error.code == "invalid_horizon" else 409
            raise Problem(status, error.code, str(error)) from None
        return Response(suggestion_json(model), status=202)


def proof_json(asked: Chosen) -> Json:
    row = asked.proof
    found = (row and row.found) or {}
    both = found.get("horizons", {}).get(str(asked.horizon), {})
    return {
        "model": asked.model.pk,
        "version": key_of(asked.version),
        "against": key_of(asked.against) if asked.against else None,
        "horizon": asked.horizon,
        **_standing(row),
        "is_of_another_draft": bool(row and row.is_of_another_draft),
        "problem": found.get("problem"),
        "share": found.get("share"),
        "usage_waited": found.get("usage_waited"),
        "record": both.get("version"),
        "against_record": both.get("against"),
        "difference": both.get("difference"),
    }


def suggestion_json(model: HealthModel) -> Json:
    row = HealthSuggestion.objects.filter(model=model).first()
    found = (row and row.found) or {}
    gain = found.get("gain")
    return {
        "model": model.pk,
        **_standing(row),
        "horizon": row.horizon if row else None,
        "problem": found.get("problem"),
        "reason": found.get("reason"),
        "customers_left": found.get("customers_left"),
        "snapshots": found.get("snapshots"),
        "weights": found.get("weights", []),
        "tried": found.get("tried", []),
        "auc_before": found.get("auc_before"),
        "auc_suggested": found.get("auc_suggested"),
        "gain": None
        if gain is None
        else {"value": gain, "low": found.get("low"), "high": found.get("high")},
    }


def _standing(row: HealthProof | HealthSuggestion | None) -> Json:
    return {
        "state": _state(row),
        "done": row.done if row else 0,
        "steps": row.steps if row else 0,
        "as_of": row.as_of if row else None,
        "made_at": row.made_at if row else None,
    }


def _state(row: HealthProof | HealthSuggestion | None) -> str:
    if row is None:
        return "none"
    if not row.is_waited_for:
        return "made"
    return "failed" if is_failed(row) else "making"
