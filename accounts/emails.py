"""One function per e-mail; each is queued by its subject and written by the job.

A link's secret is made while its mail is written, so that no queue and no backup holds it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from allauth.account import app_settings
from allauth.account.models import EmailConfirmation
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from accounts.actions.invitations import renew_secret
from accounts.models import User, UserInvitation
from tenants import mail
from tenants.context import current_company
from tenants.jobs import enqueue
from tenants.links import company_url, public_url


@dataclass(frozen=True)
class Notice:
    """A mail that tells and asks for nothing: its subject and its one paragraph."""

    subject: str
    text: str


WAS_IT_YOU = " If this was not you, reset your password now and tell an owner of your company."
NOTICES = {
    "unknown_account": Notice(
        "You have no sign-in here",
        "Someone, perhaps you, asked to reset the password of this address. Nobody signs in "
        "here with it. You may use another address, or belong to another company.",
    ),
    "account_already_exists": Notice(
        "This address is already in use",
        "Someone, perhaps you, wanted to sign in with this address here. It belongs to a user "
        "already; if that is you, just sign in.",
    ),
    "password_reset": Notice("Your password was reset", "Your password was reset." + WAS_IT_YOU),
    "password_changed": Notice(
        "Your password was changed", "Your password was changed." + WAS_IT_YOU
    ),
    "password_set": Notice("Your password was set", "Your password was set." + WAS_IT_YOU),
    "email_changed": Notice(
        "Your address was changed",
        "You now sign in with {to_email} instead of {from_email}." + WAS_IT_YOU,
    ),
    "email_deleted": Notice(
        "An address was removed",
        "{deleted_email} was removed from your sign-in." + WAS_IT_YOU,
    ),
}


def queue_password_reset(user: User) -> None:
    enqueue(
        "accounts.send_password_reset",
        key=f"password-reset-{user.pk}",
        payload={"user_id": user.pk},
    )


def send_password_reset(user: User) -> None:
    """The link to choose a new password, valid for PASSWORD_RESET_TIMEOUT and for one use."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": token},
    )
    company = current_company()
    mail.send(
        template="emails/accounts/password_reset",
        to=user.email,
        context={"user": user, "brand": company.name, "url": company_url(company, path)},
        company=company,
    )


def queue_address_confirmation(confirmation: EmailConfirmation) -> None:
    enqueue(
        "accounts.send_address_confirmation",
        key=f"address-confirmation-{confirmation.pk}",
        payload={"confirmation_id": confirmation.pk},
    )


def send_address_confirmation(confirmation: EmailConfirmation) -> None:
    """The link with which a user proves that a new address is theirs."""
    company = current_company()
    path = reverse("account_confirm_email", args=[confirmation.key])
    mail.send(
        template="emails/accounts/address_confirmation",
        to=confirmation.email_address.email,
        context={
            "user": confirmation.email_address.user,
            "brand": company.name,
            "url": company_url(company, path),
            "days": app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS,
        },
        company=company,
    )


def send_invitation(invitation: UserInvitation) -> None:
    """The link with which the invited person joins; makes earlier links of theirs stop working."""
    company = current_company()
    path = reverse("accounts:accept_invitation", args=[renew_secret(invitation=invitation)])
    mail.send(
        template="emails/accounts/invitation",
        to=invitation.email,
        context={
            "invitation": invitation,
            "brand": company.name,
            "url": company_url(company, path),
        },
        company=company,
    )


def queue_notice(kind: str, *, to: str, detail: Mapping[str, str]) -> None:
    """Queue one of NOTICES; raises KeyError for a kind nobody wrote words for."""
    NOTICES[kind]
    enqueue(
        "accounts.send_notice",
        key=f"notice-{uuid.uuid4().hex}",
        payload={"kind": kind, "to": to, "detail": dict(detail)},
    )


def send_notice(kind: str, *, to: str, detail: Mapping[str, str]) -> None:
    """Tell somebody what happened to their sign-in, with where the request came from."""
    company = current_company()
    notice = NOTICES[kind]
    mail.send(
        template="emails/accounts/notice",
        to=to,
        context={
            "brand": company.name,
            "subject": notice.subject,
            "text": notice.text.format_map(detail),
            "ip": detail.get("ip"),
            "user_agent": detail.get("user_agent"),
            "sign_in_url": company_url(company, reverse("account_login")),
            "find_url": public_url("/find/"),
            "is_unknown": kind == "unknown_account",
        },
        company=company,
    )
