"""Included below /api/v1/, in the namespace `api`."""

from __future__ import annotations

from django.urls import path

from metrics.api import cohorts, options, views
from metrics.api.settings import MetricSettingsView

urlpatterns = [
    path("cohorts/", cohorts.CohortsView.as_view(), name="cohorts"),
    path("metric-settings/", MetricSettingsView.as_view(), name="metric_settings"),
    path("metric-options/", options.MetricOptionsView.as_view(), name="metric_options"),
    path("metrics/", views.MetricsView.as_view(), name="metrics"),
    path("metrics/<slug:key>/", views.MetricView.as_view(), name="metric"),
    path("metrics/<slug:key>/explain/", views.ExplainView.as_view(), name="metric_explain"),
    path(
        "metrics/<slug:key>/presets/",
        options.MetricPresetsView.as_view(),
        name="metric_presets",
    ),
]
