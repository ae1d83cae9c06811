"""Pages of figures on a company's host."""

from __future__ import annotations

from django.urls import path

from metrics.views import cohorts, company_settings, compare, overview, pages, settings

app_name = "metrics"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("settings/metrics/", company_settings.metric_settings, name="settings"),
    path("settings/metrics/options/", settings.options, name="options"),
    path("settings/metrics/presets/", settings.apply_preset, name="apply_preset"),
    path("metrics/", pages.index, name="index"),
    path("cohorts/", cohorts.page, name="cohorts"),
    path("cohorts/customers/", cohorts.who, name="cohort"),
    path("metrics/<slug:key>/", pages.detail, name="detail"),
    path("metrics/<slug:key>/explain/", pages.explanation, name="explain"),
    path("metrics/<slug:key>/presets/", compare.presets, name="presets"),
]
