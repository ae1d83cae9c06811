"""Inviting a contact because a program asks for it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.models import Contact
from surveys import suppressions
from surveys.actions.campaigns import queue_sending
from surveys.actions.rounds import ToInvite, invite
from surveys.models import Campaign, Event, Invitation


@transaction.atomic
def invite_for_call(
    *, campaign: Campaign, contact: Contact, cause: str = "", by: User | None, actor_label: str = ""
) -> tuple[Invitation, bool]:
    """The contact's invitation, and whether it was written now: a cause that was told before has
    its own. The campaign's delay and hours hold, its filters do not: a program says whom. Limits
    are looked at when it is sent.

    Refused unless the campaign runs and waits for calls, and for who wants no surveys.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.event != Event.API_CALL or campaign.state != Campaign.State.RUNNING:
        raise Refused(
            "Only a campaign that runs and waits for programs takes this.",
            code="campaign_takes_no_calls",
        )
    named = f"api:{cause}" if cause else ""
    if named:
        held = campaign.invitations.filter(cause=named).select_related("contact__customer").first()
        if held is not None:
            return held, False
    if suppressions.suppressed_among([contact.email]):
        raise Refused("The contact wants no surveys.", code="contact_suppressed")
    now = timezone.now()
    due_at = now + dt.timedelta(hours=campaign.delay_hours)
    invite(campaign, [ToInvite(contact.pk, contact.timezone, due_at, named)])
    made = campaign.invitations.filter(contact=contact).order_by("-round").first()
    assert made is not None
    audit.record(
        by=by,
        actor_label=actor_label,
        action="campaign.invited",
        subject=campaign,
        detail={"contact": contact.pk, "cause": cause},
    )
    queue_sending(campaign, run_at=made.send_after)
    return made, True
