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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions.invitations import renew_secret
from accounts.languages import speaking_to
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


NOTICES = {
    "unknown_account": Notice(
        gettext_noop("You have no sign-in here"),
        gettext_noop(
            "Someone, perhaps you, asked to reset the password of this address. Nobody signs in "
            "here with it. You may use another address, or belong to another company."
        ),
    ),
    "account_already_exists": Notice(
        gettext_noop("This address is already in use"),
        gettext_noop(
            "Someone, perhaps you, wanted to sign in with this address here. It belongs to a user "
            "already; if that is you, just sign in."
        ),
    ),
    "password_reset": Notice(
        gettext_noop("Your password was reset"),
        gettext_noop(
            "Your password was reset. If this was not you, reset your password now and tell an "
            "owner of your company."
        ),
    ),
    "password_changed": Notice(
        gettext_noop("Your password was changed"),
        gettext_noop(
            "Your password was changed. If this was not you, reset your password now and tell an "
            "owner of your company."
        ),
    ),
    "password_set": Notice(
        gettext_noop("Your password was set"),
        gettext_noop(
            "Your password was set. If this was not you, reset your password now and tell an "
            "owner of your company."
        ),
    ),
    "email_changed": Notice(
        gettext_noop("Your address was changed"),
        gettext_noop(
            "You now sign in with {to_email} instead of {from_email}. If this was not you, reset "
            "your password now and tell an owner of your company."
        ),
    ),
    "email_deleted": Notice(
        gettext_noop("An address was removed"),
        gettext_noop(
            "{deleted_email} was removed from your sign-in. If this was not you, reset your "
            "password now and tell an owner of your company."
        ),
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
    with speaking_to(user, company):
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
    with speaking_to(confirmation.email_address.user, company):
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
    with speaking_to(None, company):
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
    known = User.objects.filter(email__in=[to.lower(), detail.get("to_email", "").lower()]).first()
    with speaking_to(known, company):
        mail.send(
            template="emails/accounts/notice",
            to=to,
            context={
                "brand": company.name,
                "subject": _(notice.subject),
                "text": _(notice.text).format_map(detail),
                "ip": detail.get("ip"),
                "user_agent": detail.get("user_agent"),
                "sign_in_url": company_url(company, reverse("account_login")),
                "find_url": public_url("/find/"),
                "is_unknown": kind == "unknown_account",
            },
            company=company,
        )
