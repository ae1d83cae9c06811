"""The API's description; included below /api/v1/, in the namespace `api`."""

from __future__ import annotations

from django.urls import path

from accounts.api import views
from accounts.api.search import SearchView

urlpatterns = [
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("docs/", views.docs, name="docs"),
    path("search/", SearchView.as_view(), name="search"),
]
