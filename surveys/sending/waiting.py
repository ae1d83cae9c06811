"""What is due but must not go out now: outside the contact's hours, or long past."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.formatting import format_moment, format_number
from accounts.languages import speaking_to
from surveys.actions.storing import results_changed
from surveys.hours import Hours, first_moment, zone_named
from surveys.models import Campaign, Invitation
from surveys.sending.lines import INVITATIONS, LINES, Line
from tenants.context import current_company

LONG_PAST = dt.timedelta(hours=24)

State = Invitation.State


def move_into_hours(campaign: Campaign, now: dt.datetime) -> None:
    """Due mails whose contact's clock shows none of the campaign's hours wait for the next of
    them (they came due while nobody sent, or were refused before)."""
    hours = Hours.of(campaign)
    if hours.is_any:
        return
    for line in LINES:
        _move(line, campaign, hours, now)


def _move(line: Line, campaign: Campaign, hours: Hours, now: dt.datetime) -> None:
    """Costs a query, and one where something moves."""
    due = f"""{line.campaign} = %s AND m.state = 'queued' AND m.send_after <= %s"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT c.timezone FROM {line.source} WHERE {due}",  # noqa: S608
            [campaign.pk, now],
        )
        names = [name for (name,) in cursor.fetchall()]
        zone = current_company().timezone
        moments = {name: first_moment(hours, now, zone_named(name, zone)) for name in names}
        moved = {name: moment for name, moment in moments.items() if moment > now}
        if moved:
            cursor.execute(
                f"""
                UPDATE {line.table} SET send_after = next.moment
                  FROM (SELECT m.id, zone.moment FROM {line.source}
                          JOIN unnest(%s::text[], %s::timestamptz[]) AS zone (name, moment)
                            ON zone.name = c.timezone
                         WHERE {due}) AS next
                 WHERE {line.table}.id = next.id AND {line.table}.state = 'queued'
                """,  # noqa: S608 - texts of this package only
                [list(moved), list(moved.values()), campaign.pk, now],
            )


def pause_when_long_past(campaign: Campaign, now: dt.datetime) -> bool:
    """Whether the campaign is paused now because mails were due more than a day ago and none has
    gone out since: nobody may want them any more, so a person says whether they still go."""
    if campaign.state not in (Campaign.State.RUNNING, Campaign.State.DONE):
        return False
    due_at = next_due(campaign)
    if due_at is None or due_at > now - LONG_PAST or _has_sent(campaign, now - LONG_PAST):
        return False
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if campaign.state not in (Campaign.State.RUNNING, Campaign.State.DONE):
            return False
        count = sum(
            line.of(campaign.pk).filter(state=State.QUEUED, send_after__lte=now).count()
            for line in LINES
        )
        campaign.state = Campaign.State.PAUSED
        campaign.paused_at = now
        campaign.paused_reason = _stood_still(campaign, count, due_at)
        campaign.save(update_fields=["state", "paused_at", "paused_reason"])
        audit.record(
            by=None,
            action="campaign.paused",
            subject=campaign,
            detail={"reason": campaign.paused_reason},
        )
    return True


def _stood_still(campaign: Campaign, count: int, since: dt.datetime) -> str:
    """In the language of who made the campaign: this is read much later, on its page."""
    company = current_company()
    zone = zone_named("", company.timezone)
    with speaking_to(campaign.created_by, company), timezone.override(zone):
        words = ngettext(
            "Sending stood still for more than a day: {count} mail was due, the first on {moment}."
            " Resume to send it now, or skip what is past.",
            "Sending stood still for more than a day: {count} mails were due, the first on"
            " {moment}. Resume to send them now, or skip what is past.",
            count,
        )
        return words.format(count=format_number(count), moment=format_moment(since))


def next_due(campaign: Campaign) -> dt.datetime | None:
    """When the next of its mails is due, or was."""
    found = [
        line.of(campaign.pk).filter(state=State.QUEUED).aggregate(at=Min("send_after"))["at"]
        for line in LINES
        if campaign.state in line.states
    ]
    return min((at for at in found if at is not None), default=None)


def _has_sent(campaign: Campaign, since: dt.datetime) -> bool:
    return any(line.of(campaign.pk).filter(claimed_at__gte=since).exists() for line in LINES)


def renew_past(campaign: Campaign, now: dt.datetime) -> None:
    """A person wants what is due sent: it is due from now on."""
    for line in LINES:
        line.of(campaign.pk).filter(state=State.QUEUED, send_after__lt=now).update(send_after=now)


def skip_past(campaign: Campaign, until: dt.datetime) -> None:
    """A person does not want sent what was due by then."""
    for line in LINES:
        line.of(campaign.pk).filter(state=State.QUEUED, send_after__lte=until).update(
            state=State.SKIPPED, skip_reason="long_past"
        )
    results_changed(campaign.pk)


def withdraw_invitations(campaign: Campaign) -> int:
    """An ended campaign invites nobody any more; how many were waiting."""
    return _withdraw(INVITATIONS, campaign)


def withdraw_waiting(campaign: Campaign) -> int:
    """The same, and it reminds nobody either."""
    return sum(_withdraw(line, campaign) for line in LINES)


def _withdraw(line: Line, campaign: Campaign) -> int:
    waiting = line.of(campaign.pk).filter(state=State.QUEUED)
    results_changed(campaign.pk)
    return waiting.update(state=State.SKIPPED, skip_reason="ended")
