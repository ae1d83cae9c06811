"""What comes due, and what is expected of it: /api/v1/renewals/due/, its table, and
/api/v1/renewals/outlook/."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.models import User
from metrics.api.downloads import FILE, FileView, file_of, known_format
from metrics.contributions.due import Days
from metrics.models import HealthScore, RenewalHistory
from metrics.periods import Grain, advance, floor
from metrics.renewals.asking import PRESETS, Asked, asked_of
from metrics.renewals.files import table_of
from metrics.renewals.keeping import kept
from metrics.renewals.listing import ORDERS, Listing, Month, added
from metrics.renewals.outlook import Outlook, latest_year, outlook_of, rates_of, said_and_came
from metrics.renewals.relations import OUTCOMES
from metrics.renewals.rows import Row, rows_of
from metrics.values import money_text

SIZE, LARGEST = 100, 1000
AHEAD = 6
TAKEN = ("page_size",)


class RenewalSumsShape(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(
        choices=[(one, one) for one in OUTCOMES],
        help_text="renewed, lost, undecided: of what was due until today, as `renewal_rate` has"
        " it; agreed, cancelled, open: of what lies ahead.",
    )
    customers = serializers.IntegerField()
    mrr = serializers.CharField(help_text="What came or comes due.")
    renewed_gross = serializers.CharField(help_text="Of it renewed, at most what was due.")
    renewed_net = serializers.CharField()


class RenewalMonthShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField(help_text="The first day after.")
    sums = RenewalSumsShape(many=True)


class RenewalCustomerShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()


class RenewalDueShape(serializers.Serializer[Any]):
    customer = RenewalCustomerShape()
    day = serializers.DateField()
    outcome = serializers.ChoiceField(choices=[(one, one) for one in OUTCOMES])
    mrr = serializers.CharField()
    renewed_net = serializers.CharField()
    subscriptions = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField(allow_blank=True)
    band = serializers.ChoiceField(choices=HealthScore.Band.choices, allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    notice_by = serializers.DateField(allow_null=True)
    is_auto_renewed = serializers.BooleanField(allow_null=True)
    cancelled_on = serializers.DateField(allow_null=True)
    agreed_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class RenewalExpectedShape(serializers.Serializer[Any]):
    certain = serializers.FloatField(help_text="MRR that renewed or is agreed.")
    open = serializers.FloatField(help_text="MRR that is not decided.")
    expected = serializers.FloatField(help_text="Of the open, what is expected to renew.")
    value = serializers.FloatField(help_text="certain + expected")
    low = serializers.FloatField(help_text="95 % interval of the value.")
    high = serializers.FloatField()


class RenewalsDueShape(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    start = serializers.DateField()
    end = serializers.DateField(help_text="The first day after.")
    currency = serializers.CharField(allow_null=True)
    months = RenewalMonthShape(many=True)
    outlook = RenewalExpectedShape(allow_null=True)
    page = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    results = RenewalDueShape(many=True)


_FILTERS = [
    OpenApiParameter("preset", str, enum=[name for name, _ in PRESETS if name != "custom"]),
    OpenApiParameter("start", str, description="The first day, with `end`, instead of a preset."),
    OpenApiParameter("end", str, description="The last day."),
    OpenApiParameter("due", str, enum=[one.value for one in Days], description="Default longer."),
    OpenApiParameter(
        "owner", str, description="An owner, none, or me of a user; default everybody's."
    ),
    OpenApiParameter("band", str, description="green, amber, red, none; several with commas."),
    OpenApiParameter("decided", str, description=f"{', '.join(OUTCOMES)}; several with commas."),
    OpenApiParameter("by", str, description="A customer attribute, with `segment`: its value."),
    OpenApiParameter("segment", str, description="The value that `by` has today."),
    OpenApiParameter(
        "sort", str, enum=list(ORDERS), description="Default next: what is over comes last."
    ),
    OpenApiParameter("reverse", str, description="1: the other way round."),
]
_PARAMETERS = [
    *_FILTERS,
    OpenApiParameter("page", int, description="From 1."),
    OpenApiParameter("page_size", int, description=f"Up to {LARGEST}; {SIZE} without it."),
]


class RenewalsDueView(CompanyAPIView):
    """What comes due in a span of days, this quarter's without one: totals by month, what is
    expected in the end, and a row for each customer and month."""

    required_scope = "read"

    @extend_schema(
        operation_id="renewals_due",
        tags=["renewals"],
        parameters=_PARAMETERS,
        responses=RenewalsDueShape,
    )
    def get(self, request: Request) -> Response:
        today = self.company.today()
        params = request._request.GET.dict()
        asked = _asked(params, today, self.caller.user)
        size, page = _number(params, "page_size", SIZE, LARGEST), _number(params, "page", 1, 10**6)
        listing = asked.listing(self.company, today)
        months, found = listing.months_and_page(
            order=asked.order, reverse=asked.is_reverse, at=(page - 1) * size, size=size + 1
        )
        cells = added([month.cells for month in months])
        outlook = outlook_of(cells, kept(), minimum=self.company.minimum_n)
        body = {
            "as_of": today,
            "start": asked.start,
            "end": asked.end,
            "currency": listing.currency.code,
            "months": [_month(month) for month in months],
            "outlook": _expected(outlook),
            "page": page,
            "next": _next(request, page) if len(found) > size else None,
            "results": [_row(row, request) for row in rows_of(listing, found[:size])],
        }
        return Response(body)


class RenewalsDueTableView(FileView):
    """What comes due as a table: csv or xlsx. Takes the filters and order of the list."""

    @extend_schema(
        operation_id="renewals_due_table", tags=["renewals"], parameters=_FILTERS, responses=FILE
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        known_format(kind)
        today = self.company.today()
        asked = _asked(request._request.GET.dict(), today, self.caller.user)
        return file_of(table_of(asked.listing(self.company, today), asked), kind)


def _asked(params: dict[str, str], today: dt.date, user: User | None) -> Asked:
    """Everybody's without an owner. A 400 that says what is wrong."""
    if user is None and params.get("owner") == "me":
        raise Problem(400, "invalid_filter", "A key is nobody's: name the owner.")
    whose = {"owner": params.get("owner") or "all"}
    asked = asked_of(params | whose, today=today, user=user, more=TAKEN)
    if asked.problems:
        raise Problem(400, "invalid_filter", asked.problems[0].split(" Shown instead")[0])
    return asked


def _number(params: dict[str, str], name: str, usual: int, most: int) -> int:
    text = params.get(name) or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most):
        raise Problem(400, f"invalid_{name}", f"{name} is from 1 to {most:,}; got {text[:40]}.")
    return int(text)


def _next(request: Request, page: int) -> str:
    params = request._request.GET.copy()
    params["page"] = str(page + 1)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def _month(month: Month) -> dict[str, Any]:
    sums = [(outcome, month.of(outcome)) for outcome in OUTCOMES]
    return {
        "start": month.start,
        "end": month.end,
        "sums": [
            {
                "outcome": outcome,
                "customers": one.customers,
                "mrr": money_text(one.mrr),
                "renewed_gross": money_text(one.gross),
                "renewed_net": money_text(one.net),
            }
            for outcome, one in sums
            if one.customers
        ],
    }


def _expected(outlook: Outlook | None) -> dict[str, float] | None:
    if outlook is None:
        return None
    names = ("certain", "open", "expected", "value", "low", "high")
    return {name: getattr(outlook, name) for name in names}


def _row(row: Row, request: Request) -> dict[str, Any]:
    customer = row.customer
    return {
        "customer": {
            "id": customer.pk,
            "external_id": customer.external_id,
            "name": customer.name,
            "url": request.build_absolute_uri(customer.get_absolute_url()),
        },
        "day": row.due.day,
        "outcome": row.due.outcome,
        "mrr": money_text(row.due.mrr),
        "renewed_net": money_text(row.due.net),
        "subscriptions": [one.external_id for one in row.subscriptions],
        "owner": row.owner,
        "band": row.health.band if row.health else None,
        "score": row.health.score if row.health else None,
        "notice_by": row.notice_by,
        "is_auto_renewed": row.is_auto_renewed,
        "cancelled_on": row.cancelled_on,
        "agreed_on": row.agreed_on,
        "reason": row.reason,
    }


class RenewalRateShape(serializers.Serializer[Any]):
    band = serializers.CharField()
    share = serializers.FloatField(help_text="Of the MRR that came due, renewed.")
    customers = serializers.IntegerField(help_text="That it is of.")
    is_own = serializers.BooleanField(help_text="Of the band alone; else of all bands together.")


class RenewalSaidShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    due = serializers.FloatField()
    came = serializers.FloatField()
    outlook = RenewalExpectedShape(allow_null=True)
    within = serializers.BooleanField()


class RenewalAheadShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    due = serializers.CharField()
    outlook = RenewalExpectedShape(allow_null=True)


class RenewalOutlookShape(serializers.Serializer[Any]):
    as_of = serializers.DateField(allow_null=True, help_text="Null: not counted yet.")
    currency = serializers.CharField(allow_null=True)
    rates = RenewalRateShape(many=True)
    ahead = RenewalAheadShape(many=True)
    said = RenewalSaidShape(many=True)


class RenewalOutlookView(CompanyAPIView):
    """What is expected to renew in the months ahead, the shares that rests on, and what would have
    been expected of the twelve months gone by, beside what came."""

    required_scope = "read"

    @extend_schema(
        operation_id="renewals_outlook", tags=["renewals"], responses=RenewalOutlookShape
    )
    def get(self, request: Request) -> Response:
        minimum, today = self.company.minimum_n, self.company.today()
        month: dt.date = floor(today, Grain.MONTH)
        gone = kept() or []
        listing = Listing(self.company, today, month, advance(month, Grain.MONTH, AHEAD))
        bands = [*HealthScore.Band.values, "none"]
        held = RenewalHistory.objects.first()
        said = said_and_came(gone, minimum=minimum, last=month)
        body = {
            "as_of": held.as_of if held else None,
            "currency": listing.currency.code,
            "rates": [
                {
                    "band": band,
                    "share": rate.share,
                    "customers": rate.customers,
                    "is_own": rate.is_own,
                }
                for band, rate in rates_of(latest_year(gone), bands, minimum=minimum).items()
            ],
            "ahead": [
                {
                    "start": one.start,
                    "due": money_text(one.of().mrr),
                    "outlook": _expected(outlook_of(one.cells, gone, minimum=minimum)),
                }
                for one in listing.months()
            ],
            "said": [
                {
                    "start": one.month,
                    "due": one.due,
                    "came": one.came,
                    "outlook": _expected(one.outlook),
                    "within": one.is_within,
                }
                for one in said
            ],
        }
        return Response(body)
