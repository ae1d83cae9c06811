"""Who needs somebody, and why: /api/v1/today/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from customers import owners
from customers.models import Customer
from customers.owners import Owned
from metrics.today import reading
from metrics.today.reading import MOST, Asked, Item

Json = dict[str, Any]
FILTERS = ("owner", "kind", "customer")


class TodayReasonShape(serializers.Serializer[Any]):
    """`about`: what a task about it says (POST /tasks/). `task`: the open task about it, or that
    it is."""

    kind = serializers.ChoiceField(choices=reading.kinds())
    about = serializers.CharField(allow_null=True)
    words = serializers.CharField()
    urgency = serializers.FloatField(help_text="0 to 100.")
    since = serializers.DateField()
    facts = serializers.DictField(help_text="What the words are made of.")
    task = serializers.IntegerField(allow_null=True)


class TodayItemShape(serializers.Serializer[Any]):
    customer = serializers.CharField()
    name = serializers.CharField()
    mrr = serializers.DecimalField(max_digits=30, decimal_places=10, allow_null=True)
    urgency = serializers.FloatField()
    reasons = TodayReasonShape(many=True)


class TodayCountShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    reasons = serializers.IntegerField()


class TodayShape(serializers.Serializer[Any]):
    """The most urgent times MRR first. `customers` and `mrr` are of all, also of those that
    `results` leaves out."""

    as_of = serializers.DateField()
    currency = serializers.CharField(allow_null=True)
    customers = serializers.IntegerField()
    mrr = serializers.DecimalField(max_digits=30, decimal_places=10, allow_null=True)
    counts = TodayCountShape(many=True)
    results = TodayItemShape(many=True)


class TodayView(CompanyAPIView):
    """Who needs somebody today, and why."""

    required_scope = "read"

    @extend_schema(
        operation_id="today",
        description=f"The first {MOST} customers; narrow it to see others.",
        responses=TodayShape,
        parameters=[
            OpenApiParameter(
                "owner",
                str,
                description="me, all, none, or an owner as customers name it. Default: all.",
            ),
            OpenApiParameter("kind", str, enum=reading.kinds(), description="Default: all."),
            OpenApiParameter("customer", str, description="Only the customer of this id."),
        ],
    )
    def get(self, request: Request) -> Response:
        params = request.query_params.dict()
        refuse_others(params, FILTERS)
        kind = params.get("kind", "")
        if kind and kind not in reading.kinds():
            known = ", ".join(reading.kinds())
            raise Problem(400, "invalid_filter", f"kind is one of {known}.", filter="kind")
        asked = Asked(owned=self._owned(params), kind=kind, customer=_customer(params))
        found = reading.read(asked, company=self.company)
        return Response(
            {
                "as_of": found.day,
                "currency": found.currency.code,
                "customers": found.customers,
                "mrr": found.mrr,
                "counts": [{"kind": one.kind, "reasons": one.reasons} for one in found.counts],
                "results": [_item_json(item) for item in found.items],
            }
        )

    def _owned(self, params: dict[str, str]) -> Owned:
        asked = params.get("owner", "").strip() or owners.ALL
        user = self.caller.user
        if user is not None:
            return owners.owned_of({"owner": asked}, user)
        if asked == owners.ME:
            told = "me is somebody who is signed in; name an owner."
            raise Problem(400, "invalid_filter", told, filter="owner")
        if asked == owners.ALL:
            return owners.EVERYBODY
        names = () if asked == owners.NONE else (asked.replace("\0", "").lower(),)
        return Owned(choice=asked, names=names)


def _customer(params: dict[str, str]) -> int | None:
    wanted = params.get("customer", "").replace("\0", "")
    if not wanted:
        return None
    found = Customer.objects.known_as(wanted)
    if found is None:
        raise Problem(400, "unknown_customer", f"There is no customer {wanted[:100]}.")
    return found.pk


def _item_json(item: Item) -> Json:
    return {
        "customer": item.external_id,
        "name": item.name,
        "mrr": item.mrr,
        "urgency": item.urgency,
        "reasons": [
            {
                "kind": reason.kind,
                "about": None if reason.kind == "task" else reason.about,
                "words": reason.words,
                "urgency": reason.urgency,
                "since": reason.since,
                "facts": reason.data,
                "task": reason.task_id,
            }
            for reason in item.reasons
        ],
    }
