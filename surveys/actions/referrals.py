"""Referrals that come by a contact's link: taken, stored as facts, converted, forgotten."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers import erased
from customers.actions.facts import RowResult, store_rows
from customers.actions.locking import KindBusyError
from customers.imports.kinds import KINDS
from customers.models import ErasedIdentity, Referral, Source
from customers.models.source import OF_REFERRAL, OF_REFERRAL_LINK
from surveys import referring
from surveys.actions.rewards import keep_the_rule
from surveys.models import Invitation, ReferredPerson
from tenants.context import current_company
from tenants.jobs import enqueue

log = structlog.get_logger("portal.surveys")
STORE = "surveys.store_referrals"
BY_LINK = gettext_noop("A referral link")
MOST_PER_LINK = 200
AT_ONCE = 200
BUSY_FOR = dt.timedelta(seconds=30)


class NotTakenError(Refused):
    """The page says it in its language; `code`: own_address or link_full."""

    def __init__(self, code: str) -> None:
        super().__init__("This referral is not taken.", code=code)


@transaction.atomic
def refer(
    *,
    invitation: Invitation,
    name: str,
    email: str,
    company_name: str = "",
    message: str = "",
    language: str,
    consent: str,
) -> ReferredPerson | None:
    """Take what somebody who was referred wrote; a job stores the referral as a fact.

    An address that came before, by whichever link, is the same referral: nothing is changed. Of
    one that was erased nothing is kept (None), and whoever posts it is told as anybody else: the
    page says nothing of who was here before. Raises NotTakenError.
    """
    email = email.strip()
    if email.lower() == invitation.contact.email.lower():
        raise NotTakenError("own_address")
    # Before anything that depends on who it is: a full link is full for all.
    if ReferredPerson.objects.filter(invitation=invitation).count() >= MOST_PER_LINK:
        raise NotTakenError("link_full")
    email_hash = referring.hash_of(email)
    before = ReferredPerson.objects.filter(email_hash=email_hash).first()
    if before is not None and before.erased_at is None:
        return before
    if before is not None or erased.erased_among([email]):
        return None
    person, is_new = ReferredPerson.objects.get_or_create(
        email_hash=email_hash,
        defaults={
            "referral_id": f"link-{email_hash[:32]}",
            "contact": invitation.contact,
            "invitation": invitation,
            "name": name.strip(),
            "email": email,
            "company_name": company_name.strip(),
            "message": message.strip(),
            "language": language,
            "consent": consent,
        },
    )
    if is_new:
        audit.record(
            by=None,
            actor_label=BY_LINK,
            action="referral.received",
            subject=person,
            detail={"contact": invitation.contact_id},
        )
        enqueue(STORE, key=STORE)
    return person


def store_due() -> int:
    """Store the referrals that came as facts; how many. While somebody else stores referrals it
    is left for later. Doing it twice is harmless."""
    try:
        return _store_due()
    except KindBusyError:
        enqueue(STORE, key=STORE, run_at=timezone.now() + BUSY_FOR)
        return 0


@transaction.atomic
def _store_due() -> int:
    people = list(
        ReferredPerson.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(stored_at=None)
        .select_related("contact__customer")
        .order_by("contact_id", "pk")[:AT_ONCE]
    )
    for contact_id, group in groupby(people, key=lambda one: one.contact_id):
        _store(contact_id, list(group))
    if len(people) == AT_ONCE:
        enqueue(STORE, key=STORE)
    return len(people)


def _store(contact_id: int, people: list[ReferredPerson]) -> None:
    source, _is_new = Source.objects.get_or_create(
        kind=Source.Kind.REFERRAL_LINK,
        reference_id=contact_id,
        defaults={"label": OF_REFERRAL_LINK},
    )
    zone = ZoneInfo(current_company().timezone)
    rows = [
        {
            "external_id": one.referral_id,
            "customer": one.contact.customer.external_id,
            "referred_name": one.company_name or one.name,
            "referred_on": one.created_at.astimezone(zone).date(),
        }
        for one in people
    ]
    _expect_stored(store_rows(kind=KINDS["referrals"], rows=rows, source=source))
    ReferredPerson.objects.filter(pk__in=[one.pk for one in people]).update(
        stored_at=timezone.now()
    )


def _expect_stored(results: list[RowResult]) -> None:
    for result in results:
        if result.outcome == "error":
            words = "; ".join(problem.message for problem in result.problems)
            raise Refused(
                _("The referral cannot be stored: {words}.").format(words=words),
                code="referral_wrong",
            )


@transaction.atomic
def convert(*, referral: Referral, customer: str = "", on: dt.date | None, by: User | None) -> None:
    """Say that who was referred became a customer on that day (None: is none after all), and
    which one, by its id. A reward by rule is promised, or taken back, at once. Raises Refused,
    KindBusyError."""
    if customer and on is None:
        raise Refused(_("Say since when they are a customer."), code="day_missing")
    source = Source.objects.create(
        kind=Source.Kind.USER,
        label=str(by) if by else OF_REFERRAL,
        reference_id=by.pk if by else None,
    )
    row = {"external_id": referral.external_id, "converted_on": on, "referred": customer or None}
    _expect_stored(store_rows(kind=KINDS["referrals"], rows=[row], source=source))
    audit.record(
        by=by,
        action="referral.converted" if on else "referral.not_converted",
        subject=f"Referral {referral.external_id}",
        detail={"on": str(on or ""), "customer": customer},
    )
    keep_the_rule()


@transaction.atomic
def erase_person(*, person: ReferredPerson, by: User | None, actor_label: str = "") -> None:
    """Forget who was referred, at once and in every version of the fact; that somebody was, and
    when, stays and counts on. The address is not taken again, here or by an import. Twice is
    harmless."""
    person = ReferredPerson.objects.select_for_update().get(pk=person.pk)
    if person.erased_at is not None:
        return
    ErasedIdentity.objects.get_or_create(
        hash=erased.hash_of(person.email), defaults={"erased_on": current_company().today()}
    )
    forget_people([person.pk])
    audit.record(by=by, actor_label=actor_label, action="referral.person_erased", subject=person)


@transaction.atomic
def forget_people(people: list[int]) -> int:
    """Empty these rows and what the facts hold of them; how many. One that was not stored yet
    will not be."""
    rows = ReferredPerson.objects.filter(pk__in=people, erased_at=None)
    # Locked: who is storing them as facts at the same time is done before these are emptied.
    named = list(rows.select_for_update().order_by("pk").values_list("referral_id", flat=True))
    # Personal data leaves every version of a fact (customers.models.Fact).
    Referral.objects.filter(external_id__in=named).update(referred_name="")
    now = timezone.now()
    rows.filter(stored_at=None).update(stored_at=now)
    return rows.update(name="", email="", company_name="", message="", erased_at=now)
