"""GET /api/v1/metrics/<key>/table.csv and so on: figures to take along. The pages link here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from metrics import query
from metrics.api.cohorts import CohortsView, asked_for
from metrics.api.forecast import TABLE, ForecastView
from metrics.api.forecast import asked_for as asked_forecast
from metrics.api.views import GRAIN, SPAN, asked, find, wanted_series
from metrics.charts.choosing import chart_of
from metrics.charts.marks import marks_of
from metrics.charts.notes import annotations_of
from metrics.charts.outlook import spec_of
from metrics.contributions.frame import WHOLE
from metrics.contributions.rows import Cursor
from metrics.downloads import pictures, tables
from metrics.downloads.tables import Table
from metrics.explanation import Contribution, explain
from metrics.models import Benchmark, Goal

PER_LOOK = 1000
FILE = {(200, "*/*"): OpenApiTypes.BINARY}


class FileView(CompanyAPIView):
    """Answers with a file, whatever form the caller says it accepts."""

    required_scope = "read"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)


def file_of(table: Table, kind: str) -> HttpResponseBase:
    content_type = tables.CONTENT_TYPES[kind]
    answer: HttpResponseBase
    if kind == tables.CSV:
        answer = StreamingHttpResponse(tables.as_csv(table), content_type=content_type)
    else:
        answer = HttpResponse(tables.as_xlsx(table), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{table.name}.{kind}"'
    return answer


def known_format(kind: str, known: dict[str, str] = tables.CONTENT_TYPES) -> None:
    """A 400 where there is no such file."""
    if kind not in known:
        raise Problem(400, "unknown_format", f"There is {', '.join(known)}; no {kind}.")


def _is_dark(params: dict[str, str]) -> bool:
    """Takes `theme` out of the parameters."""
    theme = params.pop("theme", "light")
    if theme not in ("light", "dark"):
        raise Problem(400, "invalid_theme", f"theme must be light or dark; got {theme}.")
    return theme == "dark"


class TableView(FileView):
    """A metric's values as a table: csv or xlsx. Takes what the metric takes."""

    @extend_schema(operation_id="metric_table", parameters=[*SPAN, GRAIN], responses=FILE)
    def get(self, request: Request, key: str, kind: str) -> HttpResponseBase:
        known_format(kind)
        found, _ = wanted_series(request, key, company=self.company)
        return file_of(tables.of_series(found), kind)


class ChartView(FileView):
    """A metric's chart as a picture: svg or png; `theme=dark` for a dark one."""

    @extend_schema(operation_id="metric_chart", parameters=[*SPAN, GRAIN], responses=FILE)
    def get(self, request: Request, key: str, kind: str) -> HttpResponseBase:
        known_format(kind, pictures.CONTENT_TYPES)
        params = query.flat(request.query_params)
        is_dark = _is_dark(params)
        found, wanted = wanted_series(request, key, company=self.company, params=params)
        noted = list(
            annotations_of(
                found.metric.key, found.totals[0].period.start, found.totals[-1].period.end
            )
        )
        marks = marks_of(
            found,
            wanted.grain,
            benchmarks=Benchmark.objects.filter(metric=key),
            goals=Goal.objects.filter(metric=key),
        )
        drawn = chart_of(found, wanted.grain, marks, noted)
        if "spec" not in drawn:
            raise Problem(404, "nothing_to_draw", f"Nothing to draw: {drawn['nothing']}.")
        by = f", by {found.dimension.label}" if found.dimension != WHOLE else ""
        whole = pictures.picture(
            drawn["spec"],
            kind,
            title=found.metric.name,
            subtitle=[
                f"{self.company.name}, as of {found.as_of}{by}",
                *(f"{number}  {row}" for number, row in enumerate(noted, start=1)),
            ],
            is_dark=is_dark,
        )
        answer = HttpResponse(whole, content_type=pictures.CONTENT_TYPES[kind])
        answer["Content-Disposition"] = f'inline; filename="{key}-{found.as_of}.{kind}"'
        return answer


class RowsView(FileView):
    """All rows behind one value as a table: csv or xlsx. Takes what its explanation takes."""

    @extend_schema(operation_id="metric_rows", parameters=SPAN, responses=FILE)
    def get(self, request: Request, key: str, kind: str) -> HttpResponseBase:
        known_format(kind)
        metric, as_of = find(key), self.company.today()
        with asked():
            wanted = query.parse_value(query.flat(request.query_params), metric, as_of=as_of)

            def page(after: Cursor) -> tuple[list[Contribution], Cursor | None]:
                found = explain(
                    metric,
                    wanted.period,
                    company=self.company,
                    as_of=as_of,
                    dimension=wanted.dimension,
                    segment=wanted.segment,
                    options=wanted.options,
                    after=after,
                    limit=PER_LOOK,
                )
                return found.rows, found.next_cursor

            first = page(Cursor())

        def rows() -> Iterator[Contribution]:
            found, cursor = first
            yield from found
            while cursor is not None:
                found, cursor = page(cursor)
                yield from found

        return file_of(
            tables.of_rows(f"{key}-rows-{wanted.period.start}-{wanted.period.end}", rows()), kind
        )


class CohortsTableView(FileView):
    """Cohorts as a table: csv or xlsx. Takes what /cohorts/ takes."""

    @extend_schema(operation_id="cohorts_table", parameters=CohortsView.parameters, responses=FILE)
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        known_format(kind)
        found = asked_for(request, self.company)
        return file_of(tables.of_cohorts(found, self.company.today()), kind)


class ForecastTableView(FileView):
    """The forecast as a table: csv or xlsx. Takes what /forecast/ takes."""

    tables: ClassVar = {
        "months": tables.of_forecast,
        "cohorts": tables.of_forecast_cohorts,
        "score": tables.of_forecast_score,
    }

    @extend_schema(
        operation_id="forecast_table",
        parameters=[*ForecastView.parameters, TABLE],
        responses=FILE,
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        known_format(kind)
        params = request.query_params.dict()
        name = params.get("table", "months")
        if name not in self.tables:
            known = ", ".join(self.tables)
            raise Problem(400, "invalid_table", f"table must be one of {known}; got {name[:100]}.")
        found = asked_forecast(params, self.company, taken=("as_of", "table"))
        return file_of(self.tables[name](found), kind)


class ForecastChartView(FileView):
    """The forecast's chart as a picture: svg or png; `theme=dark` for a dark one."""

    @extend_schema(
        operation_id="forecast_chart", parameters=ForecastView.parameters, responses=FILE
    )
    def get(self, request: Request, kind: str) -> HttpResponseBase:
        known_format(kind, pictures.CONTENT_TYPES)
        params = request.query_params.dict()
        is_dark = _is_dark(params)
        found = asked_forecast(params, self.company, taken=("as_of", "theme"))
        if found.forecast.reason:
            raise Problem(404, "nothing_to_draw", f"Nothing to draw: {found.forecast.reason}.")
        whole = pictures.picture(
            spec_of(found),
            kind,
            title=f"MRR forecast, {found.currency}",
            subtitle=f"{self.company.name}, as of {found.forecast.as_of}",
            is_dark=is_dark,
        )
        answer = HttpResponse(whole, content_type=pictures.CONTENT_TYPES[kind])
        name = f"forecast-{found.forecast.as_of}.{kind}"
        answer["Content-Disposition"] = f'inline; filename="{name}"'
        return answer
