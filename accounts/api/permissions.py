"""What a caller of the API may do: the scopes of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.api.authentication import Caller
from accounts.api.errors import Problem
from accounts.models import Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Reading takes the view's `required_scope`, changing anything takes `write`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        required = getattr(view, "required_scope", None)
        if required is None:
            return False
        caller = request.user
        if not isinstance(caller, Caller):
            return False
        if request.method not in SAFE_METHODS:
            required = Scope.WRITE.value
        if required not in caller.scopes:
            raise Problem(403, "scope_missing", f"This needs a key with the scope “{required}”.")
        return True
