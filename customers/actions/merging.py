"""Two customers that are one: the history of both becomes the history of the one kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from customers.actions import merge_steps
from customers.actions.locking import lock_every_kind
from customers.imports.references import customer_id_of
from customers.models import Change, Contact, Customer, CustomerAlias, CustomerAttribute, Source
from customers.models.source import MERGING_OF
from tenants.context import current_company
from tenants.jobs import enqueue

SETTLE = "customers.settle_merge"
# Events that were on their way to the other customer are stored by then.
_SETTLE_AFTER = dt.timedelta(seconds=30)


@dataclass(frozen=True)
class Moving:
    """So many rows of something come to the kept customer; `note` says what else of it."""

    label: str
    count: int
    note: str = ""


@transaction.atomic
def merge_customers(
    *, keep: Customer, merge: Customer, by: User | None, source: Source | None = None
) -> Customer:
    """Make `merge` part of what `keep` always was; `keep`, as it is then.

    All facts, contacts and answers of both are the kept one's. Its name and attributes win: of an
    attribute that both have the other's values stay on record as superseded. What it lacks (day
    of sign-up, parent, an attribute) it takes from the other. Contacts of one address become one.
    The other's id stays known as an alias, so whatever is told of it reaches the kept one.

    Raises Refused when they are the same or one is gone meanwhile, KindBusyError when an import
    is being stored. What is derived is brought up to date by jobs.
    """
    lock_every_kind()
    keep, merge = _locked(keep, merge)
    now = timezone.now()
    source = source or _source(by, merge)
    moved = what_would_move(keep=keep, merge=merge)
    params = {
        "kept": keep.pk,
        "gone": merge.pk,
        "now": now,
        "source": source.pk,
        "zone": current_company().timezone,
    }
    _take_over(keep, merge, source)
    joined = merge_steps.join_contacts(params)
    merge_steps.move_customer(params)
    _close_referrals_of_itself(params)
    CustomerAlias.objects.create(customer=keep, external_id=merge.external_id, recorded_at=now)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [merge.pk])
        # Whatever still pointed there is told now, by name, and not at the end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    # The other's changes moved too, and there is no row left to name it; without a customer: for
    # those who sum up over all.
    for customer in (keep, None):
        Change.objects.create(customer=customer, kind="customers", from_day=None)
    audit.record(
        by=by,
        action="customer.merged",
        subject=keep,
        detail={
            "merged": merge.external_id,
            "name": merge.name,
            "contacts_joined": joined,
            "moved": {moving.label: moving.count for moving in moved},
        },
        actor_label="" if by else str(source),
    )
    enqueue("metrics.refresh", key="metrics.refresh")
    enqueue("customers.roll_up")
    enqueue(
        SETTLE,
        key=f"{SETTLE}-{merge.pk}",
        payload={"kept": keep.external_id, "gone": [merge.pk]},
        run_at=now + _SETTLE_AFTER,
    )
    keep.refresh_from_db()
    return keep


def _locked(keep: Customer, merge: Customer) -> tuple[Customer, Customer]:
    if keep.pk == merge.pk:
        raise Refused(_("A customer can't be merged with itself."), code="same_customer")
    found = {
        customer.pk: customer
        for customer in Customer.objects.select_for_update()
        .filter(pk__in=[keep.pk, merge.pk])
        .order_by("pk")
    }
    if len(found) < 2:
        raise Refused(_("One of the customers is gone."), code="gone")
    return found[keep.pk], found[merge.pk]


def _source(by: User | None, merge: Customer) -> Source:
    return Source.objects.create(
        kind=Source.Kind.USER if by else Source.Kind.COMMAND,
        label=MERGING_OF.format(name=merge.external_id)[:200],
        reference_id=by.pk if by else None,
    )


def _take_over(keep: Customer, merge: Customer, source: Source) -> None:
    """What `keep` lacks of its own, and a parent without going round: where `keep` is below
    `merge`, it takes that one's place."""
    above = _above(merge)
    if merge.pk in _above(keep) or (keep.parent_id is None and keep.pk not in above):
        keep.parent_id = merge.parent_id
    keep.signed_up_on = keep.signed_up_on or merge.signed_up_on
    keep.changed_by = source
    keep.save(update_fields=["parent", "signed_up_on", "changed_at", "changed_by"])
    Customer.objects.filter(pk=merge.pk).update(parent=None)


def _above(customer: Customer) -> set[int]:
    """The ids of the customers that it is part of."""
    found = merge_steps.rows(
        """
        WITH RECURSIVE up AS (
            SELECT parent_id FROM customers_customer WHERE id = %(id)s
            UNION SELECT c.parent_id FROM customers_customer c JOIN up ON up.parent_id = c.id
        ) SELECT parent_id FROM up WHERE parent_id IS NOT NULL
        """,
        {"id": customer.pk},
    )
    return {row[0] for row in found}


def _close_referrals_of_itself(params: dict[str, Any]) -> None:
    merge_steps.run(
        """
        UPDATE customers_referral SET superseded_at = %(now)s, closed_by_id = %(source)s
         WHERE customer_id = %(kept)s AND referred_id = %(kept)s AND superseded_at IS NULL
        """,
        params,
    )


def what_would_move(*, keep: Customer, merge: Customer) -> list[Moving]:
    """What merging would bring to `keep`, without what there is none of. Costs two or three
    queries per kind of fact."""
    return [
        Moving(one.label, one.count, _joining(keep, merge) if one.is_contact else "")
        for one in what_is_of(merge)
    ]


@dataclass(frozen=True)
class Belonging:
    """How many rows of a kind are a customer's, as a page says it."""

    label: str
    count: int
    is_contact: bool


def what_is_of(customer: Customer) -> list[Belonging]:
    """What points at a customer and counts, without what there is none of. Costs a query per kind
    of fact."""
    found = []
    for pointer in merge_steps.pointers_at(Customer):
        model = pointer.model
        if model in (Change, CustomerAlias, CustomerAttribute) or not pointer.is_counted:
            continue
        condition = f'"{pointer.column}" = %(gone)s'
        if any(field.name == "superseded_at" for field in model._meta.get_fields()):
            condition += " AND superseded_at IS NULL"
        sql = f"SELECT count(*) FROM {pointer.table} WHERE {condition}"  # noqa: S608
        [[count]] = merge_steps.rows(sql, {"gone": customer.pk})
        if count:
            found.append(Belonging(pointer.label, count, model is Contact))
    return found


def _joining(keep: Customer, merge: Customer) -> str:
    [[count]] = merge_steps.rows(
        """
        SELECT count(*) FROM customers_contact g
          JOIN customers_contact k ON lower(k.email) = lower(g.email)
         WHERE g.customer_id = %(gone)s AND k.customer_id = %(kept)s
        """,
        {"kept": keep.pk, "gone": merge.pk},
    )
    if not count:
        return ""
    return ngettext(
        "{count} of an address that is there already becomes one with it",
        "{count} of an address that is there already become one with it",
        count,
    ).format(count=format_number(count))


def attributes_of_both(*, keep: Customer, merge: Customer) -> tuple[list[str], list[str]]:
    """(keys of which the kept one's values win, keys that it takes from the other)."""
    keys = [
        set(
            CustomerAttribute.objects.filter(customer=customer, superseded_at=None).values_list(
                "key", flat=True
            )
        )
        for customer in (keep, merge)
    ]
    return sorted(keys[0] & keys[1]), sorted(keys[1] - keys[0])


@transaction.atomic
def settle(*, kept: str, gone: list[int]) -> None:
    """Move the events that were being stored for a customer while it was merged; drop them where
    it was removed (`kept` is empty, or is gone meanwhile, too). Their table has no constraint
    that could have kept them out."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {customer_id_of('%s')}", [kept])
        [to] = cursor.fetchone()
    zone = current_company().timezone
    for customer in set(gone) - set(
        Customer.objects.filter(pk__in=gone).values_list("pk", flat=True)
    ):
        params = {"kept": to, "gone": customer, "zone": zone}
        if to is not None:
            merge_steps.run(merge_steps.RULES["customers_usageevent"], params)
        for table in ("customers_usageevent", "customers_usagechange"):
            move = f"UPDATE {table} SET customer_id = %(kept)s"  # noqa: S608
            drop = f"DELETE FROM {table}"  # noqa: S608
            merge_steps.run(f"{drop if to is None else move} WHERE customer_id = %(gone)s", params)
    enqueue("customers.roll_up")
