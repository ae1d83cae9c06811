"""Pages of figures on a company's host."""

from __future__ import annotations

from django.urls import path

from metrics.views import (
    benchmarks,
    closed_months,
    cohorts,
    company_settings,
    compare,
    forecast,
    freshness,
    goals,
    health,
    health_drafts,
    health_list,
    health_models,
    health_proof,
    overview,
    pages,
    restatements,
    settings,
)

app_name = "metrics"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("settings/metrics/", company_settings.metric_settings, name="settings"),
    path("settings/metrics/options/", settings.options, name="options"),
    path("settings/metrics/presets/", settings.apply_preset, name="apply_preset"),
    path("settings/metrics/closed-months/", closed_months.closed_months, name="closed_months"),
    path(
        "settings/metrics/closed-months/<int:month_id>/reopening/",
        closed_months.reopening,
        name="closed_month_reopening",
    ),
    path("goals/", goals.goal_list, name="goals"),
    path("goals/new/", goals.goal_new, name="goal_new"),
    path("goals/<int:goal_id>/", goals.goal_edit, name="goal_edit"),
    path("goals/<int:goal_id>/removal/", goals.goal_removal, name="goal_removal"),
    path("benchmarks/", benchmarks.benchmark_list, name="benchmarks"),
    path("benchmarks/new/", benchmarks.benchmark_new, name="benchmark_new"),
    path("benchmarks/<int:benchmark_id>/", benchmarks.benchmark_edit, name="benchmark_edit"),
    path(
        "benchmarks/<int:benchmark_id>/removal/",
        benchmarks.benchmark_removal,
        name="benchmark_removal",
    ),
    path("health/models/<int:model_id>/proof/", health_proof.page, name="health_proof"),
    path(
        "health/models/<int:model_id>/proof/making/",
        health_proof.making,
        name="health_proof_making",
    ),
    path(
        "health/models/<int:model_id>/proof/progress/",
        health_proof.progress,
        name="health_proof_progress",
    ),
    path(
        "health/models/<int:model_id>/suggestion/",
        health_proof.suggestion,
        name="health_suggestion",
    ),
    path("health/", health_list.page, name="health"),
    path("health/views/", health_list.save_view, name="health_view_new"),
    path(
        "health/views/<int:view_id>/removal/", health_list.remove_view, name="health_view_removal"
    ),
    path("customers/<int:customer_id>/health/", health.customer_health, name="customer_health"),
    path("metrics/", pages.index, name="index"),
    path("cohorts/", cohorts.page, name="cohorts"),
    path("cohorts/customers/", cohorts.who, name="cohort"),
    path("forecast/", forecast.page, name="forecast"),
    path("forecast/customers/", forecast.who, name="forecast_cohort"),
    path("health/models/", health_models.model_list, name="health_models"),
    path("health/models/new/", health_models.model_new, name="health_model_new"),
    path("health/models/<int:model_id>/", health_models.model_page, name="health_model"),
    path("health/models/<int:model_id>/whom/", health_models.model_whom, name="health_whom"),
    path("health/models/<int:model_id>/place/", health_models.place, name="health_place"),
    path(
        "health/models/<int:model_id>/comparison/",
        health_models.comparison,
        name="health_comparison",
    ),
    path(
        "health/models/<int:model_id>/retirement/",
        health_models.retirement,
        name="health_retirement",
    ),
    path(
        "health/models/<int:model_id>/reversion/",
        health_models.reversion,
        name="health_reversion",
    ),
    path("health/models/<int:model_id>/draft/", health_drafts.editor, name="health_draft"),
    path(
        "health/models/<int:model_id>/draft/preview/",
        health_drafts.try_out,
        name="health_preview",
    ),
    path(
        "health/models/<int:model_id>/draft/removal/",
        health_drafts.removal,
        name="health_draft_removal",
    ),
    path("restatements/", restatements.log, name="restatements"),
    path(
        "restatements/<int:recomputation_id>/", restatements.of_recomputation, name="recomputation"
    ),
    path("metrics/freshness/", freshness.page, name="freshness"),
    path(
        "metrics/freshness/splits/<int:split_id>/removal/",
        freshness.split_removal,
        name="split_removal",
    ),
    path("metrics/<slug:key>/", pages.detail, name="detail"),
    path("metrics/<slug:key>/explain/", pages.explanation, name="explain"),
    path("metrics/<slug:key>/presets/", compare.presets, name="presets"),
]
