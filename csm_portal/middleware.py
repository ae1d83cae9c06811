"""Which host is this, and what runs for it."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from csm_portal import health
from csm_portal.logs import without_tokens
from tenants.context import go_public, go_to
from tenants.hosts import company_at
from tenants.languages import speaking
from tenants.models import Company

Handler = Callable[[Any], Any]
STREAM = "/v1/"
log = structlog.get_logger("portal.request")


class PortalRequest(HttpRequest):
    """What HostMiddleware makes of a request."""

    company: Company | None
    tenant: Company


class HealthMiddleware:
    """Answers /healthz and /readyz on any host, before anything else looks at the request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            return health.ready()
        return self.get_response(request)


class RequestLogMiddleware:
    """One log line per request with its id, company, status and duration."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        log.info(
            "request",
            method=request.method,
            path=without_tokens(request.path),
            status=response.status_code,
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
        )
        return response


class HostMiddleware:
    """Finds the company by an exact Domain row; the public host is a setting; others get 404.

    Sets `request.company` (None on the public host) and the connection's schema. Costs a query
    on a company's host, but for the event stream, which has one in tenants.hosts.KEPT_SECONDS.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> Any:
        go_public()
        try:
            host = request.get_host().rsplit(":", 1)[0].lower()
        except DisallowedHost:
            return HttpResponseNotFound("No such host.", content_type="text/plain")
        request.company = None
        if host == settings.PUBLIC_HOST:
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            return self.get_response(request)
        try:
            # The event stream sees to it that the company is still as it was.
            company = company_at(host, is_recent_enough=request.path.startswith(STREAM))
        except (OperationalError, InterfaceError):
            log.exception("the database does not answer")
            return unavailable()
        if company is None or company.state in Company.HIDDEN_STATES:
            return HttpResponseNotFound("No such host.", content_type="text/plain")
        if company.state != Company.State.READY:
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            with speaking(company.language, company.notation):
                return render(request, "tenants/not_ready.html", {"company": company}, status=503)
        request.company = company
        request.tenant = company
        structlog.contextvars.bind_contextvars(company=company.slug)
        go_to(company)
        try:
            with timezone.override(ZoneInfo(company.timezone)):  # instants on its pages are local
                response = self.get_response(request)
        finally:
            go_public()
        if response.streaming:  # its body is read after we returned
            response.streaming_content = inside(company, response.streaming_content)
        return response


class StreamMiddleware:
    """Calls the event stream's views at once: no session, no user, no CSRF, no page around them.

    They are called all the time. Stands after what makes a host and its transport safe.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> Any:
        if request.company is not None and request.path.startswith(STREAM):
            view = stream_views().get(request.path)
            if view is not None:
                return view(request)
        return self.get_response(request)


@functools.cache
def stream_views() -> dict[str, Handler]:
    """The views of customers.urls_stream by their paths."""
    from customers import urls_stream

    return {f"{STREAM}{route.pattern}": route.callback for route in urls_stream.urlpatterns}


def unavailable() -> HttpResponse:
    """503 while the database is away: the same again in a few seconds. Programs are told as the
    event stream tells them (customers.stream.replies)."""
    text = "The portal cannot reach its database just now. Try again in a few seconds."
    return JsonResponse(
        {"success": False, "code": "unavailable", "message": text},
        status=503,
        headers={"Retry-After": "5"},
    )


def inside(company: Company, content: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of a streamed body, each made inside the company."""
    parts = iter(content)
    while True:
        go_to(company)
        try:
            part = next(parts, None)
        finally:
            go_public()
        if part is None:
            return
        yield part


def company_only(inner_class: Callable[[Handler], Any]) -> Callable[[Handler], Any]:
    """The middleware, skipped on the public host, whose pages have no session and no user."""

    def factory(get_response: Handler) -> Handler:
        inner = inner_class(get_response)

        def middleware(request: PortalRequest) -> Any:
            return (inner if request.company else get_response)(request)

        for hook in ("process_view", "process_exception", "process_template_response"):
            method = getattr(inner, hook, None)
            if method is not None:
                setattr(middleware, hook, _on_company_hosts(method))
        return middleware

    return factory


def _on_company_hosts(method: Callable[..., Any]) -> Callable[..., Any]:
    def hook(request: PortalRequest, *args: Any) -> Any:
        return method(request, *args) if request.company else None

    return hook


def _allauth(get_response: Handler) -> Any:
    from allauth.account.middleware import AccountMiddleware

    return AccountMiddleware(get_response)


session_middleware = company_only(SessionMiddleware)
authentication_middleware = company_only(AuthenticationMiddleware)
message_middleware = company_only(MessageMiddleware)
account_middleware = company_only(_allauth)
