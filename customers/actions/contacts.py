"""What users add, change and remove of contacts on pages. It is stored as what programs send is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from customers.actions.customers import source_of_user
from customers.actions.facts import FieldProblem, RowResult, remove_facts, store_rows
from customers.actions.locking import lock_to_write
from customers.imports.kinds import KINDS
from customers.models import Contact, Customer

CONTACTS = KINDS["contacts"]


@transaction.atomic
def add_contact(*, customer: Customer, values: Mapping[str, str], by: User) -> list[FieldProblem]:
    """A new contact of fields of the kind `contacts` ("" for none, but for the address); who was
    removed and has the address is back. Returns what is wrong, and then nothing has changed.
    Raises KindBusyError."""
    result = _store(customer, values, by)
    if not result.problems:
        added = Contact.objects.get(customer=customer, email__iexact=values["email"])
        given = {name: value for name, value in values.items() if value}
        detail = {"customer": str(customer), **audit.changes({}, given, is_new=True)}
        audit.record(by=by, action="contact.added", subject=added, detail=detail)
    return result.problems


@transaction.atomic
def change_contact(*, contact: Contact, values: Mapping[str, str], by: User) -> list[FieldProblem]:
    """Set fields of a contact, its address among them; else as add_contact."""
    lock_to_write(CONTACTS)
    held = Contact.objects.present().select_related("customer").filter(pk=contact.pk).first()
    if held is None:
        return [FieldProblem("", _("This contact was removed meanwhile."))]
    result = _store(held.customer, values, by, held)
    if result.outcome == "updated":
        contact.refresh_from_db()
        before, after = (
            {name: getattr(one, name) or "" for name in values} for one in (held, contact)
        )
        detail = {"customer": str(held.customer), **audit.changes(before, after)}
        audit.record(by=by, action="contact.changed", subject=contact, detail=detail)
    return result.problems


@transaction.atomic
def remove_contact(*, contact: Contact, by: User) -> None:
    """It is asked and shown no more; answers it gave count on. Raises KindBusyError."""
    remove_facts(kind=CONTACTS, about=[contact.pk], source=source_of_user(by))
    detail = {"customer": str(contact.customer)}
    audit.record(by=by, action="contact.removed", subject=contact, detail=detail)


def _store(
    customer: Customer, values: Mapping[str, str], by: User, contact: Contact | None = None
) -> RowResult:
    lock_to_write(CONTACTS)
    problems = list(_taken(customer, values, contact))
    if problems:
        return RowResult("error", problems=problems)
    given = {name: value or None for name, value in values.items()}
    [result] = store_rows(
        kind=CONTACTS,
        rows=[{"customer": customer.external_id, **given}],
        source=source_of_user(by),
        about=contact.pk if contact else None,
    )
    return result


def _taken(
    customer: Customer, values: Mapping[str, str], contact: Contact | None
) -> Iterator[FieldProblem]:
    """Who else has the address, at this customer, or the id, at any."""
    others = Contact.objects.exclude(pk=contact.pk if contact else 0).select_related("customer")
    held = others.filter(customer=customer, email__iexact=values["email"]).first()
    if held is not None and held.removed_at is None:
        words = _("{contact} has this address here already.")
        yield FieldProblem("email", words.format(contact=held))
    elif held is not None and contact is not None:
        words = _(
            "{contact}, who was removed here, has this address. Add a contact with it: they come"
            " back, with their answers."
        )
        yield FieldProblem("email", words.format(contact=held))
    external_id = values.get("external_id", "")
    known = Q(external_id=external_id) | Q(aliases__external_id=external_id)
    taken = others.filter(known).first() if external_id else None
    if taken is not None and (taken.removed_at is None or contact is not None):
        words = _("{contact} at {customer} has this id already.")
        yield FieldProblem("external_id", words.format(contact=taken, customer=taken.customer))
