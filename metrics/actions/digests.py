"""Choosing digests, making their rows when they are due, and sending them."""

from __future__ import annotations

import datetime as dt
import smtplib
from email.utils import make_msgid
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.languages import speaking_to
from accounts.models import User
from metrics.models import Digest, DigestChoice, DigestKind
from metrics.reports.digest import content_of
from metrics.reports.mails import digest_mail
from metrics.reports.slots import APART, LATE, is_due, latest_slot
from tenants.context import current_company
from tenants.jobs import NewJob, enqueue_many

SEND = "metrics.send_digest"
DEFAULTS: dict[str, dict[str, Any]] = {
    DigestKind.WEEKLY: {"is_on": False, "day": 0, "hour": 8, "timezone": ""},
    DigestKind.MONTHLY: {"is_on": False, "day": 2, "hour": 8, "timezone": ""},
}
BY_LINK = gettext_noop("The link in a digest")


def choice_of(user: User, kind: str) -> DigestChoice:
    """What the user chose, or what stands where nothing was. A query."""
    found = DigestChoice.objects.filter(user=user, kind=kind).first()
    return found or DigestChoice(user=user, kind=kind, **DEFAULTS[kind])


@transaction.atomic
def choose_digest(
    *, user: User, kind: str, values: dict[str, Any], by: User | None, actor_label: str = ""
) -> DigestChoice:
    """Change a user's digest: `is_on`, `day`, `hour`, `timezone`, those that are said. Nothing of
    before the change is sent afterwards."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks: one after the other
    choice = (
        DigestChoice.objects.select_for_update().filter(user=user, kind=kind).first()
    ) or DigestChoice(user=user, kind=kind, **DEFAULTS[kind])
    before = {name: getattr(choice, name) for name in DEFAULTS[kind]}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if choice.pk is not None and not changed:
        return choice
    for name, value in changed.items():
        setattr(choice, name, value)
    choice.on_since = timezone.now()
    choice.save()
    audit.record(
        by=by,
        actor_label=actor_label,
        action="digest.chosen",
        subject=user,
        detail={"kind": kind, **changed},
    )
    return choice


def make_due(now: dt.datetime | None = None) -> int:
    """A row and a job for every digest that is due and has none; how many. Twice is harmless: the
    database takes one row for a user and a slot."""
    now = now or timezone.now()
    zone = current_company().timezone
    wanted = []
    choices = DigestChoice.objects.filter(is_on=True, user__is_active=True)
    for choice in choices.order_by("pk"):
        slot = latest_slot(choice, now=now, zone=zone)
        if is_due(choice, slot, now=now):
            wanted.append((choice, slot))
    if not wanted:
        return 0
    with transaction.atomic():
        made = [row for choice, slot in wanted if (row := _make(choice, slot)) is not None]
        enqueue_many(SEND, [NewJob(row.job_key, {"digest_id": row.pk}) for row in made])
    return len(made)


def _make(choice: DigestChoice, slot: dt.datetime) -> Digest | None:
    """The new row; None where there is one, or one of shortly before."""
    lately = Digest.objects.filter(
        user=choice.user_id, kind=choice.kind, slot_at__gt=slot - APART, slot_at__lte=slot
    )
    if lately.exists():
        return None
    row, is_new = Digest.objects.get_or_create(
        user_id=choice.user_id, kind=choice.kind, slot_at=slot
    )
    return row if is_new else None


def send_digest(*, digest_id: int, now: dt.datetime | None = None) -> None:
    """The job's work. Raises what the mail server said; the job then tries again, until it is too
    late. Whoever dies while the mail server has it leaves it `sending`: it may have arrived."""
    now = now or timezone.now()
    digest = Digest.objects.select_related("user").filter(pk=digest_id).first()
    if digest is None or not _is_to_go(digest, now):
        return
    company = current_company()
    as_of = digest.slot_at.astimezone(ZoneInfo(company.timezone)).date()
    with speaking_to(digest.user, company):
        content = content_of(digest.user, digest.kind, company=company, as_of=as_of)
        mail = digest_mail(digest.user, content, message_id=make_msgid(f"digest-{digest.pk}"))
    mine = Digest.objects.filter(pk=digest.pk, state=Digest.State.QUEUED)
    if not mine.update(state=Digest.State.SENDING):
        return
    try:
        mail.send()
    except (smtplib.SMTPServerDisconnected, TimeoutError):
        raise  # it may have it; never twice
    except Exception:
        Digest.objects.filter(pk=digest.pk).update(state=Digest.State.QUEUED)
        raise
    Digest.objects.filter(pk=digest.pk).update(state=Digest.State.SENT, sent_at=timezone.now())


def _is_to_go(digest: Digest, now: dt.datetime) -> bool:
    """Whether it is to be sent still; one that is not says so from now on."""
    if digest.state != Digest.State.QUEUED:
        return False
    if digest.user.is_active and choice_of(digest.user, digest.kind).is_on:
        if now - digest.slot_at <= LATE:
            return True
        digest.state = Digest.State.LATE
    else:
        digest.state = Digest.State.OFF
    digest.save(update_fields=["state"])
    return False


def send_now(*, user: User, kind: str) -> None:
    """One to look at, to the user themselves; it is no slot's. Raises what the mail server said."""
    company = current_company()
    with speaking_to(user, company):
        content = content_of(user, kind, company=company, as_of=company.today())
        mail = digest_mail(user, content)
    mail.send()
    audit.record(by=user, action="digest.sent_to_oneself", detail={"kind": kind})


def stop_by_link(*, user: User, kind: str, is_on: bool = False) -> DigestChoice:
    """What the link in a digest does: this digest of this user, and no other mail."""
    return choose_digest(
        user=user, kind=kind, values={"is_on": is_on}, by=None, actor_label=BY_LINK
    )
