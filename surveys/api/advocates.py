"""/api/v1/advocates/, /api/v1/rewards/ and /api/v1/referred-people/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.api.paging import PARAMETERS, Paging
from customers.models import Contact, Customer
from surveys import advocates
from surveys.actions.referrals import erase_person
from surveys.actions.rewards import SETTLED, promise, settle
from surveys.api.refusing import refusals
from surveys.models import ReferredPerson, Reward


class AdvocateShape(serializers.Serializer[Any]):
    """A contact who referred by a link (`contact`), or a customer whose referrals name none."""

    customer = serializers.CharField(source="customer_key")
    customer_name = serializers.CharField(source="customer")
    contact = serializers.IntegerField(source="contact_id", allow_null=True)
    contact_name = serializers.CharField(source="contact")
    referrals = serializers.IntegerField()
    converted = serializers.IntegerField()
    latest_on = serializers.DateField(allow_null=True)
    promised = serializers.IntegerField(help_text="Rewards.")
    given = serializers.IntegerField()
    refused = serializers.IntegerField()


class AdvocateListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = AdvocateShape(many=True)


class AdvocatesView(CompanyAPIView):
    """Who brought in others: those with most new customers first."""

    required_scope = "read"

    @extend_schema(operation_id="advocates", parameters=[*PARAMETERS], responses=AdvocateListShape)
    def get(self, request: Request) -> Response:
        refuse_others(request.query_params, ("cursor", "page_size"))
        paging = Paging.of(request)  # a mark here is how many came before
        rows, _totals = advocates.advocates(limit=paging.size + 1, offset=paging.mark)
        page, following = paging.cut(rows, lambda row: paging.mark + paging.size)
        return Response({"next": following, "results": AdvocateShape(page, many=True).data})


class RewardShape(serializers.ModelSerializer[Reward]):
    """`referral` is the id of the referral, as /api/v1/referrals/ has it."""

    customer = serializers.CharField(source="customer.external_id")
    contact = serializers.IntegerField(source="contact_id", allow_null=True)
    referral = serializers.CharField(source="referral_id")

    class Meta:
        model = Reward
        fields = (
            "id",
            "customer",
            "contact",
            "referral",
            "what",
            "value",
            "currency",
            "state",
            "withdrawn_because",
            "given_on",
            "note",
            "is_by_rule",
            "created_at",
        )


class RewardListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = RewardShape(many=True)


class RewardBody(serializers.Serializer[Any]):
    customer = serializers.CharField(max_length=200, help_text="The id of the customer.")
    contact = serializers.IntegerField(required=False, allow_null=True, default=None)
    referral = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    what = serializers.CharField(max_length=200)
    value = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class RewardChangeBody(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=[(one.value, one.label) for one in SETTLED])
    given_on = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class RewardsView(CompanyAPIView):
    """What advocates were promised, given and refused; newest first."""

    required_scope = "read"

    @extend_schema(
        operation_id="rewards",
        parameters=[
            OpenApiParameter("customer", str, description="Of the customer with this id."),
            OpenApiParameter("state", str, enum=Reward.State.values),
            *PARAMETERS,
        ],
        responses=RewardListShape,
    )
    def get(self, request: Request) -> Response:
        query = request.query_params
        refuse_others(query, ("customer", "state", "cursor", "page_size"))
        rows = Reward.objects.select_related("customer")
        if "customer" in query:
            rows = rows.filter(customer=_customer(query["customer"]))
        if "state" in query:
            if query["state"] not in Reward.State.values:
                states = ", ".join(Reward.State.values)
                raise Problem(400, "invalid_filter", f"state is one of {states}.")
            rows = rows.filter(state=query["state"])
        return _listed(request, rows, RewardShape)

    @extend_schema(operation_id="reward_promise", request=RewardBody, responses={201: RewardShape})
    def post(self, request: Request) -> Response:
        body = RewardBody(data=self.members(tuple(RewardBody().fields)))
        body.is_valid(raise_exception=True)
        data = body.validated_data
        with refusals():
            reward = promise(
                customer=_customer(data["customer"]),
                contact=_contact(data["contact"]),
                referral_id=data["referral"],
                what=data["what"],
                value=data["value"],
                note=data["note"],
                **self.audit_actor,
            )
        return Response(RewardShape(reward).data, status=201)


class RewardView(CompanyAPIView):
    """One reward."""

    required_scope = "read"

    def _reward(self, reward_id: int) -> Reward:
        found = Reward.objects.select_related("customer").filter(pk=reward_id).first()
        if found is None:
            raise Problem(404, "unknown_reward", "There is no such reward.")
        return found

    @extend_schema(operation_id="reward", responses=RewardShape)
    def get(self, request: Request, reward_id: int) -> Response:
        return Response(RewardShape(self._reward(reward_id)).data)

    @extend_schema(operation_id="reward_settle", request=RewardChangeBody, responses=RewardShape)
    def patch(self, request: Request, reward_id: int) -> Response:
        reward = self._reward(reward_id)
        body = RewardChangeBody(data=self.members(tuple(RewardChangeBody().fields)))
        body.is_valid(raise_exception=True)
        data = body.validated_data
        with refusals():
            settled = settle(
                reward=reward,
                state=data["state"],
                given_on=data["given_on"],
                note=data.get("note"),
                **self.audit_actor,
            )
        return Response(RewardShape(settled).data)


class ReferredPersonShape(serializers.ModelSerializer[ReferredPerson]):
    """Somebody who left an address by a referral link; all empty once erased."""

    referral = serializers.CharField(source="referral_id")
    contact = serializers.IntegerField(source="contact_id", help_text="The advocate.")
    customer = serializers.CharField(source="contact.customer.external_id")

    class Meta:
        model = ReferredPerson
        fields = (
            "id",
            "referral",
            "contact",
            "customer",
            "name",
            "company_name",
            "email",
            "message",
            "language",
            "consent",
            "created_at",
            "erased_at",
        )


class ReferredPersonListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = ReferredPersonShape(many=True)


class ReferredPeopleView(CompanyAPIView):
    """Who came by referral links; newest first. The referrals themselves, and which of them
    became customers, are at /api/v1/referrals/."""

    required_scope = "read"

    @extend_schema(
        operation_id="referred_people", parameters=[*PARAMETERS], responses=ReferredPersonListShape
    )
    def get(self, request: Request) -> Response:
        refuse_others(request.query_params, ("cursor", "page_size"))
        rows = ReferredPerson.objects.select_related("contact__customer")
        return _listed(request, rows, ReferredPersonShape)


class ReferredPersonErasureView(CompanyAPIView):
    """Forgets who was referred, at once and for good; the referral stays counted."""

    required_scope = "read"

    @extend_schema(
        operation_id="referred_person_erase", request=None, responses=ReferredPersonShape
    )
    def post(self, request: Request, person_id: int) -> Response:
        found = ReferredPerson.objects.select_related("contact__customer").filter(pk=person_id)
        person = found.first()
        if person is None:
            raise Problem(404, "unknown_person", "There is no such person.")
        erase_person(person=person, **self.audit_actor)
        return Response(ReferredPersonShape(found.get()).data)


def _listed(
    request: Request, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]
) -> Response:
    """A page of rows, the newest first."""
    page, following = Paging.of(request).rows(rows, newest_first=True)
    return Response({"next": following, "results": shape(page, many=True).data})


def _customer(external_id: str) -> Customer:
    found = Customer.objects.known_as(external_id) if "\0" not in external_id else None
    if found is None:
        raise Problem(404, "unknown_customer", "There is no customer of this id.")
    return found


def _contact(contact_id: int | None) -> Contact | None:
    if contact_id is None:
        return None
    found = Contact.objects.filter(pk=contact_id).first()
    if found is None:
        raise Problem(404, "unknown_contact", "There is no such contact.")
    return found
