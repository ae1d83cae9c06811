"""Errors of the API as problem details (RFC 9457), with `code` and `message` beside them.

    {"type", "title", "status", "detail", "code", "message",
     "errors"?: [{"field", "code", "message"}]}

`code` is for programs and does not change; `detail` and `message` are the same sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"


class Problem(exceptions.APIException):
    """Raise it anywhere in an API view; `extra` becomes members beside the usual ones.

    `retry_after`: seconds, which go into the header Retry-After.
    """

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None, **extra: Any
    ) -> None:
        super().__init__(message, code)
        self.status_code = status
        self.extra = extra
        if retry_after is not None:
            self.wait = retry_after  # where DRF's handler looks for it


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: the usual status and headers, our body. None: not an API error."""
    # Here, because rest_framework.views reads the settings that name our classes while it loads.
    from rest_framework.views import exception_handler

    error = _as_api_error(error)
    response = exception_handler(error, dict(context))
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    response.data = problem_body(error, response.status_code)
    response.content_type = CONTENT_TYPE
    return response


def problem_body(error: exceptions.APIException, status: int) -> dict[str, Any]:
    """The members of one error."""
    fields = list(_field_errors(error.detail))
    if fields:
        code, message = "invalid", "Some of what was sent is not valid; see errors."
    else:
        code, message = _code_and_message(error.detail)
    body: dict[str, Any] = {
        "type": f"urn:csm-portal:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
        "message": message,
    }
    if fields:
        body["errors"] = fields
    return body | getattr(error, "extra", {})


def _as_api_error(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing here.")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, ValidationError):
        return exceptions.ValidationError(error.messages)
    return error


def _code_and_message(detail: Any) -> tuple[str, str]:
    if isinstance(detail, list) and detail:
        detail = detail[0]
    return str(getattr(detail, "code", "error")), str(detail)


def _field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Every error that belongs to a field, with the field's path: `customers.3.name`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list) and any(isinstance(inner, (dict, list)) for inner in detail):
        for position, inner in enumerate(detail):
            yield from _field_errors(inner, f"{path}.{position}" if path else str(position))
    elif path:
        for inner in detail if isinstance(detail, list) else [detail]:
            code = str(getattr(inner, "code", "invalid"))
            yield {"field": path, "code": code, "message": str(inner)}
