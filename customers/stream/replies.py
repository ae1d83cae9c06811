"""What senders are answered: JSON that Segment's and RudderStack's libraries understand."""

from __future__ import annotations

import orjson
from django.http import HttpResponse

RETRY_AFTER = 5
_STORED = b'{"success":true}'


def success() -> HttpResponse:
    """200: every event of the request is durably stored, or told as a problem."""
    return cors(HttpResponse(_STORED, content_type="application/json"))


def refusal(status: int, code: str, message: str, **headers: str) -> HttpResponse:
    """Nothing of the request was stored."""
    body = orjson.dumps({"success": False, "code": code, "message": message})
    response = HttpResponse(body, status=status, content_type="application/json", headers=headers)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="events"'  # Basic would ask people for it
    return cors(response)


def unavailable() -> HttpResponse:
    """503: the database does not answer; libraries come back with the same events."""
    return refusal(
        503,
        "unavailable",
        "Events cannot be stored just now. Send them again.",
        **{"Retry-After": str(RETRY_AFTER)},
    )


def cors(response: HttpResponse) -> HttpResponse:
    """Pages of any origin may send: with a key, and never with a cookie."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Content-Encoding"
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Max-Age"] = "86400"
    return response
