"""GET /api/v1/metrics/..."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from metrics import query, registry
from metrics.api import serializers as shapes
from metrics.contributions.rows import Cursor
from metrics.definition import Metric
from metrics.dimensions import UnknownSegmentError
from metrics.explanation import explain
from metrics.limits import TooManyError
from metrics.options import OptionError
from metrics.periods import Grain, PeriodError
from metrics.scheduled import scheduled
from metrics.series import Series
from metrics.values import series
from tenants.models import Company

PAGE, LARGEST_PAGE = 100, 1000


def _parameter(name: str, text: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.QUERY, description=text, **more)


OPTIONS = _parameter("method", "Options are parameters of their own name; see /metrics/.")
SPAN = [
    _parameter("start", "First day, as YYYY-MM-DD."),
    _parameter("end", "First day after."),
    _parameter("trailing", "Instead: the last 30, 90 or 365 full days."),
    _parameter(
        "by",
        "Split by a customer attribute, product, plan or a split of the metric's own; by two at "
        "once with a comma between them: region,plan.",
    ),
    OPTIONS,
]
GRAIN = _parameter("grain", "Default month; range takes the two dates as one.", enum=list(Grain))


def find(key: str) -> Metric:
    """The metric, or 400 saying which there are."""
    try:
        return registry.metric(key)
    except registry.UnknownMetricError as error:
        raise Problem(400, "unknown_metric", str(error)) from None


@contextmanager
def asked() -> Iterator[None]:
    """What cannot be asked is a 400 that says what can."""
    try:
        yield
    except PeriodError as error:
        raise Problem(400, "invalid_period", str(error)) from None
    except OptionError as error:
        raise Problem(400, "invalid_option", str(error)) from None
    except UnknownSegmentError as error:
        raise Problem(400, "invalid_segment", str(error)) from None
    except TooManyError as error:
        raise Problem(400, "too_many", str(error)) from None


class MetricView(CompanyAPIView):
    """A metric's values by period and segment. Without dates: the last twelve periods."""

    required_scope = "read"

    @extend_schema(
        operation_id="metric",
        parameters=[*SPAN, GRAIN],
        responses=shapes.SeriesShape,
    )
    def get(self, request: Request, key: str) -> Response:
        found, wanted = wanted_series(request, key, company=self.company)
        ahead = scheduled(found, wanted.end, company=self.company)
        return Response(shapes.series_json(found, grain=wanted.grain, ahead=ahead))


def wanted_series(
    request: Request, key: str, *, company: Company, params: dict[str, str] | None = None
) -> tuple[Series, query.Query]:
    """What a request asks of a metric, and how it was asked for; else a 400."""
    metric, as_of = find(key), company.today()
    with asked():
        wanted = query.parse(
            query.flat(request.query_params) if params is None else params,
            metric,
            company=company,
            as_of=as_of,
        )
        found = series(
            metric,
            wanted.periods,
            company=company,
            as_of=as_of,
            dimension=wanted.dimension,
            options=wanted.options,
        )
    return found, wanted


class ExplainView(CompanyAPIView):
    """How one value came about: the formula with its numbers, and the rows that make them.

    Rows come in pages; over all pages their numerators and denominators add up to the value's.
    """

    required_scope = "read"

    @extend_schema(
        operation_id="metric_explain",
        parameters=[
            *SPAN,
            _parameter(
                "segment",
                "One segment of `by`; without it the total. Given twice, in the order of `by`, "
                "where that names two.",
                many=True,
            ),
            _parameter("cursor", "Where to go on: take the link in `next`."),
            _parameter("limit", f"Rows a page, up to {LARGEST_PAGE}; default {PAGE}."),
        ],
        responses=shapes.ExplanationShape,
    )
    def get(self, request: Request, key: str) -> Response:
        metric, as_of = find(key), self.company.today()
        params = request.query_params
        with asked():
            wanted = query.parse_value(query.flat(params), metric, as_of=as_of)
            found = explain(
                metric,
                wanted.period,
                company=self.company,
                as_of=as_of,
                dimension=wanted.dimension,
                segment=wanted.segment,
                options=wanted.options,
                after=_cursor(params.get("cursor")),
                limit=_limit(params.get("limit")),
            )
        absolute = request.build_absolute_uri
        rows = [shapes.row_json(found.series, row, absolute) for row in found.rows]
        next_url = _next(request, found.next_cursor)
        return Response(shapes.explanation_json(found, rows=rows, next_url=next_url))


def _cursor(text: str | None) -> Cursor:
    if not text:
        return Cursor()
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise Problem(400, "invalid_cursor", str(error)) from None


def _limit(text: str | None) -> int:
    if not text:
        return PAGE
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= LARGEST_PAGE:
        raise Problem(400, "invalid_limit", f"limit must be from 1 to {LARGEST_PAGE}; got {text}.")
    return int(text)


def _next(request: Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    params = request.query_params.copy()
    params["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
