"""Benchmarks: what others reach, for the company to edit and add to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission, has_permission, requires
from accounts.views.requests import company_of, user_of
from metrics import registry
from metrics.actions.goals import remove, save_benchmark
from metrics.definition import Metric
from metrics.forms import BenchmarkForm, initial_of
from metrics.models import Benchmark
from metrics.views.saving import BENCHMARK, answer


@requires(Permission.VIEW)
@require_safe
def benchmark_list(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    context = {
        "benchmarks": with_metrics(list(Benchmark.objects.all())),
        "currency": company.currency,
        "may_edit": has_permission(request.user, Permission.WORK),
    }
    return render(request, "metrics/benchmarks.html", context)


def with_metrics(rows: list[Benchmark]) -> list[dict[str, Any]]:
    """Each benchmark with its metric; those of metrics that there are."""
    known: dict[str, Metric] = {metric.key: metric for metric in registry.metrics()}
    return [{"row": row, "metric": known[row.metric]} for row in rows if row.metric in known]


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def benchmark_new(request: HttpRequest) -> HttpResponse:
    initial = {"is_drawn": True} | (
        {"metric": request.GET["metric"]} if "metric" in request.GET else {}
    )
    return _answer(request, BenchmarkForm(request.POST or None, initial=initial), None)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def benchmark_edit(request: HttpRequest, benchmark_id: int) -> HttpResponse:
    row = get_object_or_404(Benchmark, pk=benchmark_id)
    form = BenchmarkForm(request.POST or None, initial=dict(initial_of(row)))
    return _answer(request, form, row)


def _answer(request: HttpRequest, form: BenchmarkForm, row: Benchmark | None) -> HttpResponse:
    return answer(
        request,
        BENCHMARK,
        form,
        row,
        lambda values: save_benchmark(values=values, by=user_of(request), benchmark=row),
    )


@requires(Permission.WORK)
@require_POST
def benchmark_removal(request: HttpRequest, benchmark_id: int) -> HttpResponse:
    remove(row=get_object_or_404(Benchmark, pk=benchmark_id), by=user_of(request))
    messages.success(request, _("Benchmark removed."))
    return redirect("metrics:benchmarks")
