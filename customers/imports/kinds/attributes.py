"""Customers' attributes with their history: a row for each value and the day it holds from."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, EXTERNAL_ID
from customers.imports.fields import AttributeName, Day, Field, Kind, Read, Text
from customers.imports.kinds import attribute_steps as steps
from customers.imports.kinds.customer_attributes import COMPANY_ZONE
from customers.models import CustomerAttribute

# The first value may have no day: then it was told on the day on which it was recorded.
DAY = f"coalesce(f.valid_from, (f.recorded_at AT TIME ZONE {COMPANY_ZONE})::date)"

CUSTOMER_ATTRIBUTES = Kind(
    key="customer_attributes",
    label=gettext_noop("Attributes of customers, by day"),
    noun=gettext_noop("attribute"),
    description=gettext_noop(
        "What customers were from day to day: owner, stage and every other attribute, a"
        " row for each value and the day it holds from. A file of customers has a column for each"
        " and today's values."
    ),
    sample="customer_attributes.csv",
    fields=(
        Field(
            EXTERNAL_ID.name,
            gettext_noop("Id"),
            Text(300),
            gettext_noop(
                "The customer's id and the name, as in acme-1:owner; it is made of them, so leave"
                " it"
                " out."
            ),
            aliases="attribute id",
        ),
        CUSTOMER,
        Field(
            "name",
            gettext_noop("Name"),
            AttributeName(),
            gettext_noop(
                "What the attribute is called: owner, stage, or any other name, which becomes"
                " lower_case."
            ),
            aliases="attribute name, attribute, property, property name, field, key, name",
            is_required=True,
        ),
        Field(
            "value",
            gettext_noop("Value"),
            Text(200),
            gettext_noop("What it was from that day on. Empty: from then on there is none."),
            aliases="value, attribute value, property value, new value",
        ),
        Field(
            "valid_from",
            gettext_noop("Holds from"),
            Day(),
            gettext_noop(
                "The day from which the value holds, until that of the next row. The first value"
                " known"
                " holds for the time before, too. Without one: today."
            ),
            aliases="valid from, holds from, changed on, changed at, as of, effective from, from,"
            " date",
        ),
    ),
    check=steps.check,
    compare=steps.compare,
    write=steps.write,
    remove=steps.remove,
    model=CustomerAttribute,
    rows_by="valid_from",
    writes=("customers",),
    read=Read(
        version_of=f"f.customer_id, f.key, {DAY}",
        tables="""FROM customers_customerattribute f
            JOIN customers_customer c ON c.id = f.customer_id WHERE f.superseded_at IS NULL""",
        columns={
            "external_id": "c.external_id || ':' || f.key",
            "customer": "c.external_id",
            "name": "f.key",
            "value": "f.value",
            "valid_from": DAY,
        },
        order=f"c.id, f.key, {DAY}",
        of_id=f"""q."_id" IN (SELECT a.id FROM (SELECT %s::text AS id) y
            JOIN customers_customer c ON c.external_id = {steps.CUSTOMER_OF.format(id="y.id")}
            JOIN customers_customerattribute a
                 ON a.customer_id = c.id AND a.key = {steps.NAME_OF.format(id="y.id")})""",  # noqa: S608
    ),
)
