"""What every API view of a company is built on."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.cache import caches
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from accounts.api.authentication import ApiKeyAuthentication, Caller, SignedInAuthentication
from accounts.api.permissions import HasScope
from accounts.views.requests import company_of
from tenants.models import Company


class CallerThrottle(SimpleRateThrottle):
    """So many calls a minute per key or user, counted in the company's part of the cache."""

    scope = "caller"
    rate = "600/min"
    cache = caches["company"]

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        caller = request.user
        return f"throttle:{caller.identity}" if isinstance(caller, Caller) else None


class CompanyAPIView(APIView):
    """An API view of one company. A subclass must set `required_scope`."""

    authentication_classes = [ApiKeyAuthentication, SignedInAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [CallerThrottle]
    required_scope: ClassVar[str | None] = None

    @property
    def company(self) -> Company:
        return company_of(self.request._request)

    @property
    def caller(self) -> Caller:
        """Who calls; behind the permission check there always is one."""
        caller = self.request.user
        if not isinstance(caller, Caller):
            raise TypeError("There is no caller before the permission check.")
        return caller

    @property
    def audit_actor(self) -> dict[str, Any]:
        """The `by` and `actor_label` arguments of accounts.actions.audit.record."""
        return {"by": self.caller.user, "actor_label": self.caller.label}


class Pagination(CursorPagination):
    """Pages by cursor: stable while rows are added. `?page_size=` up to 1,000."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = "-id"
