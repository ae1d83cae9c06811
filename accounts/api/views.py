"""The API's description, and its answer to addresses that are not there."""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from accounts.api import schema  # noqa: F401 - registers how it describes our keys
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.models import Scope
from accounts.permissions import Permission, requires


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView, CompanyAPIView):
    """OpenAPI 3.1, as YAML or (`?format=json`) JSON."""

    authentication_classes = CompanyAPIView.authentication_classes
    permission_classes = CompanyAPIView.permission_classes
    required_scope = Scope.READ.value


@requires(Permission.VIEW)
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description to read and try; everything it loads is ours."""
    return render(request, "accounts/api_docs.html")


@extend_schema(exclude=True)
class NotFoundView(CompanyAPIView):
    """Any other address below /api/v1/: a problem, not a page. Callers without a key get 401."""

    required_scope = Scope.READ.value

    def _nothing(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise Problem(404, "not_found", "There is nothing at this address.")

    get = post = put = patch = delete = _nothing
