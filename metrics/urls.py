"""Pages of figures on a company's host."""

from __future__ import annotations

from django.urls import path

from metrics.views import overview, pages

app_name = "metrics"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("metrics/", pages.index, name="index"),
    path("metrics/<slug:key>/", pages.detail, name="detail"),
    path("metrics/<slug:key>/explain/", pages.explanation, name="explain"),
]
