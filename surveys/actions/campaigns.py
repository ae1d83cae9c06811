"""Drafting a campaign, starting it, holding it up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from surveys import audience
from surveys.models import Campaign
from tenants.jobs import enqueue

SEND = "surveys.send"


@transaction.atomic
def create_campaign(
    *,
    name: str,
    question: str,
    follow_up: str = "",
    thank_you: str = "",
    language: str = "en",
    is_relational: bool = True,
    choice: audience.Choice | None = None,
    by: User | None,
) -> Campaign:
    """A draft NPS campaign. Nobody is asked until it is started."""
    campaign = Campaign.objects.create(
        name=name,
        question=question,
        follow_up=follow_up,
        thank_you=thank_you,
        language=language,
        is_relational=is_relational,
        audience=(choice or audience.Choice()).as_json(),
        created_by=by,
    )
    audit.record(by=by, action="campaign.created", subject=campaign, detail=campaign.texts())
    return campaign


@transaction.atomic
def edit_campaign(*, campaign: Campaign, by: User | None, **texts: Any) -> Campaign:
    """Change texts of a draft; names as in Campaign.texts. Refused once somebody is asked."""
    campaign = lock_draft(campaign)
    before = campaign.texts()
    for name, value in texts.items():
        if name not in before:
            raise TypeError(f"{name} is no text of a campaign")
        setattr(campaign, name, value)
    campaign.save(update_fields=list(texts))
    changed = {name: value for name, value in campaign.texts().items() if value != before[name]}
    if changed:
        audit.record(by=by, action="campaign.edited", subject=campaign, detail=changed)
    return campaign


@transaction.atomic
def choose_contacts(
    *,
    campaign: Campaign,
    choice: audience.Choice,
    sample_percent: int | None = None,
    by: User | None,
    actor_label: str = "",
) -> Campaign:
    """Set who a draft goes to (`sample_percent`: absent = keep). Refused once somebody is asked,
    and (AudienceError) when the choice cannot be had."""
    choice = audience.checked(choice)
    campaign = lock_draft(campaign)
    if sample_percent is not None:
        if not 1 <= sample_percent <= 100:
            raise audience.AudienceError(_("A sample is 1 to 100 %."), field="sample_percent")
        campaign.sample_percent = sample_percent
    campaign.audience = choice.as_json()
    campaign.save(update_fields=["audience", "sample_percent"])
    detail = {
        **choice.as_json(),
        "contacts": len(choice.contacts),
        "sample_percent": campaign.sample_percent,
    }
    audit.record(
        by=by,
        actor_label=actor_label,
        action="campaign.contacts_chosen",
        subject=campaign,
        detail=detail,
    )
    return campaign


@transaction.atomic
def delete_draft(*, campaign: Campaign, by: User | None, actor_label: str = "") -> None:
    """Remove a campaign nobody was asked by."""
    campaign = lock_draft(campaign)
    audit.record(by=by, actor_label=actor_label, action="campaign.deleted", subject=campaign)
    campaign.delete()


@transaction.atomic
def start_campaign(
    *,
    campaign: Campaign,
    by: User | None,
    actor_label: str = "",
    expected_count: int | None = None,
) -> Campaign:
    """Write an invitation for everybody who is to be asked, and queue the sending.

    Refused when it was started before, when nobody is left to ask, and when `expected_count`
    (what the person was shown) is no longer what it comes to.
    """
    from surveys.actions.running import begin  # it builds on this module

    campaign = lock_draft(campaign)
    count = begin(campaign, timezone.now(), expected_count=expected_count)
    audit.record(
        by=by,
        actor_label=actor_label,
        action="campaign.started",
        subject=campaign,
        detail={"contacts": count},
    )
    return campaign


@transaction.atomic
def pause_campaign(*, campaign: Campaign, by: User | None, actor_label: str = "") -> Campaign:
    """Send no more until resumed, reminders neither; what the server has been handed within the
    last tenth of a second still goes."""
    campaign = _lock(campaign)
    if not campaign.is_sending:
        raise Refused(
            _("Only a campaign that is sending can be paused."), code="campaign_not_sending"
        )
    campaign.state = Campaign.State.PAUSED
    campaign.paused_at = timezone.now()
    campaign.save(update_fields=["state", "paused_at"])
    audit.record(by=by, actor_label=actor_label, action="campaign.paused", subject=campaign)
    return campaign


@transaction.atomic
def resume_campaign(
    *, campaign: Campaign, is_skipping: bool = False, by: User | None, actor_label: str = ""
) -> Campaign:
    """Go on sending, with what is due by now; with `is_skipping` without what was due more than a
    day ago."""
    from surveys.actions.running import go_on  # it builds on this module

    campaign = _lock(campaign)
    if campaign.state != Campaign.State.PAUSED:
        raise Refused(_("Only a paused campaign can be resumed."), code="campaign_not_paused")
    campaign.state = Campaign.State.RUNNING
    campaign.paused_at = None
    campaign.paused_reason = ""
    campaign.save(update_fields=["state", "paused_at", "paused_reason"])
    go_on(campaign, timezone.now(), is_skipping=is_skipping)
    audit.record(
        by=by,
        actor_label=actor_label,
        action="campaign.resumed",
        subject=campaign,
        detail={"is_skipping": is_skipping},
    )
    queue_sending(campaign)
    return campaign


def queue_sending(
    campaign: Campaign, *, failures: int = 0, run_at: dt.datetime | None = None
) -> None:
    """Queue the job that sends (or goes on sending) the campaign, at `run_at` (default: now).

    `failures`: how often in a row the mail server could not be spoken to.
    """
    payload = {"campaign_id": campaign.pk, "failures": failures}
    enqueue(SEND, key=sending_key(campaign), payload=payload, run_at=run_at)


def sending_key(campaign: Campaign) -> str:
    """One key per campaign, so that one living runner sends it at a time."""
    return f"{SEND}-{campaign.pk}"


def _lock(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def lock_draft(campaign: Campaign) -> Campaign:
    """The campaign, locked for the transaction. Refused once it was started."""
    campaign = _lock(campaign)
    if not campaign.is_editable:
        raise Refused(
            _("“{name}” was started and cannot be changed any more.").format(name=campaign),
            code="campaign_started",
        )
    return campaign
