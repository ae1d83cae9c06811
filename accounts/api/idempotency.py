"""`Idempotency-Key`: a call that changes something is done once, however often it is sent.

The answer is stored in the transaction of the change, so that a crash leaves both or neither.
Answers of 500 and above are not stored: they say that nothing was done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.http import HttpResponse, HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Problem
from accounts.models import IdempotencyKey
from accounts.models.idempotency import LARGE
from tenants.locks import LockTimeoutError, take_lock

if TYPE_CHECKING:
    from accounts.api.base import CompanyAPIView

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PATIENCE = "5s"
KEPT_HEADERS = ("Location",)
# Bytes of one answer, and of a caller's large ones together; what goes beyond is not kept.
LARGEST = 1024 * 1024
MOST_OF_A_CALLER = 100 * 1024 * 1024
REPLAYED = "Idempotency-Replayed"
TOLD_ONCE = "is_told_once"
"""An attribute of a Response: true where it holds a secret of which only a hash is kept."""
_LOCK_NOT_AVAILABLE = "55P03"


def asked_key(request: Request) -> str | None:
    """The call's key; None without one or where nothing can change. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method not in METHODS:
        return None
    if not 1 <= len(key) <= IdempotencyKey.LONGEST or not (key.isascii() and key.isprintable()):
        raise Problem(
            400,
            "idempotency_key_invalid",
            f"Idempotency-Key takes 1 to {IdempotencyKey.LONGEST} printable ASCII characters.",
        )
    return key


def answer_once(
    view: CompanyAPIView, key: str, handle: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """What `handle` answers, or what it answered to the same call before.

    Raises Problem: 422 when the key stood for another call, 409 when that call is still running or
    its answer was not kept: it was too large, or held a secret.
    """
    digest = digest_of(view.request, view.body_digest())
    caller = view.caller.identity
    with transaction.atomic():
        _wait_for_turn(caller, key)
        former = IdempotencyKey.objects.kept().filter(caller=caller, key=key).first()
        if former is not None:
            return _again(former, digest)
        response = _handled(view, handle)
        if response.status_code >= 500:
            transaction.set_rollback(True)
        else:
            _keep(caller, key, digest, response)
    return response


def digest_of(request: Request, body_digest: str) -> str:
    """64 hex digits for the method, the address with its query, and the body."""
    parts = f"{request.method} {request.get_full_path()}\n{body_digest}"
    return hashlib.sha256(parts.encode(errors="surrogatepass")).hexdigest()


def _wait_for_turn(caller: str, key: str) -> None:
    """Be the only one to answer for this key until the transaction ends."""
    try:
        take_lock(f"idempotency:{caller}:{key}", patience=PATIENCE)
    except LockTimeoutError:
        raise Problem(
            409,
            "idempotency_key_in_use",
            "A call with this Idempotency-Key is still running; ask again for its answer.",
            retry_after=1,
        ) from None


def _again(former: IdempotencyKey, digest: str) -> HttpResponse:
    if former.digest != digest:
        raise Problem(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another call; take a new one for a new call.",
        )
    if former.size and not former.body:
        raise Problem(
            409,
            "idempotency_answer_not_kept",
            f"This call was done before and answered with {former.status}; its answer of"
            f" {former.size:,} bytes was too large to be kept, or told a secret. It was not done"
            " again: read what is held.",
            answered=former.status,
        )
    return HttpResponse(
        former.body,
        status=former.status,
        headers={**former.headers, REPLAYED: "true"},
    )


def _handled(view: CompanyAPIView, handle: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer; an error's answer too, with what was written until then taken back."""
    try:
        with transaction.atomic():
            return handle()
    except Exception as error:
        # Raises again what is no answer of the API's; that is a 500 and takes everything back.
        return view.handle_exception(error)


def _keep(caller: str, key: str, digest: str, response: HttpResponseBase) -> None:
    if not isinstance(response, Response):
        raise TypeError("A call that changes something answers with DRF's Response.")
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    has_body = response.data is not None
    headers["Content-Type"] = response.content_type or (JSONRenderer.media_type if has_body else "")
    body = JSONRenderer().render(response.data) if has_body else b""
    is_kept = not getattr(response, TOLD_ONCE, False) and _has_room(caller, len(body))
    IdempotencyKey.objects.filter(caller=caller, key=key).delete()  # one that has expired
    IdempotencyKey.objects.create(
        caller=caller,
        key=key,
        digest=digest,
        status=response.status_code,
        headers={name: value for name, value in headers.items() if value},
        body=body.decode() if is_kept else "",
        size=len(body),
    )


def _has_room(caller: str, size: int) -> bool:
    """Whether an answer of so many bytes is kept. Costs a query for a large one."""
    if size <= LARGE:
        return True
    held = IdempotencyKey.objects.filter(caller=caller, size__gt=LARGE).exclude(body="")
    total = held.aggregate(total=Sum("size"))["total"] or 0
    return size <= LARGEST and total + size <= MOST_OF_A_CALLER
