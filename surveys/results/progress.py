"""What came of a campaign: how far sending is, and what was answered. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from surveys.models import Campaign, Invitation, Response

State = Invitation.State


@dataclass(frozen=True)
class Progress:
    """How many invitations are in each state; `answered` of those that may have arrived. Those
    `skipped` or `withdrawn` count nowhere else."""

    queued: int
    claimed: int
    sent: int
    failed: int
    unknown: int
    skipped: int
    withdrawn: int
    answered: int

    @property
    def total(self) -> int:
        return self.queued + self.claimed + self.sent + self.failed + self.unknown

    @property
    def waiting(self) -> int:
        return self.queued + self.claimed

    @property
    def finished(self) -> int:
        return self.total - self.waiting


def progress_of(
    campaign: Campaign, answered: int | None = None, stored: Mapping[str, Any] | None = None
) -> Progress:
    """Costs two queries, or one where it is known how many `answered`, or none where the rest is
    stored."""
    counts = stored["states"] if stored else count_states(campaign)
    if answered is None:
        answered = responses_of(campaign).filter(is_by_user=False).count()
    return Progress(**counts, answered=answered)


def count_states(campaign: Campaign) -> dict[str, int]:
    """{state: invitations}. All of it is in an index."""
    found = campaign.invitations.values_list("state").annotate(count=Count("*"))
    return dict.fromkeys(State.values, 0) | dict(found)


def responses_of(campaign: Campaign) -> QuerySet[Response]:
    """The current answers, newest first, with who gave them; the company's own users' too."""
    return (
        Response.objects.current()
        .filter(invitation__campaign=campaign)
        .select_related("invitation__contact__customer")
        .order_by("-answered_at", "-pk")
    )


def troubles_of(campaign: Campaign) -> QuerySet[Invitation]:
    """Invitations whose mail failed, or of which nobody knows."""
    return (
        campaign.invitations.filter(state__in=[State.FAILED, State.UNKNOWN])
        .select_related("contact__customer")
        .order_by("state", "pk")
    )


def asked_by(
    campaigns: Iterable[Campaign], stored: Mapping[int, Mapping[str, Any]]
) -> dict[int, int]:
    """How many each campaign asked, or will. Costs one query over those that are not stored."""
    counted = [campaign.pk for campaign in campaigns if campaign.pk not in stored]
    found = (
        Invitation.objects.filter(campaign__in=counted)
        .exclude(state=State.WITHDRAWN)
        .values_list("campaign")
        .annotate(count=Count("*"))
    )
    return {pk: one["invited"] for pk, one in stored.items()} | dict(found)
