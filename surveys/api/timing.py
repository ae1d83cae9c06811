"""Below /api/v1/campaigns/<id>/: whom it goes to and when, what that comes to, and its states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Problem
from customers.models import Contact
from surveys import audience, timing
from surveys.actions.calls import invite_for_call
from surveys.actions.campaigns import choose_contacts
from surveys.actions.running import (
    end_campaign,
    schedule_campaign,
    set_timing,
    unschedule_campaign,
)
from surveys.api.campaign_shapes import CampaignShape, campaign_json
from surveys.api.campaigns import CampaignPauseView, OneCampaignView
from surveys.api.invitations import InvitationShape, InvitationsView
from surveys.api.refusing import refusals
from surveys.audience import AudienceError, Choice, Filter
from surveys.models import Campaign, Event, Timing
from surveys.timing import TimingError

Json = dict[str, Any]


class AudienceFilterShape(serializers.Serializer[Filter]):
    """One of its values holds."""

    name = serializers.CharField(max_length=50)
    key = serializers.CharField(
        required=False, allow_blank=True, max_length=63, help_text="Which attribute, say."
    )
    values = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=1000, min_length=1
    )


class AudienceShape(serializers.Serializer[Any]):
    """All contacts, or those named, for whom every filter holds."""

    contacts = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        allow_null=True,
        max_length=100_000,
        help_text="Ids of contacts; null or absent: all.",
    )
    filters = AudienceFilterShape(many=True, required=False)
    not_asked_days = serializers.IntegerField(required=False, min_value=0, max_value=3650)
    is_former_included = serializers.BooleanField(
        required=False,
        help_text="Of all contacts, also those at customers whose subscriptions have all ended;"
        " without it they are left out. Contacts that are named are asked anyway.",
    )
    sample_percent = serializers.IntegerField(required=False, min_value=1, max_value=100)


class TimingShape(serializers.Serializer[Any]):
    """When it asks. What is left out stays as it is."""

    timing = serializers.ChoiceField(choices=Timing.choices, required=False)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    every_days = serializers.IntegerField(required=False, allow_null=True)
    event = serializers.ChoiceField(choices=Event.choices, required=False, allow_blank=True)
    event_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    days_before = serializers.IntegerField(required=False, allow_null=True)
    delay_hours = serializers.IntegerField(required=False)
    send_from = serializers.TimeField(required=False, allow_null=True)
    send_until = serializers.TimeField(required=False, allow_null=True)
    is_weekdays_only = serializers.BooleanField(required=False)
    spread_days = serializers.IntegerField(required=False)
    reminders = serializers.IntegerField(required=False)
    reminder_days = serializers.IntegerField(required=False)


class LeftOutShape(serializers.Serializer[Any]):
    reason = serializers.CharField()
    words = serializers.CharField()
    count = serializers.IntegerField()


class CampaignPlanShape(serializers.Serializer[Any]):
    """What the audience comes to at this moment."""

    count = serializers.IntegerField(help_text="Contacts who would be asked.")
    customers = serializers.IntegerField()
    chosen = serializers.IntegerField()
    left_out = LeftOutShape(many=True)


class CampaignScheduleShape(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField(
        required=False, help_text="Without it: as the timing says."
    )


class InvitationCallShape(serializers.Serializer[Any]):
    """The contact to ask, by its id at its source or by its address."""

    contact = serializers.CharField(required=False, max_length=200)
    email = serializers.EmailField(required=False)
    cause = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Names the event: a second call with it makes no second invitation.",
    )


class CampaignAudienceView(OneCampaignView):
    """Whom it goes to."""

    @extend_schema(operation_id="campaign_audience", responses=AudienceShape)
    def get(self, request: Request, campaign_id: int) -> Response:
        return Response(_audience_json(self.campaign(campaign_id)))

    @extend_schema(
        operation_id="campaign_audience_set", request=AudienceShape, responses=AudienceShape
    )
    def put(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = self.checked(AudienceShape)
        contacts = values.get("contacts")
        choice = Choice(
            who=audience.ALL if contacts is None else audience.PICKED,
            contacts=tuple(contacts or ()),
            not_asked_days=values.get("not_asked_days", Choice().not_asked_days),
            is_former_included=values.get("is_former_included", False),
            filters=tuple(
                Filter(one["name"], tuple(one["values"]), one.get("key", ""))
                for one in values.get("filters", [])
            ),
        )
        with telling():
            changed = choose_contacts(
                campaign=campaign,
                choice=choice,
                sample_percent=values.get("sample_percent"),
                **self.audit_actor,
            )
        return Response(_audience_json(changed))


class CampaignTimingView(OneCampaignView):
    """When it asks."""

    @extend_schema(operation_id="campaign_timing", responses=TimingShape)
    def get(self, request: Request, campaign_id: int) -> Response:
        return Response(TimingShape(timing.of_campaign(self.campaign(campaign_id))).data)

    @extend_schema(operation_id="campaign_timing_set", request=TimingShape, responses=TimingShape)
    def patch(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = self.checked(TimingShape)
        with telling():
            changed = set_timing(campaign=campaign, **values, **self.audit_actor)
        return Response(TimingShape(timing.of_campaign(changed)).data)


class CampaignPlanView(OneCampaignView):
    """Who would be asked now, and who is left out for which reason."""

    @extend_schema(operation_id="campaign_plan", responses=CampaignPlanShape)
    def get(self, request: Request, campaign_id: int) -> Response:
        plan = audience.plan_of(self.campaign(campaign_id))
        return Response(CampaignPlanShape(plan).data)


class CampaignScheduleView(OneCampaignView):
    """Lets it start by itself."""

    @extend_schema(
        operation_id="campaign_schedule", request=CampaignScheduleShape, responses=CampaignShape
    )
    def post(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = self.checked(CampaignScheduleShape)
        with telling():
            changed = schedule_campaign(campaign=campaign, **values, **self.audit_actor)
        return Response(campaign_json(changed))


class CampaignUnscheduleView(CampaignPauseView):
    """Makes a scheduled campaign a draft again."""

    does = staticmethod(unschedule_campaign)

    @extend_schema(operation_id="campaign_unschedule", request=None, responses=CampaignShape)
    def post(self, request: Request, campaign_id: int) -> Response:
        return self.done(campaign_id)


class CampaignEndView(CampaignPauseView):
    """Asks nobody any more."""

    does = staticmethod(end_campaign)

    @extend_schema(operation_id="campaign_end", request=None, responses=CampaignShape)
    def post(self, request: Request, campaign_id: int) -> Response:
        return self.done(campaign_id)


class AskingInvitationsView(InvitationsView):
    """Whom a campaign asks, and asking a contact of one that waits for calls."""

    @extend_schema(
        operation_id="campaign_invite",
        request=InvitationCallShape,
        responses={201: InvitationShape, 200: InvitationShape},
        parameters=[OpenApiParameter("campaign_id", int, "path")],
    )
    def post(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = self.checked(InvitationCallShape)
        contact = _contact(values)
        with refusals():
            invitation, is_new = invite_for_call(
                campaign=campaign,
                contact=contact,
                cause=values.get("cause", ""),
                **self.audit_actor,
            )
        return Response(InvitationShape(invitation).data, status=201 if is_new else 200)


@contextmanager
def telling() -> Iterator[None]:
    """What is wrong with a choice or a timing, as a problem of a member; else as `refusals`."""
    try:
        with refusals():
            yield
    except Problem as problem:
        cause = problem.__context__
        if isinstance(cause, AudienceError | TimingError):
            raise serializers.ValidationError({cause.field: [cause.message]}) from None
        raise


def _audience_json(campaign: Campaign) -> Json:
    choice = Choice.of(campaign)
    return {
        "contacts": list(choice.contacts) if choice.who == audience.PICKED else None,
        "filters": [
            {"name": one.name, "key": one.key, "values": list(one.values)}
            for one in choice.all_filters()
        ],
        "not_asked_days": choice.not_asked_days,
        "is_former_included": choice.is_former_included,
        "sample_percent": campaign.sample_percent,
    }


def _contact(values: Json) -> Contact:
    if ("contact" in values) == ("email" in values):
        raise Problem(400, "contact_unclear", "Name the contact by `contact` or by `email`.")
    present = Contact.objects.present()
    if "contact" in values:
        found = present.filter(external_id=values["contact"]).first()
        found = found or present.filter(aliases__external_id=values["contact"]).first()
    else:
        found = present.filter(email__iexact=values["email"]).order_by("pk").first()
    if found is None:
        raise Problem(404, "unknown_contact", "There is no such contact.")
    return found
