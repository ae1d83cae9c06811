"""Two gates behind sign-in: the session is this company's, and the view says what it needs; and
between them the language of who reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from accounts.languages import speaking_to
from accounts.models import User
from accounts.permissions import declaration_of
from tenants.languages import language, speaking

Handler = Callable[[HttpRequest], HttpResponseBase]
SESSION_COMPANY = "company_id"
PROGRAMS = ("/api/", "/v1/")
log = structlog.get_logger("portal.accounts")


class SessionCompanyMiddleware:
    """Signs out a session that was opened at another company.

    Sessions live in the company's schema, so this can only happen when a row was copied there;
    it is the second lock on that door. Costs nothing: the session is loaded anyway.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        company = getattr(request, "company", None)
        if company is not None and request.user.is_authenticated:
            self._compare(request, company.pk)
        return self.get_response(request)

    def _compare(self, request: HttpRequest, company_id: int) -> None:
        if request.session.get(SESSION_COMPANY) != company_id:
            log.warning("session of another company", company_id=company_id)
            logout(request)


class LanguageMiddleware:
    """Pages in the language and notation of who reads them; programs' answers in English.

    Whoever signed in has their own or the company's, visitors of a company the company's, those of
    the public host what their browser asks for.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(PROGRAMS):
            return self.get_response(request)
        with spoken_to(request):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language())
        return response


def spoken_to(request: HttpRequest) -> AbstractContextManager[None]:
    """The language and notation of who reads this request's page."""
    company = getattr(request, "company", None)
    if company is None:
        return speaking(translation.get_language_from_request(request))
    return speaking_to(request.user if isinstance(request.user, User) else None, company)


class PermissionMiddleware:
    """Refuses a view that declares neither a permission nor that it is open.

    In dev it raises, so that it is noticed at once; in production nobody gets in.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        arguments: list[Any],
        keywords: dict[str, Any],
    ) -> None:
        if declaration_of(view) is not None:
            return
        name = f"{view.__module__}.{getattr(view, '__qualname__', view)}"
        if settings.IS_DEV:
            raise ImproperlyConfigured(f"{name} declares no permission: see accounts.permissions.")
        log.error("view without a declared permission", view=name)
        raise PermissionDenied
