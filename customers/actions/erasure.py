"""Erasing a person on request: who they were goes everywhere, what counts stays."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.cache import caches
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.models import AuditEntry, IdempotencyKey, User
from customers import erased
from customers.actions.locking import lock_kinds
from customers.erasing import files, tables, usage
from customers.erasing.sought import Sought
from customers.erasing.transactions import others_running
from customers.models import Contact, ContactAlias, Customer, ErasedIdentity, Erasure, Import
from customers.models.customer import ERASED_DOMAIN
from customers.registry import erasings
from customers.spelling import plain
from customers.webhooks.erasing import erase_from_stripe_events
from tenants.context import current_company
from tenants.jobs import enqueue

ERASE = "customers.erase_contact"
NAME = "Erased contact"
REASON_LENGTH = 300
_SECONDS = 3600
# The first thing that is done: to look who is at work.
_BEGUN = "begun"
# How long until it is seen again whether they have ended.
_PATIENCE = dt.timedelta(seconds=5)


@dataclass(frozen=True)
class Plan:
    """What an erasure will do. `contacts`: the person at every customer with the same address.
    `goes` and `stays` are {what: how many}."""

    contacts: Sequence[Contact]
    goes: dict[str, int]
    stays: dict[str, int]


def plan(*, contact: Contact) -> Plan:
    """Costs some counts; what only the job can find is not counted."""
    contacts = _same_person(contact)
    sought = _sought(contacts, "")
    goes = {gettext_noop("names, addresses and ids"): len(contacts)}
    stays = {
        label: _count(f"SELECT count(*) FROM {table} WHERE contact_id = ANY(%s)", sought.contacts)  # noqa: S608
        for label, table in _LINKED.items()
    }
    keys = sorted(sought.keys)
    for table in usage.ROLL_UPS[:1]:
        stays[gettext_noop("usage events")] = _count(
            f"SELECT coalesce(sum(events), 0) FROM {table} WHERE lower(end_user) = ANY(%s)",  # noqa: S608
            keys,
        )
    for erasing in erasings:
        goes |= erasing.told(contacts)
    return Plan(contacts, goes, stays)


_LINKED = {
    gettext_noop("tickets, without the person"): "customers_ticket",
    gettext_noop("touchpoints, without the person"): "customers_touchpoint",
    gettext_noop("reviews, without the person"): "customers_review",
    gettext_noop("feature requests, without the person"): "customers_featurerequest",
}


def _count(sql: str, values: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(values)])
        return int(cursor.fetchone()[0])


@transaction.atomic
def erase_contact(*, contact: Contact, by: User | None, reason: str = "") -> Erasure:
    """Erase the person a contact is, at every customer where the address is theirs.

    The contacts have neither name, id nor address any more when this returns, and no survey goes
    there; a job then takes the person out of everything else. Twice is harmless. Raises
    KindBusyError while contacts are being imported.
    """
    lock_kinds(["contacts"])
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    before = Erasure.objects.filter(contact_id=contact.pk).first()
    if before is not None:
        return before
    contacts = _same_person(contact)
    now = timezone.now()
    sought = _sought(contacts, f"erased-{secrets.token_hex(8)}")
    _list(sought)
    found: dict[str, int] = {}
    for erasing in erasings:
        found |= erasing.erase(contacts)
    _unname(contacts, sought)
    erasure = Erasure.objects.create(
        contact_id=contact.pk,
        reason=sought.in_own.text(reason.strip())[:REASON_LENGTH],
        pseudonym=sought.pseudonym,
        sought=sought.as_json(),
        found=found,
        requested_by=by,
        requested_at=now,
    )
    audit.record(
        by=by,
        action="contact.erased",
        subject=f"A contact of {contact.customer}",
        detail={"contacts": list(sought.contacts), "reason": erasure.reason},
    )
    enqueue(ERASE, key=erasure.job_key, payload={"erasure_id": erasure.pk})
    return erasure


def _same_person(contact: Contact) -> list[Contact]:
    """The contact first, then others by the same address."""
    same = (
        Contact.objects.select_related("customer")
        .annotate(address=Lower("email"))
        .filter(address=contact.email.lower())
    )
    return sorted(same, key=lambda one: (one.pk != contact.pk, one.pk))


def _sought(contacts: Sequence[Contact], pseudonym: str) -> Sought:
    aliases = ContactAlias.objects.filter(contact__in=contacts)
    ids = {one.external_id for one in contacts if one.external_id}
    return sought_of(
        contacts,
        pseudonym,
        addresses=sorted({one.email for one in contacts}),
        ids=sorted(ids | set(aliases.values_list("external_id", flat=True))),
        names=sorted({one.name.strip() for one in contacts if one.name.strip()}),
    )


def sought_of(
    contacts: Sequence[Contact],
    pseudonym: str,
    *,
    addresses: Sequence[str],
    ids: Sequence[str],
    names: Sequence[str],
) -> Sought:
    """What to look for, of the person who these contacts are or were: names also as people write
    them without accents, and as what is read out of words holds them."""
    names = sorted({*names, *map(plain, names)})
    keys = [one.pk for one in contacts]
    lowered = [name.lower() for name in names]
    others = Contact.objects.exclude(pk__in=keys).annotate(lowered=Lower("name"))
    return Sought(
        addresses=addresses,
        names=names,
        ids=ids,
        contacts=keys,
        customers=sorted({one.customer_id for one in contacts}),
        has_namesakes=others.filter(lowered__in=lowered).exists()
        or Customer.objects.annotate(lowered=Lower("name")).filter(lowered__in=lowered).exists()
        or User.objects.annotate(lowered=Lower("name")).filter(lowered__in=lowered).exists(),
        pseudonym=pseudonym,
        salt=secrets.token_hex(16),
    )


def _list(sought: Sought) -> None:
    """Remember, by hash only, who must not come back unnoticed."""
    today = current_company().today()
    ErasedIdentity.objects.bulk_create(
        [ErasedIdentity(hash=erased.hash_of(key), erased_on=today) for key in sorted(sought.keys)],
        ignore_conflicts=True,
    )


def _unname(contacts: Sequence[Contact], sought: Sought) -> None:
    now = timezone.now()
    ContactAlias.objects.filter(contact__in=contacts).delete()
    for number, contact in enumerate(contacts):
        Contact.objects.filter(pk=contact.pk).update(
            name=NAME,
            email=f"{sought.pseudonym}-{number}{ERASED_DOMAIN}",
            external_id=None,
            role="",
            job_title="",
            language="",
            timezone="",
            removed_at=now,
            changed_at=now,
        )
    told = AuditEntry.objects.filter(
        subject_type="customers.contact", subject_id__in=[str(one.pk) for one in contacts]
    )
    told.filter(action__in=("contact.added", "contact.changed")).update(detail={})
    told.update(subject_label=NAME)
    # Only what is telling: `17` stands in everybody's answers, which are to be given again.
    certain = sought.certain
    for text in (*certain.addresses, *certain.names, *certain.ids):
        IdempotencyKey.objects.that_mention(text).delete()


def work_on(*, erasure_id: int) -> None:
    """Every step that is not done yet, each in a transaction of its own; may run again.

    Who was storing something when it began had not heard of it: as soon as all of them have ended
    every step is done once more, what higher apps hold included, so that nothing they stored is
    left. Until then it comes back every few seconds.
    """
    erasure = Erasure.objects.filter(pk=erasure_id, state=Erasure.State.RUNNING).first()
    if erasure is None:
        return
    _do(erasure_id, _BEGUN, lambda: _note_others(erasure_id))
    sought = Sought.from_json(erasure.sought)
    _do_steps(erasure_id, sought)
    erasure.refresh_from_db()
    if erasure.waits_for:
        if set(erasure.waits_for) & set(others_running()):
            enqueue(
                ERASE,
                key=erasure.job_key,
                payload={"erasure_id": erasure_id},
                run_at=timezone.now() + _PATIENCE,
            )
            return
        Erasure.objects.filter(pk=erasure_id).update(waits_for=[], steps_done=[_BEGUN])
        _do_steps(erasure_id, sought)
    _finish(erasure_id)


def _note_others(erasure_id: int) -> dict[str, int]:
    Erasure.objects.filter(pk=erasure_id).update(waits_for=others_running())
    return {}


def _do_steps(erasure_id: int, sought: Sought) -> None:
    steps = list(_steps(sought))
    for number, (name, step) in enumerate(steps):
        tell_progress(erasure_id, number, len(steps))
        _do(erasure_id, name, step)


# What a step does; how many rows it changed, by place in words.
_Step = Callable[[], Mapping[str, int]]


def _steps(sought: Sought) -> Iterator[tuple[str, _Step]]:
    """(name, what is done), in order: what higher apps hold, then the customers' own tables."""
    contacts = _as_they_were(sought)
    for erasing in erasings:
        yield f"held:{erasing.key}", partial(erasing.erase, contacts)
    for name, place, step in _own_steps(sought):
        yield name, partial(_counted, place, step)


def _counted(place: str, step: Callable[[], int]) -> dict[str, int]:
    return {place: step()}


def _as_they_were(sought: Sought) -> list[Contact]:
    """The person's contacts, not to be saved, by the address they had: one row per spelling of it
    where there is more than one."""
    contacts = list(Contact.objects.select_related("customer").filter(pk__in=sought.contacts))
    found = []
    for address in sought.addresses:
        for contact in map(copy, contacts):
            contact.email = address
            found.append(contact)
    return found


def _own_steps(sought: Sought) -> Iterator[tuple[str, str, Callable[[], int]]]:
    """(name, place in words, what is done there), in order. The files of imports that come later
    are checked against the list of who was erased."""
    for partition in usage.partitions():
        yield (
            f"events:{partition}",
            gettext_noop("usage events"),
            lambda partition=partition: usage.rename_events(partition, sought),  # type: ignore[misc]
        )
    yield "roll-ups", gettext_noop("usage roll-ups"), lambda: usage.rename_roll_ups(sought)
    yield "stream", gettext_noop("what the event stream said"), lambda: usage.forget_stream(sought)
    yield "former values", gettext_noop("former values"), lambda: files.forget_former_values(sought)
    words = [*sought.certain.addresses, *sought.certain.names, *sought.certain.ids]
    yield "stripe", gettext_noop("webhooks"), lambda: erase_from_stripe_events(words)
    for import_id in Import.objects.order_by("pk").values_list("pk", flat=True):
        yield (
            f"file:{import_id}",
            gettext_noop("imported files"),
            lambda import_id=import_id: files.scrub_file(import_id, sought),  # type: ignore[misc]
        )
    for table in tables.text_tables():
        yield (
            f"texts:{table.name}",
            gettext_noop("texts of other rows"),
            lambda table=table: tables.scrub(table, sought),  # type: ignore[misc]
        )


@transaction.atomic
def _do(erasure_id: int, name: str, step: _Step) -> None:
    erasure = Erasure.objects.select_for_update().get(pk=erasure_id)
    if erasure.state != Erasure.State.RUNNING or name in erasure.steps_done:
        return
    for place, changed in step().items():
        if changed:
            erasure.found[place] = erasure.found.get(place, 0) + changed
    erasure.steps_done.append(name)
    erasure.save(update_fields=["found", "steps_done"])


@transaction.atomic
def _finish(erasure_id: int) -> None:
    """Forget what was looked for."""
    erasure = Erasure.objects.select_for_update().get(pk=erasure_id)
    erasure.state = Erasure.State.DONE
    erasure.finished_at = timezone.now()
    erasure.sought = {}
    erasure.steps_done = []
    erasure.save()
    caches["company"].delete(f"erasure-progress-{erasure_id}")
    audit.record(by=None, action="contact.erasure_finished", subject=erasure, detail=erasure.found)
    enqueue("metrics.refresh", key="metrics.refresh")


def tell_progress(erasure_id: int, done: int, steps: int) -> None:
    caches["company"].set(f"erasure-progress-{erasure_id}", [done, steps], _SECONDS)


def progress(erasure: Erasure) -> tuple[int, int] | None:
    """(steps done, steps there are); a hint, None when the cache has none."""
    told = caches["company"].get(f"erasure-progress-{erasure.pk}")
    return (told[0], told[1]) if told else None
