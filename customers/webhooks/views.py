"""The endpoint that Stripe calls on a company's host."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.permissions import open_to_all
from customers.webhooks import receiving
from customers.webhooks.events import BadEventError


@csrf_exempt
@open_to_all("Stripe signs what it sends; the signature is checked before anything is read")
@require_POST
def stripe_webhook(request: HttpRequest, token: str) -> HttpResponse:
    """200 exactly when the event is stored (now or before); 400 on a bad signature or body."""
    settings = receiving.settings_of(token)
    if settings is None:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > receiving.LARGEST_BODY:
        return _refused(413, "too_large", "An event has up to 1 MB.")
    try:
        is_new = receiving.receive(
            settings=settings,
            body=request.body,
            signature=request.headers.get("Stripe-Signature", ""),
        )
    except receiving.BadSignatureError:
        return _refused(400, "bad_signature", "The signature is not that of this endpoint.")
    except BadEventError as error:
        return _refused(400, "bad_event", str(error))
    return JsonResponse({"stored": is_new})


def _refused(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)
