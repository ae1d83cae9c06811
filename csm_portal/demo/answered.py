"""What the demo's people did about answers: tags by their topics, and follow-ups of low ones in
every state. Made once, through the actions of the pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from surveys.actions import follow_ups
from surveys.actions.tags import save_tag
from surveys.models import FollowUp, Kind, Reply, Response, Tag
from surveys.scales import Level, scores_of
from tenants.jobs import finish

Outcome = FollowUp.Outcome
LATELY = dt.timedelta(days=60)


@dataclass(frozen=True)
class Work:
    """What came of one low answer. `by_manager`: who took it up, else the owner did."""

    note: str = ""
    reply: str = ""
    outcome: str = ""
    by_manager: bool = True


REPLY = (
    "Hello {name},\n\nthank you for saying it so plainly. I would like to understand what happened"
    " and put it right. Would a call of twenty minutes suit you on Thursday or Friday?\n\n"
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
    Work(reply=REPLY),
    Work(
        note="Called them. Two of their people never got the training; they come on Tuesday.",
        outcome=Outcome.SOLVED,
    ),
    Work(),
    Work(note="Left a message, and asked for a time in writing. Try again on Monday."),
    Work(
        note="It was about the new prices. Went through the invoice with them.",
        outcome=Outcome.EXPLAINED,
        by_manager=False,
    ),
    Work(note="Tried three times in two weeks.", outcome=Outcome.NOT_REACHED),
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
    manager = User.objects.get(role=Role.MANAGER)
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
        found = follow_ups.open_follow_up(invitation=response.invitation, by=by)
        if work.note or work.reply or work.outcome:
            follow_ups.take_up(follow_up=found, by=by)
        if work.reply:
            name = response.invitation.contact.name.split()[0]
            text = work.reply.format(name=name, user=by.name)
            replies.append(follow_ups.write_reply(follow_up=found, text=text, by=by, once=uuid4()))
        if work.outcome:
            follow_ups.close(follow_up=found, outcome=work.outcome, note=work.note, by=by)
        elif work.note:
            follow_ups.add_note(follow_up=found, text=work.note, by=by)
    return replies
