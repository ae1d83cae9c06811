"""What a customer's page shows: /api/v1/customers/<id>/headline/ and .../timeline/."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import LARGEST_PAGE, PAGE, size_of
from customers.api import schema
from customers.headline import headline
from customers.looking import KINDS, read_mark
from customers.models import Customer
from customers.one import well_known
from customers.timeline import page_of

TAKEN = ("kind", "cursor", "page_size")


class ConcernShape(serializers.Serializer[Any]):
    text = serializers.CharField()
    weight = serializers.FloatField(help_text="0 to 100; the weightiest come first.")
    url = serializers.URLField(allow_null=True)


class HeadlineShape(serializers.Serializer[Any]):
    external_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    owner = serializers.CharField(allow_null=True)
    stage = serializers.CharField(allow_null=True)
    signed_up_on = serializers.DateField(allow_null=True)
    concerns = ConcernShape(many=True)
    figures = serializers.DictField(
        child=serializers.DictField(),
        help_text="mrr, health, renewal, nps, tickets, use: those that have something to say.",
    )


class TimelineEntryShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    kind = serializers.ChoiceField(choices=list(KINDS.items()))
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    url = serializers.URLField(allow_null=True)


class TimelineShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="Of the older ones.")
    results = TimelineEntryShape(many=True)


class HeadlineView(CompanyAPIView):
    """The figures that lead a customer's page, and what matters now."""

    required_scope = "read"

    @extend_schema(
        operation_id="customers_headline",
        tags=["customers"],
        summary="A customer's headline",
        parameters=[schema.ID],
        responses={200: HeadlineShape, **schema.NO_SUCH},
    )
    def get(self, request: Request, external_id: str) -> Response:
        customer = _customer(external_id)
        today = self.company.today()
        found = headline(customer, today)
        whose = {item.key: item.value or None for item in well_known(customer, today)}
        return Response(
            {
                "external_id": customer.external_id,
                "name": customer.name,
                "url": request.build_absolute_uri(customer.get_absolute_url()),
                **whose,
                "signed_up_on": customer.signed_up_on,
                "concerns": [
                    {"text": one.text, "weight": one.weight, "url": _url(request, one.href)}
                    for one in found.concerns
                ],
                "figures": {figure.key: figure.plain(context) for figure, context in found.figures},
            }
        )


class TimelineView(CompanyAPIView):
    """Everything that happened at a customer, newest first."""

    required_scope = "read"

    @extend_schema(
        operation_id="customers_timeline",
        tags=["customers"],
        summary="A customer's timeline",
        parameters=[
            schema.ID,
            OpenApiParameter("kind", str, enum=list(KINDS)),
            OpenApiParameter("cursor", str, description="Take the link in `next`."),
            OpenApiParameter("page_size", int, description=f"Up to {LARGEST_PAGE:,}; {PAGE}."),
        ],
        responses={200: TimelineShape, **schema.NO_SUCH},
    )
    def get(self, request: Request, external_id: str) -> Response:
        customer = _customer(external_id)
        query = request._request.GET
        wrong = sorted(set(query) - set(TAKEN))
        if wrong:
            said = f"Only {', '.join(TAKEN)} can be given; got {wrong[0][:100]}."
            raise Problem(400, "unknown_parameter", said)
        kind, cursor = query.get("kind", ""), query.get("cursor", "")
        if kind and kind not in KINDS:
            said = f"kind must be one of {', '.join(KINDS)}; got {kind[:100]}."
            raise Problem(400, "invalid_kind", said)
        mark = read_mark(cursor)
        if cursor and mark is None:
            raise Problem(
                400, "invalid_cursor", "Take the cursor from the link in `next` as it is."
            )
        page = page_of(customer, kind=kind, after=mark, limit=size_of(query))
        following = None
        if page.older:
            params = query.copy()
            params["cursor"] = page.older
            following = request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
        results = [
            {
                "on": entry.on,
                "kind": entry.kind,
                "title": entry.title,
                "text": entry.text,
                "url": _url(request, entry.href),
            }
            for entry in page.entries
        ]
        return Response({"next": following, "results": results})


def _url(request: Request, href: str) -> str | None:
    return request.build_absolute_uri(href) if href else None


def _customer(external_id: str) -> Customer:
    found = None if "\0" in external_id else Customer.objects.known_as(external_id)
    if found is None:
        raise Problem(404, "not_found", f"There is no customer {external_id[:100]!r}.")
    return found


urlpatterns: list[URLPattern] = [
    path("customers/<path:external_id>/headline/", HeadlineView.as_view(), name="headline"),
    path("customers/<path:external_id>/timeline/", TimelineView.as_view(), name="timeline"),
]
