"""What every API view of a company is built on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from django.core.cache import caches
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from accounts.api.authentication import ApiKeyAuthentication, Caller, SignedInAuthentication
from accounts.api.errors import Problem
from accounts.api.idempotency import answer_once, asked_key
from accounts.api.parsing import StrictJSONParser, hash_of
from accounts.api.permissions import HasScope
from accounts.permissions import Permission, has_permission
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
    """An API view of one company. A subclass must set `required_scope`.

    Whatever it does to a call with an `Idempotency-Key`, it does once. `largest_body`: how many
    bytes it takes, where that is not DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    authentication_classes = [ApiKeyAuthentication, SignedInAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [CallerThrottle]
    parser_classes = [StrictJSONParser]
    required_scope: ClassVar[str | None] = None
    largest_body: ClassVar[int | None] = None
    body_hash = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the checks: lets the method's handler answer once for an Idempotency-Key."""
        super().initial(request, *args, **kwargs)
        key = asked_key(request)
        name = (request.method or "").lower()
        handler = getattr(self, name, None)
        if key is not None and handler is not None:
            call = partial(handler, request, *args, **kwargs)
            setattr(self, name, lambda *_args, **_kwargs: answer_once(self, key, call))

    def body_digest(self) -> str:
        """Of the body's bytes, its length with it. Reads the body, which may be a problem."""
        _ = self.request.data
        return self.body_hash or hash_of(b"")

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

    def check_may(self, permission: Permission) -> None:
        """A user who calls must be one who may; a key has its scope. Else a problem."""
        user = self.caller.user
        if user is not None and not has_permission(user, permission):
            raise Problem(403, "role_too_small", f"Your role may not {permission.value}.")

    def members(self, names: Iterable[str], *, may_be_missing: bool = False) -> dict[str, Any]:
        """The body: an object with members of these names, or none. Else a problem.
        `may_be_missing`: nothing at all, like null, is an object without members."""
        data, allowed = self.request.data, list(names)
        if may_be_missing and not data:
            return {}
        if not isinstance(data, dict):
            told = f"The body is an object with {', '.join(allowed)}."
            raise Problem(400, "not_an_object", told)
        refuse_others(data, allowed)
        return data

    def checked(
        self, shape: type[serializers.Serializer[Any]], *, partial: bool = False
    ) -> dict[str, Any]:
        """The values of the body, of the right types; a problem where they are not."""
        names = [name for name, field in shape().fields.items() if not field.read_only]
        found = shape(data=self.members(names, may_be_missing=True), partial=partial)
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    @property
    def audit_actor(self) -> dict[str, Any]:
        """The `by` and `actor_label` arguments of accounts.actions.audit.record."""
        return {"by": self.caller.user, "actor_label": self.caller.label}


def refuse_others(names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raises Problem where there is a name that is not allowed."""
    known = list(allowed)
    unknown = sorted(set(names) - set(known))
    if unknown:
        told = f"There is no {unknown[0][:100]!r} here; only {', '.join(known)}."
        raise Problem(400, "unknown_member", told)
