"""What a contact left by somebody's referral link goes when the contact is erased."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from customers.models import Contact
from customers.registry import Erasing
from surveys import referring
from surveys.actions.referrals import forget_people
from surveys.models import ReferredPerson


def erase(contacts: Sequence[Contact]) -> dict[str, int]:
    people = list(_as_referred(contacts).values_list("pk", flat=True))
    return {gettext_noop("what the person left by a referral link"): forget_people(people)}


def told(contacts: Sequence[Contact]) -> dict[str, int]:
    return {gettext_noop("what the person left by a referral link"): _as_referred(contacts).count()}


def _as_referred(contacts: Sequence[Contact]) -> QuerySet[ReferredPerson]:
    hashes = [referring.hash_of(contact.email) for contact in contacts]
    return ReferredPerson.objects.filter(email_hash__in=hashes, erased_at=None)


ERASING = Erasing(key="referrals", erase=erase, told=told)
