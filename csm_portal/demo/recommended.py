"""Who brought others in, and what they got: referral links, and rewards in every state. Made once,
through the actions of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from customers.models import Referral
from surveys.actions import referrals, rewards
from surveys.link_words import LINK_WORDS
from surveys.models import Invitation, Kind, ReferredPerson, Response, Reward
from surveys.models.campaign import Language
from surveys.scales import Level, scores_of
from surveys.texts import fill
from tenants.context import current_company
from tenants.jobs import finish

State = Reward.State
WHAT, VALUE = "Gift card", Decimal(150)
# Of the newest referrals that became customers; and why, where nothing is given.
SETTLED = (
    (State.PROMISED, ""),
    (State.GIVEN, ""),
    (State.GIVEN, ""),
    (State.REFUSED, "Their own rules allow no gifts."),
    (State.GIVEN, "Handed over at the business review."),
)


@dataclass(frozen=True)
class Referred:
    """Who left an address by a link. `is_won`: a customer since today."""

    name: str
    company: str
    message: str = ""
    is_won: bool = False


BY_LINK = (
    Referred("Marta Kessler", "Bellweather Logistics", "We spoke at the spring fair.", True),
    Referred("Owen Tran", "Pinnacle Tutors"),
    Referred("Ines Moreau", "Harrow & Finch", "Please write rather than call."),
)


def bring_in_referrals(*, by: User) -> None:
    """Offer the links, store whom they brought, and settle rewards; nothing where any are."""
    if Reward.objects.exists() or ReferredPerson.objects.exists():
        return
    with transaction.atomic():
        rewards.change_referral_settings(
            values={"is_on": True, "reward_what": WHAT, "reward_value": VALUE}, by=by
        )
        _settle_the_imported(by)
        for invitation, person in zip(_promoters(), BY_LINK, strict=False):
            _refer(invitation, person)
    finish(key=referrals.STORE)
    for person in BY_LINK:
        stored = Referral.objects.current().filter(referred_name=person.company).first()
        if person.is_won and stored is not None:
            referrals.convert(referral=stored, on=current_company().today(), by=by)


def _settle_the_imported(by: User) -> None:
    today = current_company().today()
    newest = (
        Referral.objects.current()
        .filter(converted_on__lt=today)
        .select_related("customer")
        .order_by("-converted_on", "external_id")
    )
    for referral, (state, note) in zip(newest, SETTLED, strict=False):
        reward = rewards.promise(
            customer=referral.customer,
            referral_id=referral.external_id,
            what=WHAT,
            value=VALUE,
            by=by,
        )
        if state != State.PROMISED:
            rewards.settle(reward=reward, state=state, note=note, by=by)


def _promoters() -> list[Invitation]:
    """Of the newest best answers, one of each customer."""
    best = scores_of(Kind.NPS, 0, 10, Level.HIGH)[-1]
    newest = (
        Response.objects.counted()
        .filter(invitation__campaign__kind=Kind.NPS, score=best)
        .select_related("invitation__contact__customer")
        .order_by("-answered_at", "pk")[: 10 * len(BY_LINK)]
    )
    by_customer = {one.invitation.contact.customer_id: one.invitation for one in reversed(newest)}
    return list(by_customer.values())[::-1]


def _refer(invitation: Invitation, person: Referred) -> None:
    language = Language.ENGLISH
    first, last = person.name.lower().split()
    referrals.refer(
        invitation=invitation,
        name=person.name,
        email=f"{first}.{last}@referred.example.com",
        company_name=person.company,
        message=person.message,
        language=language,
        consent=fill(LINK_WORDS[language].consent, company=current_company().name),
    )
