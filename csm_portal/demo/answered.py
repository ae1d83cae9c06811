"""What the demo's people did about answers: tags by their topics, and follow-ups of low ones in
every state, opened when the answer came. Made once, through the actions of the pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from surveys.actions import follow_ups
from surveys.actions.history import PastWork, record_past_follow_up
from surveys.actions.tags import save_tag
from surveys.models import FollowUp, Kind, Reply, Response, Tag
from surveys.scales import Level, scores_of
from tenants.jobs import finish

Outcome = FollowUp.Outcome
LATELY = dt.timedelta(days=60)


@dataclass(frozen=True)
class Work:
    """What came of one low answer, `after` so many hours; nothing: it is open. `again`: written to
    the contact on the day the demo is made. `by_manager`: who took it up, else the owner did."""

    note: str = ""
    reply: str = ""
    outcome: str = ""
    after: float = 0
    again: str = ""
    by_manager: bool = True


REPLY = (
    "Hello {name},\n\nthank you for saying it so plainly. I would like to understand what happened"
    " and put it right. Would a call of twenty minutes suit you on Thursday or Friday?\n\n"
    "Best regards\n{user}"
)
AGAIN = (
    "Hello {name},\n\nI have not heard from you since; did what we changed help?\n\n"
    "Best regards\n{user}"
)
TOPICS = {
    "Support": ("support", "ticket", "answer", "called back"),
    "Price": ("price", "prices", "paying", "cheaper"),
    "Onboarding": ("onboarding", "setup", "kick-off", "training", "import"),
    "Reports": ("report", "reports", "dashboards", "exports", "filters"),
    "Ease of use": ("complicated", "easy", "hard to find", "clumsy", "mobile app"),
}
# The newest answer first; who answered before these stays open.
WORKS = (
    Work(reply=REPLY, after=5.5, again=AGAIN),
    Work(
        reply=REPLY,
        note="Called them. Two of their people never got the training; they come on Tuesday.",
        outcome=Outcome.SOLVED,
        after=22.5,
    ),
    Work(),
    Work(
        reply=REPLY,
        note="Left a message, and asked for a time in writing. Try again on Monday.",
        after=3.2,
    ),
    Work(
        reply=REPLY,
        note="It was about the new prices. Went through the invoice with them.",
        outcome=Outcome.EXPLAINED,
        after=47,
        by_manager=False,
    ),
    Work(note="Tried three times.", outcome=Outcome.NOT_REACHED, after=90),
    Work(),
)


@transaction.atomic
def tag_by_topic(*, by: User) -> None:
    """Save the tags; nothing where there are any."""
    if not Tag.objects.exists():
        for name, phrases in TOPICS.items():
            save_tag(name=name, phrases=phrases, by=by)


def follow_up_on_low_answers() -> None:
    """Work on those of the last weeks; nothing where somebody did already."""
    if FollowUp.objects.exclude(opened_by=None).exists():
        return
    for reply in _work():
        finish(key=f"{follow_ups.SEND_REPLY}-{reply.pk}")


@transaction.atomic
def _work() -> list[Reply]:
    """The replies that are to be sent."""
    manager = User.objects.filter(role=Role.MANAGER).earliest("pk")
    owner = User.objects.active_owners().get()
    low = scores_of(Kind.NPS, 0, 10, Level.LOW)
    newest = (
        Response.objects.counted()
        .filter(invitation__campaign__kind=Kind.NPS, score__in=low)
        .filter(answered_at__gte=timezone.now() - LATELY)
        .select_related("invitation__contact")
        .order_by("-answered_at", "pk")
    )
    replies = []
    for response, work in zip(newest, WORKS, strict=False):
        by = manager if work.by_manager else owner
        invitation, opened_at = response.invitation, response.answered_at
        names = {"name": invitation.contact.name.split()[0], "user": by.name}
        if not work.after:
            follow_ups.open_follow_up(invitation=invitation, by=by, at=opened_at)
            continue
        done = PastWork(
            at=min(opened_at + dt.timedelta(hours=work.after), timezone.now()),
            reply=work.reply.format(**names),
            note=work.note,
            outcome=work.outcome,
        )
        found = record_past_follow_up(invitation=invitation, opened_at=opened_at, work=done, by=by)
        if work.again:
            text = work.again.format(**names)
            replies.append(follow_ups.write_reply(follow_up=found, text=text, by=by, once=uuid4()))
    return replies
