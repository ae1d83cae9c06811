"""Inviting people to the company as users, and their joining."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.people import add_user, refuse_known_address
from accounts.actions.refusals import Refused
from accounts.models import Role, User, UserInvitation
from accounts.models.invitation import default_expiry
from accounts.secrets import hash_secret, new_secret
from tenants.jobs import enqueue

PURPOSE = "user_invitation"
SEND_LIMIT = 10


@transaction.atomic
def invite_user(*, email: str, role: str, by: User) -> UserInvitation:
    """Ask an address to join in a role; the mail goes by job.

    Raises PermissionDenied when an owner is asked for by someone who is none, Refused when the
    address is a user's already or was asked already.
    """
    address = email.strip().lower()
    if role == Role.OWNER and not by.may_own:
        raise PermissionDenied("Only an owner can invite an owner.")
    refuse_known_address(address)
    invitation, is_new = UserInvitation.objects.pending().get_or_create(
        email=address, defaults={"role": role, "invited_by": by}
    )
    if not is_new:
        raise Refused(
            _("{email} has an invitation already. Send it again or revoke it below.").format(
                email=address
            ),
            code="invitation_exists",
        )
    _enqueue_mail(invitation)
    audit.record(by=by, action="user_invitation.sent", subject=invitation, detail={"role": role})
    return invitation


@transaction.atomic
def invite_first_owner(*, email: str, actor_label: str) -> UserInvitation:
    """Ask the first owner of a company without users to join; the mail goes by job.

    For companies made by command, where no user is there to invite. Idempotent: the invitation
    that waits for this address is returned. Raises Refused when there are users already.
    """
    if User.objects.exists():
        raise Refused(_("The company has users; they can invite."), code="company_has_users")
    invitation, is_new = UserInvitation.objects.pending().get_or_create(
        email=email.strip().lower(), defaults={"role": Role.OWNER}
    )
    if is_new:
        _enqueue_mail(invitation)
        audit.record(
            by=None,
            actor_label=actor_label,
            action="user_invitation.sent",
            subject=invitation,
            detail={"role": Role.OWNER},
        )
    return invitation


@transaction.atomic
def resend_invitation(*, invitation: UserInvitation, by: User) -> None:
    """Send a new link that works for the full time again; the old link stops working.

    Raises PermissionDenied for an owner's invitation unless `by` is an owner, Refused when it
    was used or revoked, or sent too often.
    """
    invitation = _lock_pending(invitation, by=by)
    if invitation.send_count >= SEND_LIMIT:
        raise Refused(
            ngettext(
                "This invitation was sent {count} time. Revoke it and invite anew if the address "
                "is right.",
                "This invitation was sent {count} times. Revoke it and invite anew if the address "
                "is right.",
                SEND_LIMIT,
            ).format(count=SEND_LIMIT),
            code="invitation_sent_too_often",
        )
    invitation.expires_at = default_expiry()
    invitation.secret_hash = None
    invitation.send_count += 1
    invitation.save(update_fields=["expires_at", "secret_hash", "send_count"])
    _enqueue_mail(invitation)
    audit.record(by=by, action="user_invitation.sent_again", subject=invitation)


@transaction.atomic
def revoke_invitation(*, invitation: UserInvitation, by: User) -> None:
    """Make the link stop working. Raises like `resend_invitation`."""
    invitation = _lock_pending(invitation, by=by)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(by=by, action="user_invitation.revoked", subject=invitation)


@transaction.atomic
def renew_secret(*, invitation: UserInvitation) -> str:
    """A fresh secret for the link, made while its mail is written; only its hash is stored."""
    secret = new_secret()
    invitation.secret_hash = hash_secret(purpose=PURPOSE, secret=secret)
    invitation.sent_at = timezone.now()
    invitation.save(update_fields=["secret_hash", "sent_at"])
    return secret


def find_invitation(token: str) -> UserInvitation | None:
    """The invitation this link's secret belongs to at this company, whatever its state."""
    return UserInvitation.objects.filter(
        secret_hash=hash_secret(purpose=PURPOSE, secret=token)
    ).first()


@transaction.atomic
def accept_invitation(*, invitation: UserInvitation, name: str, password: str) -> User:
    """Join: the invited address becomes a verified user; works once.

    Raises Refused when the link was used, revoked or has expired, or the address is known.
    """
    locked = UserInvitation.objects.select_for_update().get(pk=invitation.pk)
    if not locked.is_usable:
        raise Refused(_("This invitation no longer works."), code="invitation_unusable")
    user = add_user(email=locked.email, name=name, role=locked.role, password=password)
    locked.accepted_at = timezone.now()
    locked.accepted_by = user
    locked.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(by=user, action="user_invitation.accepted", subject=locked)
    return user


def _lock_pending(invitation: UserInvitation, *, by: User) -> UserInvitation:
    locked = UserInvitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.role == Role.OWNER and not by.may_own:
        raise PermissionDenied("Only an owner can change an owner's invitation.")
    if locked.accepted_at or locked.revoked_at:
        raise Refused(_("This invitation was already used or revoked."), code="invitation_closed")
    return locked


def _enqueue_mail(invitation: UserInvitation) -> None:
    enqueue(
        "accounts.send_invitation",
        key=f"user-invitation-{invitation.pk}",
        payload={"invitation_id": invitation.pk},
    )
