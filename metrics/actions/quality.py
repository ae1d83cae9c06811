"""Removing what a check of the data's quality found."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.actions.facts import remove_facts
from customers.imports.kinds import KINDS
from customers.models import Source, UsageEvent
from customers.models.source import UNREACHED
from customers.usage.removing import remove_events
from metrics.quality.checks import Check
from metrics.quality.counting import ask, rows_of
from tenants.context import current_company


@transaction.atomic
def remove(*, check: Check, ids: Sequence[int], by: User | None) -> int:
    """Remove the rows of these ids that the check still finds; how many. Raises Refused, and
    KindBusyError while a file of the kind is being stored."""
    if not check.is_removable:
        raise Refused(_("Rows of this check cannot be removed here."), code="not_removable")
    rows = [row.id for row in rows_of(check, ids)]
    if not rows:
        raise Refused(_("Tick the rows to remove."), code="nobody")
    count = _contacts(rows, by) if check.key == "bounced" else _events(rows)
    audit.record(
        by=by,
        action=f"quality.{check.key}_removed",
        subject=check.title,
        detail={"rows": count},
    )
    ask()
    return count


def _contacts(ids: Sequence[int], by: User | None) -> int:
    """As the API removes them."""
    source = Source.objects.create(
        kind=Source.Kind.USER if by else Source.Kind.COMMAND,
        label=UNREACHED,
        reference_id=by.pk if by else None,
    )
    remove_facts(kind=KINDS["contacts"], about=ids, source=source)
    return len(ids)


def _events(ids: Sequence[int]) -> int:
    """All events that wait under the same id as these."""
    found = set(UsageEvent.objects.filter(pk__in=ids).values_list("group_id", "end_user"))
    groups = sorted({group for group, _ in found if group})
    users = sorted({user for group, user in found if not group})
    return remove_events(
        "e.customer_id IS NULL AND (e.group_id = ANY(%(groups)s)"
        " OR (e.group_id = '' AND e.end_user = ANY(%(users)s)))",
        {"groups": groups, "users": users},
        zone=current_company().timezone,
    )
