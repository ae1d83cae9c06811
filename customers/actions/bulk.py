"""Doing the same to many customers at once.

An attribute is set the way a file would set it: as an import of its own, so that it is checked,
shows how far it is, is on record, and can be undone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from customers.actions.import_work import work_on
from customers.actions.imports import confirm, start_check, take_file
from customers.imports.defusing import defused
from customers.imports.fields import attribute_key
from customers.imports.kinds.attributes import CUSTOMER_ATTRIBUTES
from customers.imports.options import Options
from customers.imports.parsing import BadValue
from customers.models import Customer, Import
from customers.models.customer import attribute_label
from tenants.jobs import enqueue

FINISH = "customers.finish_bulk"
AT_ONCE = 200
"""So many customers are done while somebody waits; more by a job."""
VALUE_LENGTH = 200
PER_PIECE = 1000
COLUMNS = ("customer", "name", "value")


@transaction.atomic
def set_attribute(*, customers: Sequence[int], key: str, value: str, by: User | None) -> Import:
    """An attribute's value from today on, empty for none, for the customers of these ids; the
    import that does it, which is on its way. Raises Refused."""
    try:
        name = attribute_key(key)
    except BadValue as error:
        raise Refused(error.message, code="bad_attribute") from None
    value = " ".join(value.replace("\0", "").split())
    if len(value) > VALUE_LENGTH:
        raise Refused(
            _("A value has up to {most} characters.").format(most=VALUE_LENGTH),
            code="too_long",
        )
    if not customers:
        raise Refused(_("There is no customer to do this to."), code="nobody")
    number = len(customers)
    if value:
        said = ngettext(
            "{attribute} set to {value}, {count} customer",
            "{attribute} set to {value}, {count} customers",
            number,
        )
    else:
        said = ngettext(
            "{attribute} taken away, {count} customer",
            "{attribute} taken away, {count} customers",
            number,
        )
    said = said.format(
        attribute=attribute_label(name), value=value[:60], count=format_number(number)
    )
    import_ = take_file(
        kind=CUSTOMER_ATTRIBUTES.key,
        file_name=said.replace("/", " "),
        pieces=_file(customers, name, value),
        by=by,
    )
    start_check(
        import_=import_,
        mapping={column: column for column in COLUMNS},
        attributes=(),
        options=Options(),
        by=by,
    )
    audit.record(
        by=by,
        action="customers.attribute_set",
        subject=import_,
        detail={"attribute": name, "value": value, "customers": len(customers)},
    )
    payload = {"import_id": import_.pk, "user_id": by.pk if by else None}
    enqueue(FINISH, key=f"bulk-{import_.pk}", payload=payload)
    return import_


def _file(customers: Sequence[int], name: str, value: str) -> Iterator[bytes]:
    """Its header stands in quotes, as our exports' do."""
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(COLUMNS)
    yield buffer.getvalue().encode()
    for at in range(0, len(customers), PER_PIECE):
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        some = Customer.objects.filter(pk__in=customers[at : at + PER_PIECE]).order_by("pk")
        for external_id in some.values_list("external_id", flat=True):
            writer.writerow([defused(external_id), name, defused(value)])
        yield buffer.getvalue().encode()


def finish(*, import_id: int, by: User | None) -> None:
    """Check and store what `set_attribute` began; harmless when that is done already. Customers
    that were removed since are left out."""
    work_on(import_id=import_id)
    import_ = Import.objects.filter(pk=import_id).first()
    if import_ is None or import_.state != Import.State.CHECKED:
        return
    try:
        confirm(import_=import_, digest=import_.checked_digest, is_skipping_errors=True, by=by)
    except Refused:  # none of them is there any more: the import says so
        return
    work_on(import_id=import_id)
