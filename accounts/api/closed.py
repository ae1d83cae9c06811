"""The default for API views: closed. CompanyAPIView is the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class Closed(BasePermission):
    """Nobody: a view that forgets to say what it needs is not open by accident."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False
