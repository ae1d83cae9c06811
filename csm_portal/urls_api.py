"""/api/v1/ on a company's host."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

app_name = "api"
urlpatterns = [
    path("", include(name)) for name in ("accounts.api.urls", "metrics.api.urls") if find_spec(name)
]
