"""What surveys put on a customer's timeline (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import chain
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from customers.looking import Look, TimelineEntry
from customers.models import Customer
from customers.registry import TimelineSource
from surveys.models import FollowUp, Invitation, Origin, Reply, Response
from surveys.results.figures import level_words
from surveys.results.rows import follow_up_of

# Between an answer and its line in the audit, which are of one transaction.
WRITTEN_WITHIN = dt.timedelta(minutes=5)
# Of one day, what came last stands first.
CLOSED, REPLIES, ANSWERS, ASKED = (
    "surveys.1.closed",
    "surveys.2.replies",
    "surveys.3.answers",
    "surveys.4.asked",
)


def timeline(customer: Customer, look: Look) -> list[TimelineEntry]:
    """Who was asked, what they answered, and what was done about it. Costs four queries,
    five where somebody put an answer down."""
    sources = (_answers, _asked, _replies, _closed)
    return look.cut(chain.from_iterable(source(customer, look) for source in sources))


def _answers(customer: Customer, look: Look) -> Iterator[TimelineEntry]:
    found = (
        Response.objects.current()
        .filter(invitation__contact__customer=customer)
        .select_related("invitation__campaign", "invitation__contact", "invitation__follow_up")
        .defer("invitation__campaign__audience")
    )
    responses = list(look.rows(found, slot=ANSWERS, at="answered_at"))
    recorded_by = _recorded_by(responses)
    for response in responses:
        campaign, follow_up = response.invitation.campaign, follow_up_of(response)
        yield TimelineEntry(
            on=response.timeline_on,  # type: ignore[attr-defined]  # as annotated
            title=_title(response, recorded_by),
            text=response.comment,
            icon="campaigns",
            href=(follow_up or campaign).get_absolute_url(),
            kind="feedback",
            slot=ANSWERS,
            number=response.pk,
        )


def _title(response: Response, recorded_by: dict[str, str]) -> str:
    """`Ann gave 6 of 10 (NPS, detractor)`. What a user or a program put down, Ann did not give:
    `recorded_by` has who did, by the response's id."""
    invitation, campaign = response.invitation, response.invitation.campaign
    said = {
        "contact": invitation.contact,
        "score": response.score,
        "highest": campaign.highest_score,
        "kind": campaign.get_kind_display(),
        "level": level_words(campaign.kind, campaign.highest_score, response.score),
    }
    if not _is_recorded(response):
        return _("{contact} gave {score} of {highest} ({kind}, {level})").format(**said)
    somebody = _("A user") if response.is_by_user else _("A program")
    who = recorded_by.get(str(response.pk), somebody)
    words = _("{user} recorded {score} of {highest} for {contact} ({kind}, {level})")
    return words.format(user=who, **said)


def _is_recorded(response: Response) -> bool:
    return response.is_by_user or response.origin == Origin.API


def _recorded_by(responses: Sequence[Response]) -> dict[str, str]:
    """Who put these down, by id, as the audit knows it. Costs a query where somebody did."""
    moments = {
        str(one.pk): Q(at__range=(one.recorded_at, one.recorded_at + WRITTEN_WITHIN))
        for one in responses
        if _is_recorded(one)
    }
    if not moments:
        return {}
    # By the moment, too: the audit has an index of that only.
    entries = AuditEntry.objects.select_related("actor").filter(
        reduce(or_, moments.values()),
        action="response.recorded",
        subject_type=Response._meta.label_lower,
        subject_id__in=moments,
    )
    return {one.subject_id: str(one.actor or one.actor_label) for one in entries}


def _asked(customer: Customer, look: Look) -> Iterator[TimelineEntry]:
    """Mails that went out, or may have."""
    invitations = (
        Invitation.objects.asked()
        .filter(contact__customer=customer, source=None, sent_at__isnull=False)
        .select_related("campaign", "contact")
        .defer("campaign__audience")
    )
    for invitation in look.rows(invitations, slot=ASKED, at="sent_at"):
        yield TimelineEntry(
            on=invitation.timeline_on,  # type: ignore[attr-defined]  # as annotated
            title=_("{contact} was asked: {campaign}").format(
                contact=invitation.contact, campaign=invitation.campaign
            ),
            text=_("bounced") if invitation.bounced_at else "",
            icon="mail",
            href=invitation.campaign.get_absolute_url(),
            kind="feedback",
            slot=ASKED,
            number=invitation.pk,
        )


def _replies(customer: Customer, look: Look) -> Iterator[TimelineEntry]:
    """Those that went out, or may have."""
    replies = Reply.objects.filter(
        follow_up__invitation__contact__customer=customer,
        state__in=[Reply.State.SENT, Reply.State.UNKNOWN],
    ).select_related("by", "follow_up__invitation__contact")
    for reply in look.rows(replies, slot=REPLIES, at="created_at"):
        yield TimelineEntry(
            on=reply.timeline_on,  # type: ignore[attr-defined]  # as annotated
            title=_("{user} replied to {contact}").format(
                user=reply.by or _("Somebody"), contact=reply.follow_up.invitation.contact
            ),
            text=reply.text,
            icon="mail",
            href=reply.follow_up.get_absolute_url(),
            kind="feedback",
            slot=REPLIES,
            number=reply.pk,
        )


def _closed(customer: Customer, look: Look) -> Iterator[TimelineEntry]:
    rows = FollowUp.objects.filter(
        invitation__contact__customer=customer, state=FollowUp.State.CLOSED
    ).select_related("invitation__contact")
    for found in look.rows(rows, slot=CLOSED, at="closed_at"):
        yield TimelineEntry(
            on=found.timeline_on,  # type: ignore[attr-defined]  # as annotated
            title=_("Follow-up of {contact} closed: {outcome}").format(
                contact=found.invitation.contact, outcome=found.outcome_inside
            ),
            icon="check",
            href=found.get_absolute_url(),
            kind="feedback",
            slot=CLOSED,
            number=found.pk,
        )


TIMELINE = TimelineSource("surveys", frozenset({"feedback"}), timeline)
