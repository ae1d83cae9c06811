"""What is left of a person's answers when they are erased: score and date, which count on."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, QuerySet
from django.db.models.functions import Least, Now
from django.utils.translation import gettext_noop

from customers.models import Contact
from customers.registry import Erasing
from surveys import suppressions
from surveys.actions.storing import results_changed
from surveys.content import Content, Type
from surveys.models import (
    FollowUpNote,
    Invitation,
    Reminder,
    Reply,
    Response,
    ResponseReading,
    Suppression,
)

ERASED = "Erased on request."


def erase(contacts: Sequence[Contact]) -> dict[str, int]:
    """Comments go from every version, links go dead, mails not sent yet are not sent, and the
    address is never asked again: its hash goes on the list."""
    invitations = Invitation.objects.filter(contact__in=contacts)
    # Mails before the list: whoever writes both (actions.delivery) takes them in this order.
    list(invitations.order_by("pk").select_for_update().values_list("pk"))
    results_changed(*invitations.order_by().values_list("campaign", flat=True).distinct())
    for email in {contact.email for contact in contacts}:
        # Also where it was listed before for what a person could take back.
        Suppression.objects.update_or_create(
            email_hash=suppressions.hash_of(email),
            defaults={"reason": Suppression.Reason.ERASED},
        )
    for mails in (invitations, Reminder.objects.filter(invitation__contact__in=contacts)):
        # Who knows the address must not find the answers by it.
        mails.exclude(mailed_hash="").update(mailed_hash="")
        mails.filter(state=Invitation.State.QUEUED).update(
            state=Invitation.State.SKIPPED, skip_reason="erased", error=""
        )
    invitations.update(expires_at=Least(F("expires_at"), Now()))
    comments = Response.objects.filter(invitation__contact__in=contacts).exclude(comment="")
    return {
        gettext_noop("survey comments"): comments.update(comment=""),
        gettext_noop("survey answers in words"): _erase_texts(contacts),
        gettext_noop("notes on survey answers"): _notes(contacts)
        .exclude(text=ERASED)
        .update(text=ERASED),
        gettext_noop("replies to survey answers"): _erase_replies(contacts),
    }


def _erase_texts(contacts: Sequence[Contact]) -> int:
    """What was written to further questions goes, what was chosen stays; and what was read out of
    words. One of a person's answers after the other."""
    count = 0
    rows = Response.objects.filter(invitation__contact__in=contacts).exclude(answers={})
    for response in rows.select_related("invitation__campaign"):
        choices = {
            one.key
            for one in Content.of(response.invitation.campaign).questions
            if one.type is not Type.TEXT
        }
        kept = {key: said for key, said in response.answers.items() if key in choices}
        if kept != response.answers:
            Response.objects.filter(pk=response.pk).update(answers=kept)
            count += 1
    # Last: who was reading them when they were emptied is done by then.
    ResponseReading.objects.filter(response__invitation__contact__in=contacts).delete()
    return count


def _notes(contacts: Sequence[Contact]) -> QuerySet[FollowUpNote]:
    return FollowUpNote.objects.filter(follow_up__invitation__contact__in=contacts)


def _erase_replies(contacts: Sequence[Contact]) -> int:
    replies = Reply.objects.filter(follow_up__invitation__contact__in=contacts)
    replies.exclude(mailed_hash="").update(mailed_hash="")
    replies = replies.exclude(subject=ERASED, text=ERASED, quoted={}, error="")
    replies.filter(state=Reply.State.QUEUED).update(state=Reply.State.FAILED)
    return replies.update(subject=ERASED, text=ERASED, quoted={}, error="")


def told(contacts: Sequence[Contact]) -> dict[str, int]:
    responses = Response.objects.filter(invitation__contact__in=contacts)
    return {
        gettext_noop("survey comments"): responses.exclude(comment="").count(),
        gettext_noop("notes on survey answers"): _notes(contacts).count(),
        gettext_noop("replies to survey answers"): Reply.objects.filter(
            follow_up__invitation__contact__in=contacts
        ).count(),
    }


ERASING = Erasing(key="answers", erase=erase, told=told)
