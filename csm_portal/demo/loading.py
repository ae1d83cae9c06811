"""Bringing a world into a company: through the same actions as a page, and nothing else.

Every step looks first whether it was done, so a fill that died is finished by the next one.
Everything here runs inside the company's schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts.actions.people import add_user
from accounts.models import Role, User
from csm_portal.demo.campaigns import FOLLOW_UP, CurrentCampaign
from csm_portal.demo.feedback import PastCampaign, Score
from csm_portal.demo.satisfaction import BETWEEN
from customers.actions.bringing_in import bring_in
from customers.models import Contact
from customers.sample_data import ImportFile
from surveys import audience, tokens
from surveys.actions.campaigns import create_campaign, sending_key, start_campaign
from surveys.actions.history import PastAnswer, record_past_campaign
from surveys.actions.responses import record_response
from surveys.models import Campaign, Invitation, Origin
from tenants.jobs import finish

METRICS = "metrics.refresh"
PATIENCE = 120.0  # seconds; the mail server is our own


class DemoError(RuntimeError):
    """The demo company is not as the demo needs it."""


def add_people(people: Mapping[str, str], *, slug: str, password_hash: str) -> User:
    """A user for every role in `people` (role: name), at `<role>@<slug>.example`; the owner."""
    owner = User.objects.active_owners().first()
    for role in Role.values:
        email = f"{role}@{slug}.example"
        if not User.objects.filter(email=email).exists():
            user = add_user(
                email=email, name=people[role], role=role, password_hash=password_hash, by=owner
            )
            owner = owner or user
    if owner is None:
        raise DemoError(f"{slug} has no owner.")
    return owner


def add_managers(names: Iterable[str], *, slug: str, password_hash: str, by: User) -> None:
    """Users of these names who look after customers, at `first.last@<slug>.example`."""
    known = set(User.objects.values_list("name", flat=True))
    for name in sorted(set(names) - known):
        email = f"{name.lower().replace(' ', '.')}@{slug}.example"
        add_user(email=email, name=name, role=Role.MANAGER, password_hash=password_hash, by=by)


def load(file: ImportFile, *, by: User) -> None:
    """Import one file, and compute what follows from it."""
    bring_in(file, by=by)
    finish(key=METRICS)


def is_past_in(campaign: PastCampaign) -> bool:
    return Campaign.objects.filter(name=campaign.name, is_backfilled=True).exists()


def bring_in_past(campaign: PastCampaign, *, by: User) -> None:
    """A campaign that was sent elsewhere, with its answers on their days."""
    contacts = _contacts()
    record_past_campaign(
        name=campaign.name,
        question=campaign.question,
        asked_at=campaign.asked_at,
        asked=[contacts[contact] for contact in campaign.asked],
        answers=[
            PastAnswer(
                contact_id=contacts[answer.contact],
                score=answer.given.score,
                comment=answer.given.comment,
                answered_at=answer.answered_at,
            )
            for answer in campaign.answers
        ],
        by=by,
    )


def send(campaign: CurrentCampaign, *, by: User) -> None:
    """Send a campaign for real, and give the answers that are given at once."""
    sent = Campaign.objects.filter(name=campaign.name, is_backfilled=False).first()
    if sent is None:
        sent = _start(campaign, by=by)
    deliver(sent, answers=campaign.answers)


def deliver(campaign: Campaign, *, answers: Mapping[str, Score]) -> None:
    """Let a campaign's mails go out, and give the answers that are given at once, by their
    contacts' ids of the contacts file."""
    finish(key=sending_key(campaign), patience=PATIENCE)
    for invitation in Invitation.objects.filter(
        campaign=campaign, contact__external_id__in=list(answers), responses=None
    ).select_related("contact"):
        answer = answers[invitation.contact.external_id or ""]
        record_response(
            token=tokens.token_of(invitation),
            score=answer.score,
            comment=answer.comment,
            origin=Origin.MAIL_LINK,
        )


@transaction.atomic
def _start(campaign: CurrentCampaign, *, by: User) -> Campaign:
    contacts = _contacts()
    draft = create_campaign(
        name=campaign.name,
        question=campaign.question,
        follow_up=FOLLOW_UP,
        thank_you="Thank you. We read every answer.",
        choice=audience.Choice(
            who=audience.PICKED,
            contacts=tuple(contacts[external_id] for external_id in campaign.contacts),
            not_asked_days=BETWEEN.days,
        ),
        by=by,
    )
    return start_campaign(campaign=draft, by=by, expected_count=len(campaign.contacts))


def _contacts() -> dict[str, int]:
    """{id of the contacts file: our id}."""
    return {
        external_id: pk
        for external_id, pk in Contact.objects.values_list("external_id", "pk")
        if external_id is not None
    }
