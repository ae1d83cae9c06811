"""Who may do what: four permissions, four roles, and the decorators every view carries."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

Parameters = ParamSpec("Parameters")
View: TypeAlias = Callable[Concatenate[Any, Parameters], HttpResponseBase]


class Permission(enum.Enum):
    """What a view asks for. The value is the sentence shown when it is refused."""

    VIEW = gettext_noop("read the company's figures and customers")
    WORK = gettext_noop("change customers, imports, campaigns and goals")
    ADMINISTER = gettext_noop("manage people, keys and the company's settings")
    OWN = gettext_noop("make and unmake owners, and close the company")

    @property
    def words(self) -> str:
        """The sentence, to the reader."""
        return _(self.value)


@dataclass(frozen=True)
class RoleDescription:
    """A role as the people page explains it, and what it grants."""

    key: str
    explanation: str
    permissions: frozenset[Permission]

    @property
    def label(self) -> str:
        """The role's name, to the reader, as all that follows."""
        return {
            "viewer": pgettext("role", "Viewer"),
            "manager": pgettext("role", "Manager"),
            "admin": pgettext("role", "Admin"),
            "owner": pgettext("role", "Owner"),
        }[self.key]

    @property
    def in_a_sentence(self) -> str:
        """The role's name as it stands within a sentence."""
        return {
            "viewer": pgettext("role", "viewer"),
            "manager": pgettext("role", "manager"),
            "admin": pgettext("role", "admin"),
            "owner": pgettext("role", "owner"),
        }[self.key]

    @property
    def description(self) -> str:
        return _(self.explanation)


VIEWER = RoleDescription(
    "viewer",
    gettext_noop("Reads every page and figure; changes nothing."),
    frozenset({Permission.VIEW}),
)
MANAGER = RoleDescription(
    "manager",
    gettext_noop("Works with customers: imports, exports, campaigns, goals."),
    VIEWER.permissions | {Permission.WORK},
)
ADMIN = RoleDescription(
    "admin",
    gettext_noop("Also manages people, API keys and the company's settings."),
    MANAGER.permissions | {Permission.ADMINISTER},
)
OWNER = RoleDescription(
    "owner",
    gettext_noop("Also makes and unmakes owners. A company always has at least one."),
    ADMIN.permissions | {Permission.OWN},
)
ROLES = {role.key: role for role in (OWNER, ADMIN, MANAGER, VIEWER)}


def has_permission(user: Any, permission: Permission) -> bool:
    """Whether this user may; the one place that decides. Nobody signed in: never."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    role = ROLES.get(user.role)
    return role is not None and permission in role.permissions


def requires(
    permission: Permission,
) -> Callable[[View[Parameters]], View[Parameters]]:
    """Let only users with `permission` in: anonymous goes to sign-in, too small a role gets 403."""

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def guarded(
            request: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not has_permission(request.user, permission):
                return forbidden(request, permission)
            return view(request, *args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def open_to_all(reason: str) -> Callable[[View[Parameters]], View[Parameters]]:
    """Declare that a view needs nobody signed in, and say why."""

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def opened(
            request: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        opened.open_reason = reason  # type: ignore[attr-defined]
        return opened

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to sign-in and back; for HTMX a whole-page redirect, back to the page it was on."""
    if request.headers.get("HX-Request") != "true":
        back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        return HttpResponseRedirect(_sign_in_url(back))
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = page.path + (f"?{page.query}" if page.query else "")
    return HttpResponse(status=401, headers={"HX-Redirect": _sign_in_url(back or "/")})


def _sign_in_url(back: str) -> str:
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"


def forbidden(request: HttpRequest, permission: Permission) -> HttpResponse:
    """403 naming what was asked for, so that the reader knows whom to ask."""
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "accounts/_forbidden.html" if is_fragment else "accounts/forbidden.html"
    context = {"permission": permission, "role": ROLES.get(getattr(request.user, "role", ""))}
    return render(request, template, context, status=403)


# Views that are not ours and so cannot carry a decorator; each with the reason it may stay open
# (allauth checks sign-in by itself where a page needs it).
THIRD_PARTY_VIEWS = {
    "allauth.account.views": "sign-in, sign-out and password reset check the user themselves",
    "allauth.account.decorators": "allauth's own guard around its pages",
    "django.views.static": "static files hold nothing of a company",
    "django.contrib.staticfiles.views": "static files hold nothing of a company",
}


def declaration_of(view: Callable[..., Any]) -> str | None:
    """What the view declares, in words; None when it declares nothing."""
    if permission := getattr(view, "required_permission", None):
        return f"requires {permission.name}"
    if reason := getattr(view, "open_reason", None):
        return f"open: {reason}"
    view_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if scope := getattr(view_class, "required_scope", None):
        return f"API scope {scope}"
    module = getattr(view_class or view, "__module__", "")
    if third_party := THIRD_PARTY_VIEWS.get(module):
        return f"third party: {third_party}"
    return None
