"""Customers as their list shows them, and saved views: /api/v1/customer-list/, /saved-views/."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.http import HttpResponseBase, QueryDict
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import audit
from accounts.api import paging
from accounts.api.authentication import Caller
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from accounts.models import User
from accounts.permissions import Permission
from metrics.actions import saved_views
from metrics.api.downloads import FILE, FileView, file_of, known_format
from metrics.api.health import SORTING as SORTING_SCORES
from metrics.api.health import wanted_scores
from metrics.customer_list.asking import SORTING, Asked, asked_of
from metrics.customer_list.files import table_of
from metrics.customer_list.filters import STATES
from metrics.customer_list.listing import Listing, Row, Totals
from metrics.models import ListPage, SavedView

FILTERS = [
    OpenApiParameter("q", str, description="Words in the name, the id or a contact's address."),
    OpenApiParameter("owner", str, description="me, all, none, or an owner as customers name it."),
    OpenApiParameter("state", str, enum=list(STATES)),
    OpenApiParameter("band", str, description="green, amber, red; several with commas."),
    OpenApiParameter("product", int, description="Has a contract for this product today."),
    OpenApiParameter("plan", int, description="Has a contract for this plan today."),
    OpenApiParameter("mrr_from", str, description="Pays so much a month, or more."),
    OpenApiParameter("mrr_to", str, description="Pays so much a month, or less."),
    OpenApiParameter("renews_within", int, description="Renews within so many days."),
    OpenApiParameter("signed_from", str, description="Signed up that day or later: YYYY-MM-DD."),
    OpenApiParameter("signed_to", str, description="Signed up that day or earlier."),
    OpenApiParameter(
        "a.<attribute>", str, description="Its value of the attribute today; none: has none."
    ),
    OpenApiParameter("columns", str, description="Which values, by their keys with commas."),
]


class ListedCustomerShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    is_paying = serializers.BooleanField(allow_null=True, help_text="Null: never had a contract.")
    band = serializers.CharField(allow_null=True)
    is_at_risk = serializers.BooleanField(help_text="Pays, and its band is red.")
    values = serializers.DictField(help_text="By the keys of the columns. `renewal`: in days.")


class ListTotalsShape(serializers.Serializer[Any]):
    customers = serializers.IntegerField()
    paying = serializers.IntegerField()
    mrr = serializers.DecimalField(max_digits=40, decimal_places=10, allow_null=True)
    at_risk = serializers.IntegerField()
    mrr_at_risk = serializers.DecimalField(max_digits=40, decimal_places=10, allow_null=True)


class CustomerListShape(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    currency = serializers.CharField(allow_null=True)
    totals = ListTotalsShape()
    next = serializers.URLField(allow_null=True)
    results = ListedCustomerShape(many=True)


class SavedViewShape(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    page = serializers.ChoiceField(choices=ListPage.choices)
    name = serializers.CharField(max_length=60)
    query = serializers.CharField(
        max_length=1000, allow_blank=True, help_text="What goes behind the page's address."
    )
    is_shared = serializers.BooleanField(default=False)
    owner = serializers.EmailField(read_only=True)


class SavedViewsShape(serializers.Serializer[Any]):
    results = SavedViewShape(many=True)


def _asked(request: Request, user: User | None, *others: str) -> Asked:
    """What a call asks for; a 400 that says what is wrong. An API key begins with everybody."""
    params = request._request.GET.dict()
    if user is not None:
        params.setdefault("owner", "all")
    return _without_problems(asked_of(params, user, others=others))


def _without_problems(asked: Asked) -> Asked:
    if asked.problems:
        raise Problem(
            400, "invalid_filter", asked.problems[0].removesuffix(" Shown without filters.")
        )
    return asked


class CustomerListView(CompanyAPIView):
    """Customers with the figures of their list, in order of their number, and what all that match
    come to."""

    required_scope = "read"

    @extend_schema(
        operation_id="customer_list",
        parameters=[*FILTERS, *paging.PARAMETERS],
        responses=CustomerListShape,
    )
    def get(self, request: Request) -> Response:
        asked = _asked(request, self.caller.user, *paging.NAMES)
        listing = Listing(self.company, self.company.today(), asked.filters)
        wanted = Paging.of(request)
        found = listing.after(wanted.mark, asked.columns, wanted.size + 1)
        page, following = wanted.cut(found, lambda row: row.id)
        body = {
            "as_of": listing.today,
            "currency": listing.currency.code,
            "totals": _totals_json(listing.totals()),
            "next": following,
            "results": [_row_json(row, request) for row in page],
        }
        return Response(body)


def _totals_json(totals: Totals) -> dict[str, Any]:
    return {
        "customers": totals.customers,
        "paying": totals.paying,
        "mrr": totals.mrr,
        "at_risk": totals.at_risk,
        "mrr_at_risk": totals.mrr_at_risk,
    }


def _row_json(row: Row, request: Request) -> dict[str, Any]:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "name": row.name,
        "url": request.build_absolute_uri(reverse("customers:detail", args=[row.id])),
        "is_paying": row.is_paying,
        "band": row.band or None,
        "is_at_risk": row.is_at_risk,
        "values": row.values,
    }


class CustomerListTableView(FileView):
    """The list as a table: csv or xlsx. Takes its filters, columns and order."""

    @extend_schema(
        operation_id="customer_list_table",
        parameters=[
            *FILTERS,
            OpenApiParameter("sort", str, description="The key of a column, or name."),
            OpenApiParameter("reverse", str, description="1: the other way round."),
        ],
        responses=FILE,
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        self.check_may(Permission.WORK)
        known_format(kind)
        asked = _asked(request, self.caller.user, *SORTING)
        listing = Listing(self.company, self.company.today(), asked.filters)
        audit.record(
            action="customers.exported",
            subject="customers",
            detail={"form": kind, "customers": listing.totals().customers},
            **self.audit_actor,
        )
        return file_of(table_of(listing, asked), kind)


class SavedViewsView(CompanyAPIView):
    """The views of lists: one's own and those that are shared. What an API key saves is of the
    user who made the key, whose own views it sees too."""

    required_scope = "read"

    @extend_schema(
        operation_id="saved_views",
        parameters=[OpenApiParameter("page", str, enum=ListPage.values)],
        responses=SavedViewsShape,
    )
    def get(self, request: Request) -> Response:
        name = request.query_params.get("page", "")
        if name and name not in ListPage.values:
            raise Problem(400, "invalid_page", f"page must be one of {', '.join(ListPage.values)}.")
        pages = [ListPage(name)] if name else list(ListPage)
        user = _person(self.caller)
        found = [
            view
            for page in pages
            for view in (
                saved_views.views_of(user, page)
                if user
                else SavedView.objects.filter(page=page, is_shared=True).select_related("owner")
            )
        ]
        return Response({"results": [_view_json(view) for view in found]})

    @extend_schema(
        operation_id="saved_view_make",
        request=SavedViewShape,
        responses={201: SavedViewShape},
    )
    def post(self, request: Request) -> Response:
        values, user = self.checked(SavedViewShape), _user(self.caller)
        _check_query(values["page"], values["query"], user)
        try:
            view = saved_views.save_view(
                by=user,
                page=ListPage(values["page"]),
                name=values["name"],
                query=values["query"],
                is_shared=values["is_shared"],
            )
        except Invalid as error:
            raise Problem(400, "invalid", " ".join(error.messages)) from None
        return Response(_view_json(view), status=201)


class SavedViewView(CompanyAPIView):
    """One view: one's own, or, for an admin, any that is shared."""

    required_scope = "read"

    @extend_schema(operation_id="saved_view_remove", responses={204: None})
    def delete(self, request: Request, view_id: int) -> Response:
        user = _user(self.caller)
        found = [
            view
            for page in ListPage
            for view in saved_views.views_of(user, page).filter(pk=view_id)
        ]
        if not found:
            raise Problem(404, "not_found", f"There is no view {view_id}.")
        if not saved_views.may_remove(found[0], user):
            raise Problem(403, "role_too_small", "Only who saved it, or an admin, can remove it.")
        saved_views.remove_view(view=found[0], by=user)
        return Response(status=204)


def _person(caller: Caller) -> User | None:
    """Who calls, or whose key does; None where that user is gone."""
    user = caller.key.created_by if caller.key else caller.user
    return user if user is not None and user.is_active else None


def _user(caller: Caller) -> User:
    user = _person(caller)
    if user is None:
        raise Problem(
            403, "no_user", "A view is a user's, and who made this key is no user any more."
        )
    return user


def _check_query(page: str, query: str, user: User) -> None:
    """A problem where the list of this page could not be asked for so."""
    params = {name: str(value) for name, value in QueryDict(query).items()}
    if page == ListPage.CUSTOMERS:
        _without_problems(asked_of(params, user))
    else:
        wanted_scores(params, *SORTING_SCORES)


def _view_json(view: SavedView) -> dict[str, Any]:
    return {
        "id": view.pk,
        "page": view.page,
        "name": view.name,
        "query": view.query,
        "is_shared": view.is_shared,
        "owner": view.owner.email,
    }
