"""The customers that a customer is part of and has as parts, and its ids of before a merge."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from customers.models import Customer

SHOWN_PARTS = 20
_RELATIVES = """
    SELECT 'parent', 1, id, name FROM customers_customer WHERE id = %(parent)s
     UNION ALL
    (SELECT 'part', row_number() OVER (ORDER BY lower(name), id), id, name
       FROM customers_customer WHERE parent_id = %(customer)s ORDER BY 2 LIMIT %(parts)s)
     UNION ALL
    (SELECT 'alias', row_number() OVER (ORDER BY external_id), id, external_id
       FROM customers_customeralias WHERE customer_id = %(customer)s)
     ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Relative:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Relatives:
    """`parts`: SHOWN_PARTS by name, and one more if there is; `aliases`: ids, in order."""

    parent: Relative | None
    parts: list[Relative]
    aliases: list[str]


def relatives_of(customer: Customer) -> Relatives:
    """A query."""
    params = {"customer": customer.pk, "parent": customer.parent_id, "parts": SHOWN_PARTS + 1}
    with connection.cursor() as cursor:
        cursor.execute(_RELATIVES, params)
        rows = cursor.fetchall()
    found = {
        kind: [Relative(*own) for named, _place, *own in rows if named == kind]
        for kind in ("parent", "part", "alias")
    }
    return Relatives(
        next(iter(found["parent"]), None), found["part"], [one.name for one in found["alias"]]
    )
