"""Notes that users write about customers, and who is named in them. Notes are facts: they are
stored the one way that facts are."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from customers.actions.facts import remove_facts, store_rows
from customers.actions.locking import KindBusyError
from customers.imports.kinds.notes import NOTES
from customers.mentions import named_in
from customers.models import Customer, Mention, Note, Source
from customers.models.relations import TEXT_LENGTH
from tenants.context import current_company
from tenants.jobs import enqueue
from tenants.limits import HOUR, Limit

MAIL_MENTION = "customers.mail_mention"
MAILS_BY_AUTHOR = Limit("mention-mails", 60, HOUR)
# Only notes of this page are edited here; others belong to where they come from.
PREFIX = "note-"


def is_own(note: Note, user: User) -> bool:
    """Whether the user wrote it here; then they may edit and remove it."""
    return (
        note.external_id.startswith(PREFIX)
        and note.source.kind == Source.Kind.USER
        and note.source.reference_id == user.pk
    )


@transaction.atomic
def write(*, customer: Customer, text: str, by: User) -> Note:
    """A new note. Whom it names by `@` gets a mail, and has it on Today until it is read. Raises
    Refused."""
    return _store(f"{PREFIX}{uuid.uuid4().hex}", customer, text, by, "note.written")


@transaction.atomic
def edit(*, note: Note, text: str, by: User) -> Note:
    """Another version of it; whom only this one names is told. Raises Refused."""
    _refuse_others(note, by)
    return _store(note.external_id, note.customer, text, by, "note.edited")


@transaction.atomic
def remove(*, note: Note, by: User) -> None:
    """Close the note; whom it named has it on Today no longer. Raises Refused."""
    _refuse_others(note, by)
    with _patient():
        remove_facts(kind=NOTES, external_ids=[note.external_id], source=_source(by))
    Mention.objects.filter(note_external_id=note.external_id).delete()
    audit.record(by=by, action="note.removed", subject=note)


@transaction.atomic
def mark_read(*, mention: Mention, by: User) -> None:
    """Only who was named can have read it. Twice is harmless."""
    if mention.user_id != by.pk:
        raise Refused(_("This note names somebody else."), code="not_yours")
    Mention.objects.filter(pk=mention.pk, read_at=None).update(read_at=timezone.now())


def _store(external_id: str, customer: Customer, text: str, by: User, action: str) -> Note:
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused(_("Write something first."), code="note_empty")
    if len(text) > TEXT_LENGTH:
        raise Refused(
            _("A note takes up to {most} characters.").format(most=format_number(TEXT_LENGTH)),
            code="note_too_long",
        )
    held = Note.objects.current().filter(external_id=external_id).first()
    row = {
        "external_id": external_id,
        "customer": customer.external_id,
        "text": text,
        "author": str(by)[:200],
        "written_at": held.written_at if held else timezone.now(),
    }
    with _patient():
        [result] = store_rows(kind=NOTES, rows=[row], source=_source(by))
    if result.problems:
        raise Refused(" ".join(problem.message for problem in result.problems), code="note_refused")
    note = Note.objects.current().get(external_id=external_id)
    named = _mention(note, by)
    detail = {"customer": customer.external_id, "named": [user.email for user in named]}
    audit.record(by=by, action=action, subject=note, detail=detail)
    return note


class _patient:
    """Says in words that an import of notes is being stored."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KindBusyError):
            raise Refused(
                _("Notes are being imported just now. Try again in a minute."), code="busy"
            ) from None


def _source(by: User) -> Source:
    """One per note and version, as with every way in."""
    return Source.objects.create(kind=Source.Kind.USER, label=str(by)[:200], reference_id=by.pk)


def _mention(note: Note, by: User) -> list[User]:
    """Tell whom the note names, but for who wrote it; who is named no longer has it on Today no
    longer. Each gets one mail about a note, whatever is edited, and the mails that one author
    brings about are limited: beyond that it is on Today only."""
    users = [user for user in User.objects.active() if user.pk != by.pk]
    named = named_in(note.text, users)
    held = Mention.objects.filter(note_external_id=note.external_id)
    held.exclude(user__in=named).update(is_named=False)
    held.filter(user__in=named).update(is_named=True)
    known = set(held.values_list("user", flat=True))
    for user in named:
        if user.pk not in known:
            mention = Mention.objects.create(
                note_external_id=note.external_id, customer=note.customer, user=user, by=by
            )
            if MAILS_BY_AUTHOR.allows(f"{current_company().pk}-{by.pk}"):
                enqueue(
                    MAIL_MENTION,
                    key=f"{MAIL_MENTION}-{mention.pk}",
                    payload={"mention_id": mention.pk},
                )
    return named


def _refuse_others(note: Note, by: User) -> None:
    if not is_own(note, by):
        raise Refused(
            _("Only who wrote a note here can change it. Others belong to where they come from."),
            code="not_yours",
        )
