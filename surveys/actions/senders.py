"""Seeing whether DNS still says that a domain is the company's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.languages import speaking_to
from accounts.models import User
from surveys import senders
from surveys.dns import LookupFailedError, txt_records
from surveys.models import SenderDomain, survey_settings
from tenants.context import current_company

log = structlog.get_logger("portal.surveys")
CHECK_AGAIN = dt.timedelta(hours=23)  # of a job that looks every hour: once a day


def check_domain(
    *, domain: SenderDomain, by: User | None, actor_label: str = "", now: dt.datetime | None = None
) -> SenderDomain:
    """Ask DNS for the domain's record and write down what it said; the row as it is then.

    Not in a transaction while it waits for DNS (up to surveys.dns.PATIENCE seconds). What changes
    (verified, record gone, given up, back) is audited.
    """
    problem = _problem_of(domain)
    return _write_down(
        domain_id=domain.pk,
        problem=problem,
        now=now or timezone.now(),
        actor={"by": by, "actor_label": actor_label},
    )


def check_due(*, now: dt.datetime | None = None) -> int:
    """Check the domain that is in use, once a day; how many were checked."""
    now = now or timezone.now()
    domain = senders.sender_domain(survey_settings())
    due = Q(checked_at=None) | Q(checked_at__lte=now - CHECK_AGAIN)
    if domain is None or not SenderDomain.objects.filter(due, pk=domain.pk).exists():
        return 0
    with speaking_to(None, current_company()):
        check_domain(domain=domain, by=None, now=now)
    return 1


def _problem_of(domain: SenderDomain) -> str:
    """Empty: the record is there."""
    record = senders.record_of(domain)
    try:
        found = txt_records(record.name)
    except LookupFailedError as error:
        return str(error)
    if record.value in (text.strip().strip('"') for text in found):
        return ""
    if not found:
        words = _("There is no TXT record at {name} yet. New records can take an hour.")
    else:
        words = _("There is a TXT record at {name}, but none with the value given here.")
    return words.format(name=record.name)


@transaction.atomic
def _write_down(
    *, domain_id: int, problem: str, now: dt.datetime, actor: dict[str, Any]
) -> SenderDomain:
    row = SenderDomain.objects.select_for_update().get(pk=domain_id)
    was_usable = row.is_usable(now=now)
    was_failing = row.failing_since is not None
    row.checked_at = now
    row.problem = problem
    if not problem:
        row.verified_at = row.verified_at if was_usable else now
        row.failing_since = None
    elif row.verified_at is not None and row.failing_since is None:
        row.failing_since = now
    row.save()
    action = _what_happened(row, was_usable=was_usable, was_failing=was_failing)
    if action:
        audit.record(action=action, subject=row, detail={"problem": problem}, **actor)
        log.info(action, domain=row.domain, problem=problem)
    senders.forget(current_company())
    return row


def _what_happened(row: SenderDomain, *, was_usable: bool, was_failing: bool) -> str:
    if not row.problem:
        return "" if was_usable and not was_failing else "sender_domain.verified"
    if row.failing_since is not None and not was_failing:
        return "sender_domain.record_missing"
    return ""
