"""Refuses a large body before anything reads it: reading is what fills the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.api.errors import CONTENT_TYPE, Problem, problem_body
from accounts.api.parsing import too_large
from accounts.middleware import spoken_to
from accounts.permissions import Permission, has_permission
from csm_portal.middleware import STREAM, PortalRequest
from customers.api.views import LARGEST_BULK
from customers.imports.limits import MAXIMUM_SIZE

API = "/api/v1/"  # answers in problems; its views read a body only for a key that may send it
UPLOADS = ("/imports/new/",)
FORM_AROUND_A_FILE = 64 * 1024


class BodyLimitMiddleware:
    """413 for a body above what the path and the user may send; 411 for one of unknown length.

    Stands after sign-in and before the first reader of the body (the CSRF check). Only somebody
    who may import sends more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes, and only there.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> Any:
        # Its views allow less, and say so in the words its senders understand.
        if request.company is not None and request.path.startswith(STREAM):
            return self.get_response(request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.META.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal():
            problem = Problem(411, "length_required", "Say how long the body is.")
            return _problem(problem) if _is_api(request) else _without_length()
        if int(length) > self.allowed(request):
            if _is_api(request):
                return _problem(too_large(self.allowed(request)))
            with spoken_to(request):
                return render(request, "413.html", status=413)
        return self.get_response(request)

    def allowed(self, request: PortalRequest) -> int:
        """How many bytes this request may carry."""
        small: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if _is_api(request) and request.path.endswith("/bulk/"):
            return LARGEST_BULK
        is_upload = request.company is not None and request.path in UPLOADS
        if is_upload and has_permission(request.user, Permission.WORK):
            return MAXIMUM_SIZE + FORM_AROUND_A_FILE
        return small


def _is_api(request: PortalRequest) -> bool:
    return request.company is not None and request.path.startswith(API)


def _problem(problem: Problem) -> HttpResponse:
    status = problem.status_code
    return JsonResponse(problem_body(problem, status), status=status, content_type=CONTENT_TYPE)


def _without_length() -> HttpResponse:
    return HttpResponse("Say how long the body is.", status=411, content_type="text/plain")
