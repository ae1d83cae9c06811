"""What a clock has to do with campaigns: starting them, their rounds and events, their ends.

Each minute every company looks (job `surveys.schedule`). A campaign's row is held while it is
looked at, and whatever comes of it is committed with it; who finds it held goes on to the next.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_moment, format_number
from accounts.languages import speaking_to
from surveys import audience, events
from surveys.actions.campaigns import queue_sending
from surveys.actions.rounds import invite, invite_round
from surveys.actions.running import begin, end, hold_up
from surveys.hours import zone_named
from surveys.models import Campaign, CampaignWatch, Event, Timing
from surveys.models.watch import LONG_PAST
from tenants.context import current_company

log = structlog.get_logger("portal.surveys")
SCHEDULE = "surveys.schedule"
EVERY = dt.timedelta(minutes=1)
# How often a running campaign looks whom to ask: each look reads its whole audience, or all usage.
ROUND_EVERY = dt.timedelta(hours=1)
USAGE_EVERY = dt.timedelta(minutes=10)

State = Campaign.State


def look(now: dt.datetime | None = None) -> None:
    """Look at every campaign that may have something to do.

    One that cannot be looked at keeps none of the others waiting; its error is raised at the end.
    """
    now = now or timezone.now()
    due = Campaign.objects.filter(
        Q(state=State.SCHEDULED, starts_at__lte=now)
        | Q(state=State.RUNNING, timing__in=[Timing.RECURRING, Timing.EVENT])
        | Q(state__in=[State.SCHEDULED, State.RUNNING, State.PAUSED], ends_at__lte=now)
    )
    failed: Exception | None = None
    for pk in due.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                held = Campaign.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
                if held is not None:
                    _look_at(held, now)
        except Exception as error:
            log.exception("a campaign cannot be looked at", campaign=pk)
            failed = failed or error
    if failed is not None:
        raise failed


def _look_at(campaign: Campaign, now: dt.datetime) -> None:
    if campaign.state not in (State.SCHEDULED, State.RUNNING, State.PAUSED):
        return
    if campaign.ends_at is not None and campaign.ends_at <= now:
        end(campaign, now)
        audit.record(by=None, action="campaign.ended", subject=campaign)
    elif campaign.state == State.SCHEDULED:
        with speaking_to(campaign.created_by, current_company()):
            _start(campaign, now)
    elif campaign.state == State.RUNNING and campaign.timing != Timing.ONCE:
        watch, _is_new = CampaignWatch.objects.select_for_update().get_or_create(
            campaign=campaign, defaults={"looked_at": now}
        )
        if campaign.timing == Timing.RECURRING:
            _ask_again(campaign, watch, now)
        else:
            _ask_on_events(campaign, watch, now)


def _start(campaign: Campaign, now: dt.datetime) -> None:
    """Begin a scheduled campaign, unless its moment is long past."""
    starts_at = campaign.starts_at
    if starts_at is None or starts_at > now:
        return
    if starts_at < now - LONG_PAST:
        words = _(
            "It was to start on {moment}, which is more than a day ago. Resume to start it now, or"
            " skip what is past."
        )
        hold_up(campaign, now, words.format(moment=_said(starts_at)))
        return
    try:
        with transaction.atomic():
            count = begin(campaign, now)
    except Refused as refusal:
        campaign.refresh_from_db()
        words = _("It was to start on {moment}. {refusal}")
        words = words.format(moment=_said(starts_at), refusal=refusal.message)
        hold_up(campaign, now, words)
        return
    audit.record(by=None, action="campaign.started", subject=campaign, detail={"contacts": count})


def _ask_again(campaign: Campaign, watch: CampaignWatch, now: dt.datetime) -> None:
    """A round: whoever is due, and whoever has joined."""
    last = max(filter(None, [watch.looked_at, watch.allowed_until]))
    is_resumed = watch.allowed_until is not None and watch.allowed_until > watch.looked_at
    if now - watch.looked_at < ROUND_EVERY and not is_resumed:
        return
    asked = audience.to_ask(audience.Choice.of(campaign), campaign)
    if asked and now - last > LONG_PAST:
        with speaking_to(campaign.created_by, current_company()):
            words = ngettext(
                "Nothing was looked at since {moment}: {count} contact came due. Resume to ask"
                " them now, or skip what is past.",
                "Nothing was looked at since {moment}: {count} contacts came due. Resume to ask"
                " them now, or skip what is past.",
                len(asked),
            ).format(moment=_said(last), count=format_number(len(asked)))
        hold_up(campaign, now, words)
        return
    _looked(watch, now)
    if invite_round(campaign, asked, now=now):
        queue_sending(campaign)


def _ask_on_events(campaign: Campaign, watch: CampaignWatch, now: dt.datetime) -> None:
    is_usage = campaign.event == Event.USAGE_EVENT
    is_resumed = watch.allowed_until is not None and watch.allowed_until > watch.looked_at
    if is_usage and now - watch.looked_at < USAGE_EVERY and not is_resumed:
        return
    news = events.news_of(campaign, watch, now)
    if news.overlooked and news.overlooked_since is not None:
        with speaking_to(campaign.created_by, current_company()):
            words = ngettext(
                "{count} invitation was due more than a day ago, the first on {moment}. Resume to"
                " send it now, or skip what is past.",
                "{count} invitations were due more than a day ago, the first on {moment}. Resume to"
                " send them now, or skip what is past.",
                news.overlooked,
            ).format(count=format_number(news.overlooked), moment=_said(news.overlooked_since))
        hold_up(campaign, now, words)
        return
    if news.count and invite(campaign, events.take(campaign, watch, now)):
        queue_sending(campaign)
    _looked(watch, now)


def _looked(watch: CampaignWatch, now: dt.datetime) -> None:
    watch.looked_at = now
    watch.save(update_fields=["looked_at"])


def _said(moment: dt.datetime) -> str:
    zone = zone_named("", current_company().timezone)
    with timezone.override(zone):
        return format_moment(moment)
