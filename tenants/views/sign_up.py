"""From the form to a company that is ready."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import languages, limits
from tenants.actions import sign_ups
from tenants.actions.companies import SlugTakenError
from tenants.currencies import usual_currency
from tenants.decorators import public_page
from tenants.forms import ConfirmForm, SignUpForm, host_suffix
from tenants.links import company_url
from tenants.models import Company, SignUp
from tenants.reserved import slug_problem, suggest_slug
from tenants.views.landing import too_many

SALT = "tenants.sign_up"
SENT_PAGE_AGE = 7 * 24 * 3600
LATE_AFTER = dt.timedelta(minutes=2)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    currency = usual_currency(request.headers.get("Accept-Language", ""))
    form = SignUpForm(request.POST or None, initial={"currency": currency})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if not (
            limits.PER_NETWORK.allows(limits.network_of(request))
            and limits.SIGN_UP_PER_ADDRESS.allows(values["email"])
        ):
            return too_many(request)
        asked = sign_ups.ask_for_company(**values, language=languages.language())
        return redirect("tenants:sign_up_sent", reference=signing.dumps(asked.pk, salt=SALT))
    typed = [form[name].value() or "" for name in ("slug", "company_name")]
    context = {"form": form, "suffix": host_suffix(), **_preview(*typed)}
    status = 422 if form.errors else 200
    return render(request, "tenants/sign_up.html", context, status=status)


@public_page
@require_safe
def address_preview(request: HttpRequest) -> HttpResponse:
    """The whole address as it is typed, and whether it can be had, or one to type. A fragment for
    HTMX."""
    preview = _preview(request.GET.get("slug", ""), request.GET.get("company_name", ""))
    return render(request, "tenants/_address.html", {"suffix": host_suffix(), **preview})


def _preview(slug: str, company_name: str) -> dict[str, str | None]:
    """What is said of the address; while none is typed, one that goes with the company's name."""
    slug, name = slug.strip().lower()[:60], company_name.strip()[:60]
    problem = slug_problem(slug) if slug else None
    wanted = slug if problem else name if not slug else ""
    return {
        "slug": slug,
        "problem": problem,
        "suggestion": suggest_slug(wanted) if wanted else None,
    }


@public_page
@require_safe
def sign_up_sent(request: HttpRequest, reference: str) -> HttpResponse:
    asked = _by_reference(reference)
    context = {"sign_up": asked, "reference": reference, "was_sent_again": "again" in request.GET}
    return render(request, "tenants/sign_up_sent.html", context)


@public_page
@require_POST
def send_again(request: HttpRequest, reference: str) -> HttpResponse:
    asked = _by_reference(reference)
    if not (
        limits.PER_NETWORK.allows(limits.network_of(request))
        and limits.RESEND_PER_SIGN_UP.allows(str(asked.pk))
    ):
        return too_many(request)
    sign_ups.send_link_again(sign_up=asked)
    response = redirect("tenants:sign_up_sent", reference=reference)
    response["Location"] += "?again"
    return response


def _by_reference(reference: str) -> SignUp:
    """What the page's own address stands for; 404 for one we did not sign, or an old one."""
    try:
        number = signing.loads(reference, salt=SALT, max_age=SENT_PAGE_AGE)
    except signing.BadSignature as error:
        raise Http404 from error
    return get_object_or_404(SignUp, pk=number)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The mail's link. GET asks for the password chosen at sign-up; POST with it acts."""
    asked = sign_ups.find_sign_up(token)
    if asked is None:
        return render(request, "tenants/link_unknown.html", status=404)
    if asked.company is not None:
        return redirect("tenants:progress", token=token)
    if sign_ups.is_expired(asked):
        return _expired(request, asked)
    if sign_ups.is_dead(asked):
        return _dead(request)
    if request.method != "POST":
        return _ask(request, asked, ConfirmForm(initial={"slug": asked.slug}))
    return _make(request, asked, token)


def _make(request: HttpRequest, asked: SignUp, token: str) -> HttpResponse:
    """Make the company; when its address went to somebody else meanwhile, ask for another."""
    form = _confirmed(request, asked)
    if not form.is_valid():
        return _ask(request, asked, form, status=422)
    try:
        sign_ups.verify_sign_up(sign_up=asked, **form.cleaned_data)
    except sign_ups.WrongPasswordError:
        form.add_error("password", ValidationError(_("Check it and try again."), code="wrong"))
        return _ask(request, asked, form, status=422)
    except SlugTakenError:
        return _ask(request, asked, _confirmed(request, asked), status=409)
    except sign_ups.LinkExpiredError:
        return _expired(request, asked)
    except sign_ups.LinkDeadError:
        return _dead(request)
    return redirect("tenants:progress", token=token)


def _confirmed(request: HttpRequest, asked: SignUp) -> ConfirmForm:
    return ConfirmForm(
        {
            "slug": request.POST.get("slug", asked.slug),
            "password": request.POST.get("password", ""),
        }
    )


def _ask(
    request: HttpRequest, asked: SignUp, form: ConfirmForm, *, status: int = 200
) -> HttpResponse:
    """The password and the button; with a field for the address once the chosen one is gone."""
    is_gone = slug_problem(asked.slug) is not None
    if is_gone and not form.is_bound:
        form = ConfirmForm({"slug": asked.slug})
        form.errors.pop("password")  # not asked for yet
    context = {
        "sign_up": asked,
        "form": form,
        "suffix": host_suffix(),
        "is_address_gone": is_gone or "slug" in form.errors,
        "is_password_wrong": form.has_error("password", code="wrong"),
    }
    return render(request, "tenants/verify.html", context, status=status)


def _dead(request: HttpRequest) -> HttpResponse:
    return render(request, "tenants/link_dead.html", status=410)


def _expired(request: HttpRequest, asked: SignUp) -> HttpResponse:
    reference = signing.dumps(asked.pk, salt=SALT)
    context = {"sign_up": asked, "reference": reference}
    return render(request, "tenants/link_expired.html", context, status=410)


@public_page
@require_safe
@never_cache
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """How far the making has come; leads to the company's sign-in once it is ready.

    Polled by HTMX (a fragment comes back), and by the page's own refresh without scripts.
    """
    asked = sign_ups.find_sign_up(token)
    if asked is None or asked.company is None:
        return render(request, "tenants/link_unknown.html", status=404)
    is_fragment = request.headers.get("HX-Request") == "true"
    is_ready = asked.company.state == Company.State.READY
    query = urlencode({"email": asked.email})
    url = company_url(asked.company, f"/accounts/login/?{query}")
    if is_ready:
        return _to(url, is_fragment=is_fragment)
    template = "tenants/_progress.html" if is_fragment else "tenants/progress.html"
    is_late = timezone.now() - asked.company.created_at > LATE_AFTER
    context = {"sign_up": asked, "token": token, "url": url, "is_late": is_late}
    return render(request, template, context)


def _to(url: str, *, is_fragment: bool) -> HttpResponse:
    if is_fragment:
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
