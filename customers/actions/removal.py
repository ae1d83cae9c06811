"""Removing a customer by a page; the API removes them by `remove_facts`, too."""

from __future__ import annotations

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from customers.actions.facts import remove_facts
from customers.imports.kinds import KINDS
from customers.models import Customer, Source
from customers.models.source import REMOVAL_OF


@transaction.atomic
def remove_customer(*, customer: Customer, by: User | None) -> None:
    """Remove it with everything that is of it alone, for good. Raises KindBusyError."""
    source = Source.objects.create(
        kind=Source.Kind.USER if by else Source.Kind.COMMAND,
        label=REMOVAL_OF.format(name=customer.external_id)[:200],
        reference_id=by.pk if by else None,
    )
    audit.record(
        by=by,
        action="customer.removed",
        subject=customer,
        detail={"external_id": customer.external_id},
    )
    remove_facts(kind=KINDS["customers"], external_ids=[customer.external_id], source=source)
