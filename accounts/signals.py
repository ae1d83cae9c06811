"""What must follow from things the sign-in library does."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, password_changed, password_reset
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest

from accounts.actions import audit
from accounts.middleware import SESSION_COMPANY
from accounts.models import User
from tenants.actions import directory
from tenants.context import current_company


def connect() -> None:
    """Called once, when the apps are ready."""
    user_logged_in.connect(_stamp_company, dispatch_uid="accounts.stamp_company")
    email_changed.connect(_follow_address, dispatch_uid="accounts.follow_address")
    password_changed.connect(_record_password, dispatch_uid="accounts.record_password_change")
    password_reset.connect(_record_password, dispatch_uid="accounts.record_password_reset")


def _stamp_company(request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session[SESSION_COMPANY] = current_company().pk


@transaction.atomic
def _follow_address(
    user: User, from_email_address: EmailAddress, to_email_address: EmailAddress, **kwargs: Any
) -> None:
    """Keep "find my company" in step with the address a user signs in with."""
    company = current_company()
    directory.leave(company=company, email=from_email_address.email)
    directory.enter(company=company, email=to_email_address.email)
    audit.record(
        by=user,
        action="user.address_changed",
        subject=user,
        detail={"from": from_email_address.email, "to": to_email_address.email},
    )


def _record_password(user: User, **kwargs: Any) -> None:
    audit.record(by=user, action="user.password_changed", subject=user)
