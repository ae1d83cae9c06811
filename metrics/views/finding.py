"""The metric that an address names, or a page that says which there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from metrics import registry
from metrics.definition import Metric


def of_metric(
    view: Callable[[HttpRequest, Metric], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Call the view with the metric of the address's `key`; 404 where there is none."""

    @wraps(view)
    def found(request: HttpRequest, key: str) -> HttpResponse:
        try:
            metric = registry.metric(key)
        except registry.UnknownMetricError as error:
            context = {"problem": str(error)}
            return render(request, "metrics/unknown.html", context, status=404)
        return view(request, metric)

    return found
