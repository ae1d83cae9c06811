"""/v1/: where Segment's libraries post to. Plain views: each of them may be called all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.permissions import open_to_all
from customers.stream import bodies, limits, senders, storing
from customers.stream.bodies import BATCH_LIMIT, BadRequest
from customers.stream.reading import Reader
from customers.stream.replies import cors, refusal, success, unavailable
from customers.usage.keeping import late_limit
from tenants.context import current_company

log = structlog.get_logger("portal.stream")
View = Callable[[HttpRequest], HttpResponseBase]


def _endpoint(kind: str) -> View:
    """The view that takes messages of a type; of any, in a batch, when it is empty."""

    @csrf_exempt
    @open_to_all("the key in the request says who sends, and a browser's cookie says nothing")
    def endpoint(request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            return cors(HttpResponse(status=204))
        if request.method != "POST":
            return refusal(405, "method_not_allowed", "Send events with POST.", Allow="POST")
        try:
            return _take(request, kind)
        except BadRequest as error:
            return refusal(error.status, error.code, error.message)
        except senders.CompanyChangedError:
            return unavailable()
        except (OperationalError, InterfaceError):
            log.exception("events could not be stored")
            return unavailable()

    return endpoint


def _take(request: HttpRequest, kind: str) -> HttpResponse:
    """Read the request and store it; answers when it is stored. Raises BadRequest."""
    now = timezone.now()
    body = _body(request)
    key: Any = senders.key_in_header(request)
    sender = None
    if key:
        sender = senders.sender_with(key)
        if wait := limits.wait_of(sender.key.pk):
            return _too_many(wait)
    posted = bodies.parsed(bodies.unpacked(body, request.META.get("HTTP_CONTENT_ENCODING", "")))
    written = posted.pop(senders.WRITE_KEY, None)
    if sender is None:
        sender = senders.sender_with(written)
        if wait := limits.wait_of(sender.key.pk):
            return _too_many(wait)
    messages = [posted] if kind else posted.get("batch")
    if type(messages) is not list:
        raise BadRequest("batch_missing", "A batch is an object with a list named batch.")
    reader = Reader(
        received_at=now,
        sent_at=None if kind else posted.get("sentAt"),
        context=None if kind else posted.get("context"),
        earliest=now - late_limit(current_company()),
    )
    storing.store(reader.read(messages, kind), sender=sender, now=now)
    return success()


def _body(request: HttpRequest) -> bytes:
    """What was sent, not unpacked. Raises BadRequest before reading one that is too large."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.META.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal():
        raise BadRequest("length_required", "Say how long the body is.", status=411)
    if int(length) > BATCH_LIMIT:
        raise bodies.too_large()
    return request.body


def _too_many(wait: int) -> HttpResponse:
    message = f"That is too much at once. Go on in {wait} s."
    return refusal(429, "too_many_requests", message, **{"Retry-After": str(wait)})


batch = _endpoint("")
track = _endpoint("track")
page = _endpoint("page")
screen = _endpoint("screen")
identify = _endpoint("identify")
group = _endpoint("group")
alias = _endpoint("alias")
