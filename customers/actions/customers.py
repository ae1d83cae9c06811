"""What users change of a customer on its page."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from customers.actions.facts import FieldProblem, store_rows
from customers.imports.kinds import KINDS
from customers.models import Customer, Source


def source_of_user(user: User) -> Source:
    """The Source of what a user changes on pages: one, however often they do."""
    found = Source.objects.filter(kind=Source.Kind.USER, reference_id=user.pk, label=str(user))
    return found.order_by("pk").first() or Source.objects.create(
        kind=Source.Kind.USER, reference_id=user.pk, label=str(user)
    )


@transaction.atomic
def change_customer(
    *, customer: Customer, values: Mapping[str, str], by: User
) -> list[FieldProblem]:
    """Set fields of the kind `customers` (owner, stage; "" for none) from today on. Returns what
    is wrong, and then nothing has changed. Raises KindBusyError."""
    row = {"external_id": customer.external_id}
    row |= {name: value or None for name, value in values.items()}  # type: ignore[misc]
    [result] = store_rows(
        kind=KINDS["customers"], rows=[row], source=source_of_user(by), is_all_or_nothing=True
    )
    if result.outcome in ("created", "updated"):
        audit.record(
            by=by, action="customer.changed", subject=customer, detail={"to": dict(values)}
        )
    return result.problems
