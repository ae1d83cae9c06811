"""/api/v1/ on a company's host."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path, re_path

from accounts.api.views import NotFoundView

app_name = "api"
urlpatterns = [
    path("", include(name)) for name in ("accounts.api.urls", "metrics.api.urls") if find_spec(name)
]
urlpatterns.append(re_path("", NotFoundView.as_view()))  # a problem, not a page; stays last
