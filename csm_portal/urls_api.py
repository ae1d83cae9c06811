"""/api/v1/ on a company's host."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.api.views import NotFoundView

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("metrics.api.urls")),
    path("", include("surveys.api.urls")),
    path("", include("customers.api.urls")),
    path("", include("surveys.api.urls")),
    re_path("", NotFoundView.as_view()),  # a problem, not a page; stays last
]
