"""Working on answers: opening, owning, noting, replying, closing. All of it audited."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from accounts.permissions import Permission
from customers.actions.feed import note_change
from surveys.actions import readings
from surveys.models import FollowUp, FollowUpNote, Invitation, Reply, Response, Suppression
from surveys.models.follow_up import NOTE_LENGTH, REPLY_LENGTH
from surveys.reply_mail import quoted_of, subject_of
from surveys.scales import Level
from surveys.suppressions import hash_of
from tenants.context import current_company
from tenants.jobs import enqueue

OWNER = "owner"
"""The attribute of a customer that names who looks after it."""
SEND_REPLY = "surveys.reply"
State, Outcome = FollowUp.State, FollowUp.Outcome
# What a user can close with; the other one is the portal's own.
OUTCOMES = [outcome for outcome in Outcome if outcome is not Outcome.CHANGED]


def after_response(response: Response) -> None:
    """What a new version of an answer brings about, in the transaction that writes it.

    It is read (tags, sentiment). A low one opens a follow-up, or opens it again where a change of
    mind had closed it; a high one closes what is open. An answer by a user of the company counts
    nowhere and does neither.
    """
    if response.superseded_at is not None:
        return  # said by a user beside what the contact said
    if response.comment or response.answers or response.invitation.tag_marks.exists():
        readings.read_one(response)
    if response.is_by_user:
        return
    invitation = response.invitation
    level = invitation.campaign.level_of(response.score)
    found = FollowUp.objects.select_for_update().filter(invitation=invitation).first()
    if level is Level.LOW:
        if found is None:
            _open(invitation, by=None, at=response.answered_at)
        elif found.outcome == Outcome.CHANGED:
            _set(found, state=State.OPEN, outcome="", closed_at=None)
            audit.record(by=None, action="follow_up.reopened", subject=found)
    elif level is Level.HIGH and found is not None and not found.is_closed:
        _set(found, state=State.CLOSED, outcome=Outcome.CHANGED, closed_at=timezone.now())
        detail = {"outcome": Outcome.CHANGED.value, "score": response.score}
        audit.record(by=None, action="follow_up.closed", subject=found, detail=detail)


@transaction.atomic
def open_follow_up(
    *, invitation: Invitation, by: User | None, at: dt.datetime | None = None, **actor: Any
) -> FollowUp:
    """Put any answer on the work list; the one that is there, if it is there. `at`: when that was,
    if not now."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.responses.current().exists():
        raise Refused(_("There is no answer to work on."), code="not_answered")
    found = FollowUp.objects.filter(invitation=invitation).first()
    if found is not None:
        return found
    made = _open(invitation, by=by, at=at or timezone.now())
    note_change(
        "responses", customer_id=invitation.contact.customer_id, from_day=current_company().today()
    )
    audit.record(by=by, action="follow_up.opened", subject=made, **actor)
    return made


def _open(invitation: Invitation, *, by: User | None, at: dt.datetime) -> FollowUp:
    owner = _owner_of(invitation.contact.customer_id)
    return FollowUp.objects.create(invitation=invitation, owner=owner, opened_by=by, opened_at=at)


def _owner_of(customer_id: int) -> User | None:
    """The user whom the customer's owner of today names, by address or by name, if just one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT value FROM customers_customerattribute
             WHERE customer_id = %(customer)s AND key = %(key)s AND superseded_at IS NULL
             ORDER BY (valid_from IS NULL OR valid_from <= %(today)s) DESC,
                      CASE WHEN valid_from <= %(today)s THEN valid_from END DESC NULLS LAST,
                      valid_from
             LIMIT 1
            """,
            {"customer": customer_id, "key": OWNER, "today": current_company().today()},
        )
        row = cursor.fetchone()
    named = row[0].strip() if row else ""
    if not named:
        return None
    users = [user for user in User.objects.active() if user.may(Permission.WORK)]
    fitting = [user for user in users if user.email == named.lower()] or [
        user for user in users if user.name.strip().lower() == named.lower()
    ]
    return fitting[0] if len(fitting) == 1 else None


@transaction.atomic
def assign(*, follow_up: FollowUp, owner: User | None, by: User | None, **actor: Any) -> FollowUp:
    """Give it to somebody who may work with customers, or to nobody."""
    follow_up = _lock(follow_up)
    if owner is not None and not (owner.is_active and owner.may(Permission.WORK)):
        raise Refused(
            _("{user} may not work on answers. Choose a manager, admin or owner.").format(
                user=owner
            ),
            code="owner_may_not_work",
        )
    if follow_up.owner_id != (owner.pk if owner else None):
        _set(follow_up, owner=owner)
        detail = {"owner": owner.email if owner else None}
        audit.record(by=by, action="follow_up.assigned", subject=follow_up, detail=detail, **actor)
    return follow_up


@transaction.atomic
def take_up(*, follow_up: FollowUp, by: User | None, **actor: Any) -> FollowUp:
    """In progress; whose it is becomes who takes it up, where nobody owned it."""
    follow_up = _lock_open(follow_up)
    if follow_up.state == State.OPEN:
        _set(follow_up, state=State.IN_PROGRESS, owner=follow_up.owner or by)
        audit.record(by=by, action="follow_up.taken_up", subject=follow_up, **actor)
    return follow_up


@transaction.atomic
def close(
    *, follow_up: FollowUp, outcome: str, note: str = "", by: User | None, **actor: Any
) -> FollowUp:
    """Close with what came of it, and a note, if any."""
    follow_up = _lock_open(follow_up)
    if outcome not in OUTCOMES:
        known = ", ".join(one.value for one in OUTCOMES)
        raise Refused(
            _("The outcome is one of {known}.").format(known=known), code="outcome_unknown"
        )
    if note.strip():
        _note(follow_up, note, by)
    _set(follow_up, state=State.CLOSED, outcome=outcome, closed_at=timezone.now())
    detail = {"outcome": str(outcome)}
    audit.record(by=by, action="follow_up.closed", subject=follow_up, detail=detail, **actor)
    return follow_up


@transaction.atomic
def reopen(*, follow_up: FollowUp, by: User | None, **actor: Any) -> FollowUp:
    follow_up = _lock(follow_up)
    if not follow_up.is_closed:
        raise Refused(_("It is not closed."), code="follow_up_open")
    _set(follow_up, state=State.IN_PROGRESS, outcome="", closed_at=None)
    audit.record(by=by, action="follow_up.reopened", subject=follow_up, **actor)
    return follow_up


@transaction.atomic
def add_note(*, follow_up: FollowUp, text: str, by: User | None, **actor: Any) -> FollowUpNote:
    """For the company's users only. May be added when it is closed, too."""
    follow_up = _lock(follow_up)
    note = _note(follow_up, text, by)
    audit.record(by=by, action="follow_up.noted", subject=follow_up, **actor)
    return note


def _note(follow_up: FollowUp, text: str, by: User | None) -> FollowUpNote:
    text = _checked(text, "note", NOTE_LENGTH)
    return FollowUpNote.objects.create(follow_up=follow_up, by=by, text=text)


@transaction.atomic
def write_reply(*, follow_up: FollowUp, text: str, by: User, once: UUID, **actor: Any) -> Reply:
    """Queue a mail to the contact. The same `once` again is the same reply, sent once."""
    follow_up = _lock(follow_up)  # first: the same form may come twice at the same time
    before = Reply.objects.filter(once=once).first()
    if before is not None:
        if before.follow_up_id != follow_up.pk:
            raise Refused(_("This form belongs to another follow-up."), code="once_used")
        return before
    text = _checked(text, "reply", REPLY_LENGTH)
    invitation = Invitation.objects.select_related("campaign", "contact__customer").get(
        pk=follow_up.invitation_id
    )
    _refuse_unreachable(invitation)
    response = invitation.responses.current().first()
    if response is None:
        raise Refused(_("The answer was taken back."), code="not_answered")
    reply = Reply.objects.create(
        follow_up=follow_up,
        by=by,
        reply_to=by.email,
        subject=subject_of(invitation),
        text=text,
        quoted=quoted_of(invitation, response),
        once=once,
    )
    if follow_up.state == State.OPEN:
        _set(follow_up, state=State.IN_PROGRESS, owner=follow_up.owner or by)
    audit.record(
        by=by, action="follow_up.replied", subject=follow_up, detail={"reply": reply.pk}, **actor
    )
    enqueue(SEND_REPLY, key=f"{SEND_REPLY}-{reply.pk}", payload={"reply_id": reply.pk})
    return reply


def why_unreachable(invitation: Invitation) -> str:
    """Why no reply can be sent to the contact; empty when one can. Who asked for no more surveys
    can be replied to: it is no survey."""
    contact = invitation.contact
    if contact.removed_at is not None:
        return _("The contact is not held any more.")
    reason = (
        Suppression.objects.filter(
            email_hash=hash_of(contact.email), reason__in=["bounced", "complained", "erased"]
        )
        .values_list("reason", flat=True)
        .first()
    )
    return {
        None: "",
        "bounced": _("Mail to this address came back: the address does not exist."),
        "complained": _("The contact marked a mail as spam; write by other means."),
        "erased": _("The contact was erased on request."),
    }[reason]


def _refuse_unreachable(invitation: Invitation) -> None:
    why = why_unreachable(invitation)
    if why:
        raise Refused(why, code="contact_unreachable")


# What is wrong with a text: it is empty, it is too long.
SAID_OF = {
    "note": (
        gettext_noop("Write the note first."),
        gettext_noop("A note has up to {longest} characters."),
    ),
    "reply": (
        gettext_noop("Write the reply first."),
        gettext_noop("A reply has up to {longest} characters."),
    ),
}


def _checked(text: str, what: str, longest: int) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    is_empty, is_too_long = SAID_OF[what]
    if not text:
        raise Refused(_(is_empty), code=f"{what}_empty")
    if len(text) > longest:
        words = _(is_too_long).format(longest=format_number(longest))
        raise Refused(words, code=f"{what}_too_long")
    return text


def _lock(follow_up: FollowUp) -> FollowUp:
    return FollowUp.objects.select_for_update(of=("self",)).get(pk=follow_up.pk)


def _lock_open(follow_up: FollowUp) -> FollowUp:
    follow_up = _lock(follow_up)
    if follow_up.is_closed:
        raise Refused(_("It is closed. Open it again first."), code="follow_up_closed")
    return follow_up


def _set(follow_up: FollowUp, **values: Any) -> None:
    for name, value in values.items():
        setattr(follow_up, name, value)
    follow_up.save(update_fields=list(values))
