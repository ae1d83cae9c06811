"""GET /api/v1/restatements/: values of months gone by that changed, and which facts did it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import paging
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from metrics import query
from metrics.api.downloads import FILE, FileView, file_of, known_format
from metrics.api.serializers import CustomerShape, FactNameShape, SegmentField, segment_json
from metrics.api.views import find
from metrics.downloads import tables
from metrics.downloads.tables import Table
from metrics.estimates import Number
from metrics.models import Restatement
from metrics.periods import PeriodError
from metrics.restated.facts import FactChange
from metrics.restated.log import Explained, Filters, explained
from metrics.units import Unit
from metrics.values import amount

Json = dict[str, Any]
FILTERS = ("metric", "start", "end", "by", "segment")
FACTS_SHOWN = 20
PER_LOOK = 200
MOST_ROWS = 100_000

_PARAMETERS = [
    OpenApiParameter("metric", str, description="Only of this metric."),
    OpenApiParameter("start", str, description="Only months that begin on this day or later."),
    OpenApiParameter("end", str, description="Only months that begin before this day."),
    OpenApiParameter(
        "by",
        str,
        description="Only segments of this split. Given and empty: totals alone. Left out: all.",
    ),
    OpenApiParameter(
        "segment",
        str,
        many=True,
        description="One segment of `by`; given twice where that names two.",
    ),
]


class SideShape(serializers.Serializer[Any]):
    value = serializers.JSONField(allow_null=True)
    numerator = serializers.JSONField(allow_null=True)
    denominator = serializers.JSONField(allow_null=True)


class RestatedFactShape(serializers.Serializer[FactChange]):
    """A fact that came (`before` null), changed, or was removed (`after` null)."""

    what = serializers.CharField(help_text="In words: late cancellation.")
    fact = FactNameShape()
    customer = CustomerShape(allow_null=True)
    before = serializers.DictField(allow_null=True, help_text="The fields that changed; else all.")
    after = serializers.DictField(allow_null=True)
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="Import, API key, webhook or user."
    )
    told_at = serializers.DateTimeField()


class RestatementShape(serializers.Serializer[Explained]):
    id = serializers.IntegerField()
    restated_at = serializers.DateTimeField()
    metric = serializers.CharField()
    unit = serializers.ChoiceField(choices=list(Unit))
    currency = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)
    segment = SegmentField(help_text="Null: the total.")
    start = serializers.DateField()
    end = serializers.DateField()
    was = SideShape()
    became = SideShape()
    cause = serializers.ChoiceField(choices=["facts", "settings", "time"])
    why = serializers.CharField(help_text="In words: 3 late cancellations.")
    facts = RestatedFactShape(many=True, help_text=f"The first {FACTS_SHOWN}; `url` has all.")
    fact_count = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="For people.")


class RestatementPageShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = RestatementShape(many=True)


class RestatementsView(CompanyAPIView):
    """Values of months gone by that changed, newest first."""

    required_scope = "read"

    @extend_schema(
        operation_id="restatements",
        parameters=[
            *_PARAMETERS,
            *paging.PARAMETERS,
        ],
        responses=RestatementPageShape,
    )
    def get(self, request: Request) -> Response:
        params = request._request.GET
        rows = wanted(query.flat(params), also=paging.NAMES).rows()
        page, following = Paging.of(request).rows(rows, newest_first=True)
        listed = explained(page, company=self.company)
        absolute = request.build_absolute_uri
        return Response(
            {"next": following, "results": [entry_json(one, absolute) for one in listed]}
        )


class RestatementView(CompanyAPIView):
    """One restatement with all its facts."""

    required_scope = "read"

    @extend_schema(operation_id="restatement", responses=RestatementShape)
    def get(self, request: Request, restatement_id: int) -> Response:
        rows = Restatement.objects.filter(pk=restatement_id).select_related("recomputation")
        found = explained(rows, company=self.company)
        if not found:
            raise Problem(404, "unknown_restatement", "There is no such restatement.")
        return Response(entry_json(found[0], request.build_absolute_uri, most=None))


class RestatementsTableView(FileView):
    """The restatements as a table: csv or xlsx. Takes the filters of the list."""

    @extend_schema(
        operation_id="restatements_table",
        parameters=_PARAMETERS,
        responses=FILE,
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        known_format(kind)
        rows = wanted(query.flat(request._request.GET)).rows()
        company = self.company

        def found() -> Iterator[Explained]:
            last, count = 0, 0
            while count < MOST_ROWS:
                part = list((rows.filter(pk__lt=last) if last else rows)[:PER_LOOK])
                if not part:
                    return
                last, count = part[-1].pk, count + len(part)
                yield from explained(part, company=company)

        return file_of(_table(found(), company.today()), kind)


def wanted(params: dict[str, str], *, also: tuple[str, ...] = ()) -> Filters:
    """The filters of a request; a 400 that says what is allowed."""
    allowed = (*FILTERS, *also)
    for name in params:
        if name not in allowed:
            raise Problem(
                400,
                "unknown_parameter",
                f"There is no parameter {name[:100]}; only {', '.join(allowed)}.",
            )
    by, segment = params.get("by"), params.get("segment") or None
    if segment is not None and not by:
        raise Problem(
            400, "invalid_segment", "segment needs by, which says what it is a segment of."
        )
    start, end = _day(params, "start"), _day(params, "end")
    if start and end and start >= end:
        raise Problem(400, "invalid_period", f"end must be after start; got {start} to {end}.")
    metric = find(params["metric"]).key if params.get("metric") else ""
    texts = [text for text in (by, segment) if text]
    if any("\x00" in text for text in texts):
        raise Problem(400, "invalid_segment", "A name holds a character that no fact can have.")
    return Filters(metric, by, segment, start, end)


def _day(params: dict[str, str], name: str) -> dt.date | None:
    if not params.get(name):
        return None
    try:
        return query.day(params, name)
    except PeriodError as error:
        raise Problem(400, "invalid_period", str(error)) from None


def entry_json(
    entry: Explained, absolute: Callable[[str], str], *, most: int | None = FACTS_SHOWN
) -> Json:
    """`absolute` makes a path of this host a URL. `most`: facts listed; None: all."""
    row = entry.row
    return {
        "id": row.pk,
        "restated_at": row.recomputation.until,
        "metric": row.metric,
        "unit": entry.unit,
        "currency": entry.currency,
        "by": row.by or None,
        "segment": segment_json(entry.segment),
        "start": row.start,
        "end": row.end,
        "was": _side(entry, row.was, row.was_numerator, row.was_denominator),
        "became": _side(entry, row.became, row.became_numerator, row.became_denominator),
        "cause": row.recomputation.cause,
        "why": entry.why,
        "facts": [fact_json(one, absolute) for one in entry.causes.facts[:most]],
        "fact_count": len(entry.causes.facts),
        "url": absolute(reverse("api:restatement", args=[row.pk])),
        "page": absolute(reverse("metrics:recomputation", args=[row.recomputation_id])),
    }


def _side(
    entry: Explained, value: Decimal | None, numerator: Decimal | None, denominator: Decimal | None
) -> Json:
    return {
        "value": _amount(value, entry.unit),
        "numerator": _amount(numerator, entry.numerator_unit),
        "denominator": _amount(denominator, entry.denominator_unit or Unit.COUNT),
    }


def _amount(value: Number | None, unit: Unit) -> Any:
    return amount(value, unit)


def fact_json(one: FactChange, absolute: Callable[[str], str]) -> Json:
    row, customer = one.row, one.customer
    return {
        "what": one.phrase.one,
        "fact": {
            "kind": one.kind.key,
            "id": row.id,
            "label": row.title,
            "url": absolute(reverse("customers:fact_detail", args=[one.kind.key, row.id])),
        },
        "customer": customer
        and {
            "id": customer.pk,
            "external_id": customer.external_id,
            "name": customer.name,
            "url": absolute(customer.get_absolute_url()),
        },
        "before": _fields(one, is_before=True),
        "after": _fields(one, is_before=False),
        "source": one.told_by,
        "told_at": one.told_at,
    }


def _fields(one: FactChange, *, is_before: bool) -> Json | None:
    """Of a fact that changed, what did; else all of it."""
    row = one.before if is_before else one.after
    if row is None:
        return None
    if one.before is not None and one.after is not None:
        cells = [was if is_before else now for was, now in one.changes]
    else:
        cells = row.cells
    return {cell.field.name: _written(cell.value) for cell in cells}


def _written(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _table(found: Iterator[Explained], as_of: dt.date) -> Table:
    columns = ["restated_at", "metric", "by", "segment", "start", "end", "was", "became"]
    columns += ["was_numerator", "became_numerator", "was_denominator", "became_denominator"]
    columns += ["cause", "why"]
    rows = (
        [
            one.row.recomputation.until.isoformat(),
            one.row.metric,
            one.row.by or None,
            " x ".join(one.segment_names) or None,
            one.row.start,
            one.row.end,
            one.row.was,
            one.row.became,
            one.row.was_numerator,
            one.row.became_numerator,
            one.row.was_denominator,
            one.row.became_denominator,
            str(one.row.recomputation.cause),
            one.why,
        ]
        for one in found
    )
    return tables.Table(f"restatements-{as_of}", columns, rows)
