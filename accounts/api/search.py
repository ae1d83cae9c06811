"""GET /api/v1/search/: what has these words in its name."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.search import LONGEST, search, words_of


class FoundShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    href = serializers.CharField(help_text="The page's path on the company's host.")


class FoundGroupShape(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="customers, contacts, campaigns, metrics or pages.")
    title = serializers.CharField()
    found = FoundShape(many=True)
    has_more = serializers.BooleanField()


class SearchView(CompanyAPIView):
    """Customers, contacts, campaigns, metrics and pages, a few of each."""

    required_scope = "read"

    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter("q", str, required=True, description=f"Up to {LONGEST} characters.")
        ],
        responses=FoundGroupShape(many=True),
    )
    def get(self, request: Request) -> Response:
        refuse_others(request.query_params, ["q"])
        words = words_of(request.query_params.get("q", ""))
        if not words:
            raise Problem(400, "missing_words", "Say what to look for in q.")
        groups = search(words, self.caller.user)
        return Response(FoundGroupShape(groups, many=True).data)
