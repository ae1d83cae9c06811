"""How allauth behaves here: no sign-up of its own, our mails by job, our links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import emails, sign_in_limits
from accounts.models import Role, User
from tenants.context import current_company
from tenants.links import company_url

NOTICE_DETAIL = ("ip", "user_agent", "from_email", "to_email", "deleted_email")

# What allauth's own catalogues say to a friend, and ours, which are read first, to a customer.
SAID_BY_ALLAUTH = (
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Please type your current password."),
    gettext_noop("You cannot add more than %d email addresses."),
    gettext_noop("You cannot remove your primary email address."),
    gettext_noop("You cannot remove your primary email address (%(email)s)."),
    gettext_noop("You have confirmed %(email)s."),
    gettext_noop("You must type the same email each time."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("Your primary email address must be verified."),
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter for users who live in one company's schema."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody joins by allauth's page: companies sign up on the public host, users are
        invited."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """A manager's day begins with who needs them; everybody else's with the overview."""
        user = request.user
        if isinstance(user, User) and user.role == Role.MANAGER:
            return reverse("metrics:today")
        return str(super().get_login_redirect_url(request))

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    # Mails: allauth prepares them in the request, we only queue what they are about. The secrets
    # in the links are made when the job writes the mail, and stand in no queue.

    def send_password_reset_mail(self, user: User, email: str, context: Mapping[str, Any]) -> None:
        emails.queue_password_reset(user)

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: bool
    ) -> None:
        emails.queue_address_confirmation(emailconfirmation)

    def send_account_already_exists_mail(self, email: str) -> None:
        emails.queue_notice("account_already_exists", to=email, detail={})

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """Everything else allauth tells people: notices without a secret."""
        detail = {name: str(context[name]) for name in NOTICE_DETAIL if context.get(name)}
        emails.queue_notice(template_prefix.rsplit("/", 1)[-1], to=email, detail=detail)

    # Links: from the stored domain, never from the request's host.

    def get_reset_password_from_key_url(self, key: str) -> str:
        user_part, _, token = key.partition("-")
        path = reverse(
            "account_reset_password_from_key", kwargs={"uidb36": user_part, "key": token}
        )
        return company_url(current_company(), path)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return company_url(current_company(), path)

    # Wrong passwords: see accounts.sign_in_limits.

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return sign_in_limits.at_network(request, _address(credentials))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        if sign_in_limits.is_address_spent(request, _address(credentials)):
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in_limits.FAILED_PER_ADDRESS.allows(_address(credentials))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        sign_in_limits.remember_sign_in(request, user.email)
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Who chose a new password by mail starts afresh."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        sign_in_limits.FAILED_PER_ADDRESS.forget(_address(credentials))


def _address(credentials: Mapping[str, Any]) -> str:
    return str(credentials.get("email", ""))
