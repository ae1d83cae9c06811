"""What is done to one customer or contact beyond its fields: merging and erasing."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.models import Scope
from customers.actions.erasure import REASON_LENGTH, erase_contact
from customers.actions.merging import merge_customers
from customers.api import reading, schema, shapes
from customers.api.reading import Where
from customers.api.writing import not_held, source_of, storing
from customers.imports.kinds import KINDS
from customers.models import Contact, Customer, Erasure

CUSTOMERS, CONTACTS = KINDS["customers"], KINDS["contacts"]


class MergeBody(serializers.Serializer[Any]):
    merge = serializers.CharField(
        max_length=200, help_text="The id of the customer that becomes part of this one."
    )


class ErasureBody(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=REASON_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="Kept with the record of the erasure. Write no name here.",
    )


class ErasureShape(serializers.ModelSerializer[Erasure]):
    class Meta:
        model = Erasure
        fields = ["id", "state", "requested_at", "finished_at", "found"]


class MergeView(CompanyAPIView):
    """Merges another customer into this one: its facts, contacts and answers become this one's,
    and its id is an alias from then on. Cannot be undone."""

    required_scope = Scope.READ.value

    @extend_schema(
        operation_id="customers_merge",
        tags=["customers"],
        summary="Merge another customer into this one",
        parameters=[schema.ID, schema.IDEMPOTENCY_KEY],
        request=MergeBody,
        responses={200: shapes.shapes_of(CUSTOMERS.key).stored, **schema.WRONG, **schema.NO_SUCH},
    )
    def post(self, request: Request, external_id: str) -> Response:
        body = MergeBody(data=request.data)
        body.is_valid(raise_exception=True)
        other = body.validated_data["merge"]
        with storing():
            keep, merge = (_customer(one) for one in (external_id, other))
            try:
                kept = merge_customers(
                    keep=keep, merge=merge, by=None, source=source_of(self.caller.key)
                )
            except Refused as error:
                raise Problem(409, error.code, error.message) from None
            answer: dict[str, Any] = {"outcome": "updated", "external_id": kept.external_id}
            if Scope.READ.value in self.caller.scopes:
                where = Where()
                where.add('q."external_id" = %s', kept.external_id)
                answer |= reading.items(CUSTOMERS, where, limit=1)[0]
        return Response(answer)


class ErasureView(CompanyAPIView):
    """Erases the person a contact is, at every customer: names, addresses and ids at once, texts,
    events and files by a job. Counts and scores stay. Cannot be undone."""

    required_scope = Scope.READ.value

    @extend_schema(
        operation_id="contacts_erase",
        tags=["contacts"],
        summary="Erase a person on request",
        parameters=[schema.ID, schema.IDEMPOTENCY_KEY],
        request=ErasureBody,
        responses={202: ErasureShape, **schema.WRONG, **schema.NO_SUCH},
    )
    def post(self, request: Request, external_id: str) -> Response:
        body = ErasureBody(data=request.data)
        body.is_valid(raise_exception=True)
        with storing():
            contact = _contact(external_id)
            erasure = erase_contact(contact=contact, by=None, reason=body.validated_data["reason"])
            audit.record(action="contact.erasure_asked", subject=erasure, **self.audit_actor)
        return Response(ErasureShape(erasure).data, status=202)


def _customer(external_id: str) -> Customer:
    found = None
    if "\0" not in external_id:
        found = Customer.objects.filter(external_id=external_id).first()
    if found is None:
        raise Problem(404, "not_found", f"There is no customer {external_id[:100]!r}.")
    return found


def _contact(external_id: str) -> Contact:
    found = None
    if "\0" not in external_id:
        found = Contact.objects.present().filter(external_id=external_id).first()
    if found is None:
        raise not_held(CONTACTS)
    return found


urlpatterns: list[URLPattern] = [
    path("customers/<path:external_id>/merge/", MergeView.as_view(), name="customers_merge"),
    path("contacts/<path:external_id>/erasure/", ErasureView.as_view(), name="contacts_erasure"),
]
