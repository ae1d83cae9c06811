"""Surveys that wait for something to happen, and what happens on the as-of day: tickets are solved
and steps of onboarding reached, whose contacts are asked by mail, and some answer at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from csm_portal.demo.loading import DemoError, deliver
from csm_portal.demo.satisfaction import BETWEEN, SolvedToday, reached_today, solved_today
from csm_portal.demo.world import World
from customers.actions.customers import source_of_user
from customers.actions.facts import store_rows
from customers.imports.kinds import KINDS
from surveys import audience, schedule
from surveys.actions.campaigns import choose_contacts, start_campaign
from surveys.actions.content import draft_campaign
from surveys.actions.running import set_timing
from surveys.models import Campaign, Event, Kind, Timing

SUPPORT, ONBOARDING = "After a ticket is solved", "After a step of onboarding"


def ask_on_occasions(world: World, *, by: User) -> None:
    """Start both surveys, once, and send what the day brings; nothing where it brings nothing."""
    solved, reached = solved_today(world), reached_today(world)
    given = {one.ticket.contact: one.given for one in solved if one.given is not None}
    if solved:
        campaign = _waiting(SUPPORT, Kind.CSAT, Event.TICKET_RESOLVED, by=by)
        _happen(campaign, "tickets", [_solved(one) for one in solved], by=by)
        deliver(campaign, answers=given)
    if reached:
        campaign = _waiting(ONBOARDING, Kind.CES, Event.MILESTONE_REACHED, by=by)
        rows = [{"external_id": one.milestone, "reached_on": world.as_of} for one in reached]
        _happen(campaign, "milestones", rows, by=by)
        answers = {contact: said for one in reached for contact, said in one.answers.items()}
        deliver(campaign, answers=answers)


def _solved(one: SolvedToday) -> dict[str, Any]:
    """The row of a ticket that is solved now."""
    ticket, now = one.ticket, timezone.now()
    return {
        "external_id": ticket.external_id,
        "customer": ticket.customer,
        "contact": ticket.contact,
        "subject": ticket.subject,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "opened_at": ticket.opened_at,
        "reopens": ticket.reopens,
        "first_responded_at": ticket.responded_at,
        "first_resolved_at": now,
        "resolved_at": now,
    }


def _waiting(name: str, kind: Kind, event: Event, *, by: User) -> Campaign:
    """The running campaign that waits for the event, started where it is not there yet."""
    found = Campaign.objects.filter(name=name, is_backfilled=False).first()
    if found is not None:
        return found
    with transaction.atomic():
        draft = draft_campaign(name=name, kind=kind, is_relational=False, by=by)
        choice = audience.Choice(not_asked_days=BETWEEN.days)
        draft = choose_contacts(campaign=draft, choice=choice, by=by)
        draft = set_timing(campaign=draft, timing=Timing.EVENT, event=event, by=by)
        return start_campaign(campaign=draft, by=by)


@transaction.atomic
def _happen(campaign: Campaign, kind: str, rows: Sequence[Mapping[str, Any]], *, by: User) -> None:
    """Store what happened, as a user does, and let the campaign see it; once."""
    if campaign.invitations.exists():
        return
    for result in store_rows(kind=KINDS[kind], rows=rows, source=source_of_user(by)):
        if result.problems:
            raise DemoError(f"{kind}: {result.problems[0].message}")
    schedule.look()
