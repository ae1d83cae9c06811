"""Included below /api/v1/, in the namespace `api`: every kind's addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema_view

from customers.api import actions, page, tasks
from customers.api.kinds import camel, is_versioned, offered
from customers.api.schema import Described
from customers.api.views import BulkView, DetailView, KindView, ListView, VersionsView
from customers.imports.fields import Kind


def of_kind(kind: Kind) -> list[URLPattern]:
    """The addresses of one kind. An id may hold slashes, so the longer ones come first."""
    said = Described(kind)
    patterns = [
        _at(f"{kind.key}/", f"{kind.key}_list", ListView, kind, get=said.list(), post=said.store()),
        _at(f"{kind.key}/bulk/", f"{kind.key}_bulk", BulkView, kind, post=said.bulk()),
    ]
    one = f"{kind.key}/<path:external_id>/"
    if is_versioned(kind):
        patterns.append(
            _at(
                f"{one}versions/",
                f"{kind.key}_versions",
                VersionsView,
                kind,
                get=said.versions(),
            )
        )
    methods = {"get": said.get(), "patch": said.change()}
    if kind.remove is not None:
        methods["delete"] = said.remove()
    patterns.append(_at(one, f"{kind.key}_detail", DetailView, kind, **methods))
    return patterns


def _at(
    route: str, name: str, base: type[KindView], kind: Kind, **said: Callable[[Any], Any]
) -> URLPattern:
    """A view of its own for the kind, described."""
    view: type[KindView] = type(
        f"{camel(kind)}{base.__name__}",
        (base,),
        {"kind": kind, "__doc__": "", "http_method_names": [*said, "options", "head"]},
    )
    return path(route, extend_schema_view(**said)(view).as_view(), name=name)


urlpatterns = [
    *actions.urlpatterns,
    *page.urlpatterns,
    *tasks.urlpatterns,
    *(pattern for kind in offered() for pattern in of_kind(kind)),
]
