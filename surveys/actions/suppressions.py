"""Taking an address out of all surveys, and back in."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from surveys import suppressions, tokens
from surveys.actions.responses import UnknownTokenError
from surveys.models import Invitation, Suppression

BY_LINK = gettext_noop("The link in a survey's mail")
# What has to be typed to write again to somebody who did not want it.
CONFIRMATION = gettext_noop("write again")
# These wished it themselves.
WISHED = (Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.COMPLAINED)


@transaction.atomic
def unsubscribe(*, token: str) -> Invitation:
    """Write to the invitation's address no more. Twice is harmless; works after expiry, too.

    Raises UnknownTokenError.
    """
    invitation = _invitation(token)
    _row, is_new = Suppression.objects.get_or_create(
        email_hash=suppressions.hash_of(invitation.contact.email),
        defaults={"reason": Suppression.Reason.UNSUBSCRIBED, "campaign": invitation.campaign},
    )
    if is_new:
        audit.record(
            by=None,
            action="contact.unsubscribed",
            subject=invitation.contact,
            actor_label=BY_LINK,
        )
    return invitation


@transaction.atomic
def subscribe_again(*, token: str) -> bool:
    """Write to the invitation's address again, if it was its person who wanted no more; whether
    surveys may go there now. Raises UnknownTokenError."""
    invitation = _invitation(token)
    email_hash = suppressions.hash_of(invitation.contact.email)
    gone, _kinds = Suppression.objects.filter(
        email_hash=email_hash, reason=Suppression.Reason.UNSUBSCRIBED
    ).delete()
    if gone:
        audit.record(
            by=None,
            action="contact.subscribed_again",
            subject=invitation.contact,
            actor_label=BY_LINK,
        )
    return not Suppression.objects.filter(email_hash=email_hash).exists()


@transaction.atomic
def suppress(*, email: str, by: User | None, actor_label: str = "") -> tuple[Suppression, bool]:
    """Put an address on the list by hand; the row, and whether it is new. Raises Refused for what
    is no address."""
    email = checked_address(email)
    row, is_new = Suppression.objects.get_or_create(
        email_hash=suppressions.hash_of(email), defaults={"reason": Suppression.Reason.BY_HAND}
    )
    if is_new:
        # By its hash: the address itself is not kept anywhere.
        audit.record(by=by, actor_label=actor_label, action="suppression.added", subject=row)
    return row, is_new


@transaction.atomic
def take_off(
    *, suppression: Suppression, confirmation: str = "", by: User | None, actor_label: str = ""
) -> None:
    """Let surveys go to the address again. Refused for who was erased; who wished it has to be
    confirmed by CONFIRMATION."""
    row = Suppression.objects.select_for_update().filter(pk=suppression.pk).first()
    if row is None:
        return
    if row.reason == Suppression.Reason.ERASED:
        raise Refused(
            _("This person was erased on request and stays on the list."), code="was_erased"
        )
    if row.reason in WISHED and confirmation.strip().lower() not in _confirmations():
        words = _(
            "This person wanted no more surveys. If they have asked for them again, confirm it by"
            " writing “{confirmation}”."
        )
        raise Refused(words.format(confirmation=_(CONFIRMATION)), code="not_confirmed")
    audit.record(
        by=by,
        actor_label=actor_label,
        action="suppression.removed",
        subject=row,
        detail={"reason": row.reason},
    )
    row.delete()


def _confirmations() -> set[str]:
    """As a page of the language in force asks for it, and as programs write it."""
    return {CONFIRMATION, _(CONFIRMATION).lower()}


def find(*, email: str) -> Suppression | None:
    """The row of an address. Raises Refused for what is no address."""
    email_hash = suppressions.hash_of(checked_address(email))
    return Suppression.objects.select_related("campaign").filter(email_hash=email_hash).first()


def checked_address(email: str) -> str:
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(
            _("Write a whole e-mail address, like name@example.com."), code="no_address"
        ) from None
    return email


def _invitation(token: str) -> Invitation:
    invitation = (
        Invitation.objects.select_related("contact", "campaign")
        .filter(token_hash=tokens.hash_of(token))
        .first()
    )
    if invitation is None:
        raise UnknownTokenError
    return invitation
