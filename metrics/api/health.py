"""Scores and their explanations: /api/v1/health/scores/, /api/v1/customers/<id>/health/."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import paging
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from customers.models import Customer
from metrics.api.downloads import FILE, FileView, file_of, known_format
from metrics.api.score_shapes import (
    CustomerHealthShape,
    ScorePageShape,
    health_json,
    score_json,
)
from metrics.downloads.tables import Table
from metrics.health.filters import FILTERS, FilterError, Filters, filters_of
from metrics.health.listing import ORDERS, Listing
from metrics.health.reading import TAKEN, asked_of, read
from metrics.periods import PeriodError
from metrics.query import unknown

SORTING = ("sort", "reverse")
MOST_ROWS = 500_000

_FILTERS = [
    OpenApiParameter("q", str, description="Only with this in their name or id."),
    OpenApiParameter("band", str, description="green, amber, red; several with commas."),
    OpenApiParameter("model", int, description="Only scored by this health model."),
    OpenApiParameter("by", str, description="A customer attribute, with `segment`: its value."),
    OpenApiParameter("segment", str, description="The value that `by` has today."),
    OpenApiParameter("drop", int, description="Only who lost so many points in 30 days, or more."),
    OpenApiParameter("renews_within", int, description="Only who renew within so many days."),
]


def wanted_scores(params: dict[str, str], *more: str) -> Filters:
    """The filters of a request; a 400 that says what is wrong with them."""
    problem = unknown(params, (*FILTERS, *more))
    if problem:
        raise Problem(400, "unknown_filter", problem)
    try:
        return filters_of(params)
    except FilterError as error:
        raise Problem(400, "invalid_filter", str(error), filter=error.name) from None


class HealthScoresView(CompanyAPIView):
    """The scores of today of all customers that have one, in order of their number."""

    required_scope = "read"

    @extend_schema(
        operation_id="health_scores",
        parameters=[
            *_FILTERS,
            *paging.PARAMETERS,
        ],
        responses=ScorePageShape,
    )
    def get(self, request: Request) -> Response:
        filters = wanted_scores(request._request.GET.dict(), *paging.NAMES)
        listing = Listing(self.company, self.company.today(), filters)
        asked = Paging.of(request)
        found = listing.after(asked.mark, asked.size + 1)
        page, following = asked.cut(found, lambda row: row.customer_id)
        absolute = request.build_absolute_uri
        results = [
            score_json(
                row,
                absolute(reverse("api:customer_health", args=[row.external_id])),
                {
                    "id": row.customer_id,
                    "external_id": row.external_id,
                    "name": row.name,
                    "url": absolute(reverse("customers:detail", args=[row.customer_id])),
                },
            )
            for row in page
        ]
        body = {"as_of": listing.today, "currency": listing.currency.code}
        return Response({**body, "next": following, "results": results})


class HealthScoresTableView(FileView):
    """The scores of today as a table: csv or xlsx. Takes the filters and order of the page."""

    @extend_schema(
        operation_id="health_scores_table",
        parameters=[
            *_FILTERS,
            OpenApiParameter("sort", str, enum=list(ORDERS), description="Default score."),
            OpenApiParameter("reverse", str, description="1: the other way round."),
        ],
        responses=FILE,
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        known_format(kind)
        params = request._request.GET.dict()
        filters = wanted_scores(params, *SORTING)
        order = params.get("sort") or "score"
        if order not in ORDERS:
            known = ", ".join(ORDERS)
            raise Problem(400, "invalid_sort", f"sort must be one of {known}; got {order[:100]}.")
        listing = Listing(self.company, self.company.today(), filters)
        return file_of(_table(listing, order, is_reverse=params.get("reverse") == "1"), kind)


def _table(listing: Listing, order: str, *, is_reverse: bool) -> Table:
    columns = ["customer", "name", "score", "band", "coverage", "since", "score_30_days_ago"]
    columns += ["change", "mrr", "mrr_at_risk", "currency", "days_to_renewal", "model", "version"]
    rows = (
        [
            row.external_id,
            row.name,
            row.score,
            row.band,
            row.coverage,
            row.since,
            row.before,
            row.change,
            row.mrr,
            row.at_risk,
            listing.currency.code,
            row.renews_in,
            row.model,
            row.version,
        ]
        for row in listing.all(order=order, reverse=is_reverse, most=MOST_ROWS)
    )
    return Table(f"health-{listing.today}", columns, rows)


class CustomerHealthView(CompanyAPIView):
    """A customer's score on a day with its working, what moved it since another, and all its
    scores."""

    required_scope = "read"

    @extend_schema(
        operation_id="customer_health",
        parameters=[
            OpenApiParameter("on", str, description="The day, as YYYY-MM-DD; today without it."),
            OpenApiParameter("from", str, description="An earlier day to compare it with."),
        ],
        responses=CustomerHealthShape,
    )
    def get(self, request: Request, external_id: str) -> Response:
        customer = customer_of(external_id)
        params: dict[str, Any] = request.query_params.dict()
        problem = unknown(params, TAKEN)
        if problem:
            raise Problem(400, "unknown_parameter", problem)
        try:
            asked = asked_of(params, self.company.today())
        except PeriodError as error:
            raise Problem(400, "invalid_day", str(error)) from None
        found = read(customer, asked, company=self.company)
        said = {
            "id": customer.pk,
            "external_id": customer.external_id,
            "name": customer.name,
            "url": request.build_absolute_uri(customer.get_absolute_url()),
        }
        return Response(health_json(found, said))


def customer_of(external_id: str) -> Customer:
    """The customer whose id it is or was; else a 404."""
    found = None if "\0" in external_id else Customer.objects.known_as(external_id)
    if found is None:
        raise Problem(404, "not_found", f"There is no customer {external_id[:100]!r}.")
    return found
