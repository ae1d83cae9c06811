"""Jobs of accounts: the mails, and sweeping up. Each may run twice; then the newer link is the one
that works."""

from __future__ import annotations

import datetime as dt

from allauth.account.models import EmailConfirmation

from accounts import emails
from accounts.models import IdempotencyKey, User, UserInvitation
from tenants.jobs import Job, job_handler


@job_handler("accounts.send_password_reset", queue="mail")
def send_password_reset(job: Job) -> None:
    """To an active user; one who was deactivated meanwhile gets nothing."""
    user = User.objects.active().filter(pk=job.payload["user_id"]).first()
    if user is not None:
        emails.send_password_reset(user)


@job_handler("accounts.send_address_confirmation", queue="mail")
def send_address_confirmation(job: Job) -> None:
    """Unless the change was called off meanwhile."""
    confirmation = (
        EmailConfirmation.objects.select_related("email_address__user")
        .filter(pk=job.payload["confirmation_id"])
        .first()
    )
    if confirmation is not None:
        emails.send_address_confirmation(confirmation)


@job_handler("accounts.send_invitation", queue="mail")
def send_invitation(job: Job) -> None:
    """Unless it was revoked or used meanwhile."""
    invitation = (
        UserInvitation.objects.usable()
        .select_related("invited_by")
        .filter(pk=job.payload["invitation_id"])
        .first()
    )
    if invitation is not None:
        emails.send_invitation(invitation)


@job_handler("accounts.send_notice", queue="mail")
def send_notice(job: Job) -> None:
    emails.send_notice(job.payload["kind"], to=job.payload["to"], detail=job.payload["detail"])


@job_handler("accounts.sweep_idempotency_keys", every=dt.timedelta(hours=1))
def sweep_idempotency_keys(job: Job) -> None:
    """Answers that are no longer given again go."""
    IdempotencyKey.objects.expired().delete()
