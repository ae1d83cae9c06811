"""Reading figures through the API beside a view that answers nothing, in one process."""

from __future__ import annotations

import datetime as dt
import logging
import warnings
from collections.abc import Callable

from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.keys import create_api_key
from accounts.api.base import CallerThrottle, CompanyAPIView
from csm_portal.urls import urlpatterns as portal
from tenants.models import Company


class NothingView(CompanyAPIView):
    """What every view of the API does, and nothing else."""

    required_scope = "read"

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/nothing/", NothingView.as_view())]
urlpatterns += portal


def reader(company: Company) -> Callable[[str], bytes]:
    """Asks for a path below /api/v1/ with a key, through all middleware; what came back."""
    _, secret = create_api_key(by=None, name="bench", scopes=["read"])
    host = company.domains.get().domain
    logging.disable(logging.INFO)  # a line for each request
    warnings.filterwarnings("ignore", message="No directory at")  # static files are not served here
    client = Client(SERVER_NAME=host, headers={"Authorization": f"Bearer {secret}"})

    def read(address: str) -> bytes:
        # Not held up by the limit of calls a minute, which both sides are counted by.
        rate, CallerThrottle.rate = CallerThrottle.rate, "1000000/min"
        try:
            with override_settings(ROOT_URLCONF="benchmarks.metrics.reading"):
                answer = client.get(f"/api/v1/{address}")
        finally:
            CallerThrottle.rate = rate
        assert answer.status_code == 200, answer.content[:500]
        return bytes(answer.content)

    return read


def series(key: str, start: dt.date, end: dt.date) -> str:
    return f"metrics/{key}/?start={start}&end={end}&grain=month&by=region"
