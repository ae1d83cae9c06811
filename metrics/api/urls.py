"""Included below /api/v1/, in the namespace `api`."""

from __future__ import annotations

from django.urls import path

from metrics.api import (
    annotating,
    closed_months,
    cohorts,
    custom_signals,
    definitions,
    downloads,
    forecast,
    freshness,
    goals,
    health,
    health_models,
    health_proof,
    lists,
    options,
    overview,
    quality,
    renewals,
    reports,
    restatements,
    today,
    views,
)
from metrics.api.settings import MetricSettingsView

urlpatterns = [
    path("today/", today.TodayView.as_view(), name="today"),
    path("customer-list/", lists.CustomerListView.as_view(), name="customer_list"),
    path(
        "customer-list/table.<slug:kind>",
        lists.CustomerListTableView.as_view(),
        name="customer_list_table",
    ),
    path("saved-views/", lists.SavedViewsView.as_view(), name="saved_views"),
    path("saved-views/<int:view_id>/", lists.SavedViewView.as_view(), name="saved_view"),
    path("quality/", quality.QualityView.as_view(), name="quality"),
    path("quality/<slug:key>/", quality.QualityRowsView.as_view(), name="quality_rows"),
    path("cohorts/", cohorts.CohortsView.as_view(), name="cohorts"),
    path("cohorts/table.<slug:kind>", downloads.CohortsTableView.as_view(), name="cohorts_table"),
    path("forecast/", forecast.ForecastView.as_view(), name="forecast"),
    path(
        "forecast/table.<slug:kind>", downloads.ForecastTableView.as_view(), name="forecast_table"
    ),
    path(
        "forecast/chart.<slug:kind>", downloads.ForecastChartView.as_view(), name="forecast_chart"
    ),
    path(
        "health/signals/custom/",
        custom_signals.CustomSignalsView.as_view(),
        name="custom_signals",
    ),
    path(
        "health/signals/custom/<str:key>/values/",
        custom_signals.CustomSignalValuesView.as_view(),
        name="custom_signal_values",
    ),
    path("health/scores/", health.HealthScoresView.as_view(), name="health_scores"),
    path(
        "health/scores/table.<slug:kind>",
        health.HealthScoresTableView.as_view(),
        name="health_scores_table",
    ),
    path(
        "customers/<path:external_id>/health/",
        health.CustomerHealthView.as_view(),
        name="customer_health",
    ),
    path("renewals/due/", renewals.RenewalsDueView.as_view(), name="renewals_due"),
    path(
        "renewals/due/table.<slug:kind>",
        renewals.RenewalsDueTableView.as_view(),
        name="renewals_due_table",
    ),
    path("renewals/outlook/", renewals.RenewalOutlookView.as_view(), name="renewals_outlook"),
    path("metric-settings/", MetricSettingsView.as_view(), name="metric_settings"),
    path("metric-options/", options.MetricOptionsView.as_view(), name="metric_options"),
    path("overview/", overview.OverviewView.as_view(), name="overview"),
    path("annotations/", annotating.AnnotationsView.as_view(), name="annotations"),
    path(
        "annotations/<int:annotation_id>/",
        annotating.AnnotationView.as_view(),
        name="annotation",
    ),
    path("goals/", goals.GoalsView.as_view(), name="goals"),
    path("goals/<int:goal_id>/", goals.GoalView.as_view(), name="goal"),
    path("benchmarks/", goals.BenchmarksView.as_view(), name="benchmarks"),
    path("benchmarks/<int:benchmark_id>/", goals.BenchmarkView.as_view(), name="benchmark"),
    path("warnings/", goals.WarningsView.as_view(), name="warnings"),
    path("reports/", reports.BoardReportsView.as_view(), name="board_reports"),
    path("reports/<int:report_id>/", reports.BoardReportView.as_view(), name="board_report"),
    path(
        "reports/<int:report_id>/file/",
        reports.BoardReportFileView.as_view(),
        name="board_report_file",
    ),
    path("share-links/", reports.ShareLinksView.as_view(), name="share_links"),
    path("share-links/<int:link_id>/", reports.ShareLinkView.as_view(), name="share_link"),
    path("restatements/", restatements.RestatementsView.as_view(), name="restatements"),
    path(
        "restatements/table.<slug:kind>",
        restatements.RestatementsTableView.as_view(),
        name="restatements_table",
    ),
    path(
        "restatements/<int:restatement_id>/",
        restatements.RestatementView.as_view(),
        name="restatement",
    ),
    path("closed-months/", closed_months.ClosedMonthsView.as_view(), name="closed_months"),
    path(
        "closed-months/<int:month_id>/",
        closed_months.ClosedMonthView.as_view(),
        name="closed_month",
    ),
    path("health/signals/", health_models.SignalsView.as_view(), name="health_signals"),
    path("health/models/", health_models.ModelsView.as_view(), name="health_models"),
    path("health/models/<int:model_id>/", health_models.ModelView.as_view(), name="health_model"),
    path(
        "health/models/<int:model_id>/draft/",
        health_models.DraftView.as_view(),
        name="health_draft",
    ),
    path(
        "health/models/<int:model_id>/publish/",
        health_models.PublishView.as_view(),
        name="health_publish",
    ),
    path(
        "health/models/<int:model_id>/preview/",
        health_models.PreviewView.as_view(),
        name="health_preview",
    ),
    path(
        "health/models/<int:model_id>/versions/",
        health_models.VersionsView.as_view(),
        name="health_versions",
    ),
    path(
        "health/models/<int:model_id>/versions/<int:number>/revert/",
        health_models.RevertView.as_view(),
        name="health_revert",
    ),
    path(
        "health/models/<int:model_id>/proof/",
        health_proof.HealthProofView.as_view(),
        name="health_proof",
    ),
    path(
        "health/models/<int:model_id>/suggest/",
        health_proof.HealthSuggestionView.as_view(),
        name="health_suggestion",
    ),
    path("freshness/", freshness.FreshnessView.as_view(), name="freshness"),
    path("metrics/", definitions.MetricsView.as_view(), name="metrics"),
    path("metrics/<slug:key>/", views.MetricView.as_view(), name="metric"),
    path(
        "metrics/<slug:key>/definition/",
        definitions.MetricDefinitionView.as_view(),
        name="metric_definition",
    ),
    path("metrics/<slug:key>/explain/", views.ExplainView.as_view(), name="metric_explain"),
    path(
        "metrics/<slug:key>/presets/",
        options.MetricPresetsView.as_view(),
        name="metric_presets",
    ),
    path(
        "metrics/<slug:key>/table.<slug:kind>", downloads.TableView.as_view(), name="metric_table"
    ),
    path("metrics/<slug:key>/rows.<slug:kind>", downloads.RowsView.as_view(), name="metric_rows"),
    path(
        "metrics/<slug:key>/chart.<slug:kind>", downloads.ChartView.as_view(), name="metric_chart"
    ),
]
