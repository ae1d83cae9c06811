"""A user's own digests: when they come, how they look, one at once, and the way out of a mail."""

from __future__ import annotations

import smtplib
from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.languages import speaking_to
from accounts.models import User
from accounts.permissions import Permission, open_to_all, requires
from accounts.views.requests import company_of, user_of
from metrics.actions.digests import choice_of, choose_digest, send_now, stop_by_link
from metrics.models import Digest, DigestKind
from metrics.report_forms import DigestForm
from metrics.reports.digest import content_of
from metrics.reports.mails import preview_of, read_token
from tenants.context import current_company
from tenants.limits import HOUR, Limit
from tenants.mail import MAIL_POLICY

FIELDS = ("is_on", "day", "hour", "timezone")
AGAIN = "again"
AT_ONCE = Limit("digest-at-once", 10, HOUR)


def known_kind(kind: str) -> str:
    if kind not in DigestKind.values:
        raise Http404
    return kind


@requires(Permission.VIEW)
@require_safe
def digests(request: HttpRequest) -> HttpResponse:
    """Both kinds, as the user has chosen them, and the last that were sent."""
    return _show(request)


@requires(Permission.VIEW)
@require_POST
def choose(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep what the user chose."""
    user = user_of(request)
    form = DigestForm(
        request.POST, kind=known_kind(kind), company_zone=company_of(request).timezone
    )
    if not form.is_valid():
        return _show(request, {kind: form}, status=422)
    choice = choose_digest(
        user=user, kind=kind, values={name: form.cleaned_data[name] for name in FIELDS}, by=user
    )
    words = _("Saved: the {name} is on.") if choice.is_on else _("Saved: the {name} is off.")
    messages.success(request, words.format(name=DigestKind(kind).within))
    return redirect("metrics:digests")


def _show(
    request: HttpRequest, posted: dict[str, DigestForm] | None = None, *, status: int = 200
) -> HttpResponse:
    user, zone = user_of(request), company_of(request).timezone
    cards: list[dict[str, Any]] = []
    for kind in DigestKind:
        choice = choice_of(user, kind)
        initial = {name: getattr(choice, name) for name in FIELDS}
        form = (posted or {}).get(kind) or DigestForm(initial=initial, kind=kind, company_zone=zone)
        last = Digest.objects.filter(user=user, kind=kind).order_by("-slot_at").first()
        cards.append(
            {"kind": kind, "name": kind.heading, "form": form, "choice": choice, "last": last}
        )
    context = {"cards": cards, "nav_current": "reports"}
    return render(request, "metrics/reports/digests.html", context, status=status)


@requires(Permission.VIEW)
@require_safe
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """The page around the mail as it would be now."""
    context = {"kind": DigestKind(known_kind(kind)), "nav_current": "reports"}
    return render(request, "metrics/reports/digest_preview.html", context)


@requires(Permission.VIEW)
@require_safe
@never_cache
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # typed for views without arguments
def preview_mail(request: HttpRequest, kind: str) -> HttpResponse:
    """The HTML of the mail, for the frame of the preview."""
    user, company = user_of(request), company_of(request)
    content = content_of(user, known_kind(kind), company=company, as_of=company.today())
    html = preview_of(user, content)
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


@requires(Permission.VIEW)
@require_POST
def send_one(request: HttpRequest, kind: str) -> HttpResponse:
    """Mail the digest as it would be now to the user who asks."""
    user, kind = user_of(request), known_kind(kind)
    if not AT_ONCE.allows(f"{current_company().pk}:{user.pk}"):
        messages.error(
            request,
            _("That is {amount} in an hour. Try again later.").format(amount=AT_ONCE.amount),
        )
        return redirect("metrics:digests")
    try:
        send_now(user=user, kind=kind)
    except (smtplib.SMTPException, OSError):
        messages.error(request, _("The mail server did not take it. Try again in a few minutes."))
    else:
        messages.success(request, _("Sent to {email}.").format(email=user.email))
    return redirect("metrics:digests")


@csrf_exempt  # mail programs POST here for their user: RFC 8058
@open_to_all("the signed link is the proof; no session is needed")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before, as scanners follow links; a POST stops this digest, one with `again` starts it
    again. Nothing else that the portal mails is touched."""
    found = read_token(token)
    user = User.objects.active().filter(pk=found[0]).first() if found else None
    if found is None or user is None:
        context = {"brand_name": current_company().name, "title": _("This link does not work")}
        context["text"] = _("It may have been cut short. Open the link in the mail again.")
        return render(request, "metrics/reports/unsubscribe.html", context, status=404)
    kind = found[1]
    choice = choice_of(user, kind)
    if request.method == "POST":
        choice = stop_by_link(user=user, kind=kind, is_on=AGAIN in request.POST)
    shown: dict[str, Any] = {
        "brand_name": current_company().name,
        "kind": kind,
        "email": user.email,
        "is_on": choice.is_on,
        "is_changed": request.method == "POST",
    }
    with speaking_to(user, current_company()):
        shown["name"] = DigestKind(kind).within
        return render(request, "metrics/reports/unsubscribe.html", shown)
