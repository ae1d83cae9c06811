"""Beginning a campaign, setting when it asks, ending it, and holding it up for a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from surveys import audience, timing
from surveys.actions.campaigns import lock_draft, queue_sending
from surveys.actions.rounds import invite_round
from surveys.models import Campaign, CampaignWatch, Timing
from surveys.models.watch import LONG_PAST
from surveys.sending import waiting

State = Campaign.State


@transaction.atomic
def set_timing(
    *, campaign: Campaign, by: User | None, actor_label: str = "", **values: Any
) -> Campaign:
    """Set when a draft asks; names as in timing.FIELDS, absent = keep. Refused (TimingError) when
    it does not go together, and once somebody is asked."""
    campaign = lock_draft(campaign)
    before = timing.of_campaign(campaign)
    unknown = set(values) - set(before)
    if unknown:
        raise TypeError(f"{sorted(unknown)[0]} is no part of the timing")
    found = timing.checked({**before, **values}, now=timezone.now())
    for name, value in found.items():
        setattr(campaign, name, value)
    if campaign.state == State.SCHEDULED and campaign.starts_at is None:
        campaign.state = State.DRAFT
    campaign.save(update_fields=[*found, "state"])
    changed = {name: str(value) for name, value in found.items() if value != before[name]}
    if changed:
        audit.record(
            by=by,
            actor_label=actor_label,
            action="campaign.timing_set",
            subject=campaign,
            detail=changed,
        )
    return campaign


@transaction.atomic
def schedule_campaign(
    *,
    campaign: Campaign,
    starts_at: dt.datetime | None = None,
    by: User | None,
    actor_label: str = "",
) -> Campaign:
    """Let it start by itself, at `starts_at` or when the draft says. Who is asked is settled
    then."""
    campaign = lock_draft(campaign)
    starts_at = starts_at or campaign.starts_at
    if starts_at is None or starts_at <= timezone.now():
        raise timing.TimingError(_("Choose a moment in the future to start at."), field="starts_at")
    if campaign.ends_at is not None and campaign.ends_at <= starts_at:
        raise timing.TimingError(_("It would start after its end."), field="starts_at")
    campaign.state, campaign.starts_at, campaign.paused_reason = State.SCHEDULED, starts_at, ""
    campaign.save(update_fields=["state", "starts_at", "paused_reason"])
    audit.record(
        by=by,
        actor_label=actor_label,
        action="campaign.scheduled",
        subject=campaign,
        detail={"starts_at": starts_at.isoformat()},
    )
    return campaign


@transaction.atomic
def unschedule_campaign(*, campaign: Campaign, by: User | None, actor_label: str = "") -> Campaign:
    """Make it a draft again; it keeps the moment that was chosen."""
    campaign = lock_draft(campaign)
    if campaign.state != State.SCHEDULED:
        raise Refused(
            _("Only a scheduled campaign can be taken back."), code="campaign_not_scheduled"
        )
    campaign.state = State.DRAFT
    campaign.save(update_fields=["state"])
    audit.record(by=by, actor_label=actor_label, action="campaign.unscheduled", subject=campaign)
    return campaign


@transaction.atomic
def end_campaign(*, campaign: Campaign, by: User | None, actor_label: str = "") -> Campaign:
    """Ask nobody any more: what waits is not sent, reminders neither. Answers still count."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state not in (State.RUNNING, State.PAUSED):
        raise Refused(
            _("Only a campaign that was started can be ended."), code="campaign_not_running"
        )
    end(campaign, timezone.now())
    audit.record(by=by, actor_label=actor_label, action="campaign.ended", subject=campaign)
    return campaign


def end(campaign: Campaign, now: dt.datetime) -> None:
    """For whoever holds the campaign's row."""
    campaign.state, campaign.done_at = State.DONE, now
    campaign.started_at = campaign.started_at or now
    campaign.paused_at, campaign.paused_reason = None, ""
    campaign.save(update_fields=["state", "done_at", "started_at", "paused_at", "paused_reason"])
    waiting.withdraw_waiting(campaign)


def begin(campaign: Campaign, now: dt.datetime, *, expected_count: int | None = None) -> int:
    """Start it, for whoever holds the campaign's row: from now on events count, and the first
    round is written. Returns to how many contacts; refused as start_campaign says."""
    asked: list[audience.ToAsk] = []
    if campaign.timing != Timing.EVENT:
        asked = audience.to_ask(audience.Choice.of(campaign), campaign)
        if not asked and campaign.timing == Timing.ONCE:
            raise Refused(_("Nobody is left to ask. Choose other contacts."), code="nobody_to_ask")
        if expected_count is not None and expected_count != len(asked):
            words = ngettext(
                "In the meantime it has come to {count} contact. Look again, then send.",
                "In the meantime it has come to {count} contacts. Look again, then send.",
                len(asked),
            )
            raise Refused(words.format(count=format_number(len(asked))), code="audience_changed")
    campaign.state, campaign.started_at = State.RUNNING, now
    campaign.paused_at, campaign.paused_reason = None, ""
    campaign.save(update_fields=["state", "started_at", "paused_at", "paused_reason"])
    CampaignWatch.objects.update_or_create(campaign=campaign, defaults={"looked_at": now})
    count = invite_round(campaign, asked, now=now)
    queue_sending(campaign)
    return count


def hold_up(campaign: Campaign, now: dt.datetime, reason: str) -> None:
    """Pause it until a person says what is to become of what is long past."""
    campaign.state, campaign.paused_at, campaign.paused_reason = State.PAUSED, now, reason
    campaign.started_at = campaign.started_at or now
    campaign.save(update_fields=["state", "paused_at", "paused_reason", "started_at"])
    audit.record(by=None, action="campaign.paused", subject=campaign, detail={"reason": reason})


def go_on(campaign: Campaign, now: dt.datetime, *, is_skipping: bool) -> None:
    """What resuming does besides: what is past goes, or is skipped when it was due more than a day
    ago. A campaign that asks once and never came to ask begins now, or is a draft again."""
    if campaign.timing == Timing.ONCE and not campaign.invitations.exists():
        if not is_skipping:
            begin(campaign, now)
            return
        campaign.state, campaign.started_at, campaign.starts_at = State.DRAFT, None, None
        campaign.save(update_fields=["state", "started_at", "starts_at"])
        return
    watch, _is_new = CampaignWatch.objects.get_or_create(
        campaign=campaign, defaults={"looked_at": now}
    )
    watch.allowed_until = now
    if is_skipping:
        watch.skipped_until = now - LONG_PAST
        waiting.skip_past(campaign, now - LONG_PAST)
    watch.save()
    waiting.renew_past(campaign, now)
