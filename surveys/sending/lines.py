"""The two tables of mails, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from surveys.models import Campaign, Invitation, Reminder

# Why a mail is skipped when its time comes; surveys.budget.REASONS has the others.
SKIPPED = {
    "unsubscribed": gettext_noop("asked for no more surveys"),
    "bounced": gettext_noop("the address does not exist"),
    "complained": gettext_noop("marked a survey as spam"),
    "erased": gettext_noop("was erased on request"),
    "removed": gettext_noop("the contact was removed"),
    "answered": gettext_noop("has answered"),
    "not_sent": gettext_noop("the mail before did not go out"),
    "expired": gettext_noop("the link cannot be answered any more"),
    "ended": gettext_noop("the campaign was ended"),
    "long_past": gettext_noop("was due long before it could be sent"),
}


@dataclass(frozen=True)
class Line:
    """A table of mails: `m` in SQL, with its contact `c`; what it says of each in SQL."""

    model: type[Invitation] | type[Reminder]
    table: str
    source: str
    campaign: str
    invitation: str
    next_number: str  # of the reminder that follows
    states: tuple[str, ...]  # of the campaign in which its mails go out

    def of(self, campaign_id: int) -> QuerySet[Invitation] | QuerySet[Reminder]:
        if self.model is Invitation:
            return Invitation.objects.filter(campaign=campaign_id)
        return Reminder.objects.filter(invitation__campaign=campaign_id)


INVITATIONS = Line(
    model=Invitation,
    table="surveys_invitation",
    source="surveys_invitation m JOIN customers_contact c ON c.id = m.contact_id",
    campaign="m.campaign_id",
    invitation="m.id",
    next_number="1",
    states=(Campaign.State.RUNNING,),
)
REMINDERS = Line(
    model=Reminder,
    table="surveys_reminder",
    source="""surveys_reminder m
              JOIN surveys_invitation i ON i.id = m.invitation_id
              JOIN customers_contact c ON c.id = i.contact_id""",
    campaign="i.campaign_id",
    invitation="m.invitation_id",
    next_number="m.number + 1",
    # They go on when all invitations are out.
    states=(Campaign.State.RUNNING, Campaign.State.DONE),
)
LINES = (INVITATIONS, REMINDERS)


@dataclass(frozen=True)
class Mail:
    """One that is claimed by us, with what is needed to write it."""

    line: Line
    row: Invitation | Reminder

    @property
    def invitation(self) -> Invitation:
        return self.row if isinstance(self.row, Invitation) else self.row.invitation

    @property
    def reminder(self) -> Reminder | None:
        return self.row if isinstance(self.row, Reminder) else None
