"""How many attributes a company may have: each is a segment that figures can be split by."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from accounts.formatting import format_number
from customers.imports.kinds.customer_attributes import WELL_KNOWN

_HAS_VALUE = """SELECT FROM customers_customerattribute v
    WHERE v.key = {key} AND v.superseded_at IS NULL AND v.value <> ''"""
_UNKNOWN = f"""
    SELECT name FROM unnest(%s::text[]) AS asked (name)
     WHERE NOT EXISTS ({_HAS_VALUE.format(key="asked.name")}) ORDER BY name"""  # noqa: S608
# From each name to the next one by the index, however many customers have it.
_HELD = f"""
    WITH RECURSIVE held AS (
        (SELECT key FROM customers_customerattribute
          WHERE superseded_at IS NULL ORDER BY key LIMIT 1)
        UNION ALL
        SELECT (SELECT a.key FROM customers_customerattribute a
                 WHERE a.superseded_at IS NULL AND a.key > held.key ORDER BY a.key LIMIT 1)
          FROM held WHERE held.key IS NOT NULL
    )
    SELECT count(*) FROM held
     WHERE held.key <> ALL (%s) AND EXISTS ({_HAS_VALUE.format(key="held.key")})"""  # noqa: S608


def names_beyond(names: Collection[str], *, share: int = 1) -> set[str]:
    """Those of the names that would be more than a company may have: CUSTOMER_ATTRIBUTES, or a
    `share`th of it. A name counts while a customer has a value of it. Costs one query where all
    are known, else two."""
    own = [name for name in names if name not in WELL_KNOWN]
    if not own:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, [own])
        unknown = [name for (name,) in cursor.fetchall()]
        if not unknown:
            return set()
        cursor.execute(_HELD, [list(WELL_KNOWN)])
        [held] = cursor.fetchone()
    return set(unknown[max(settings.CUSTOMER_ATTRIBUTES // share - held, 0) :])


def too_many_names(names: Collection[str], *, share: int = 1) -> str:
    """What to do about it, in words."""
    shown = ", ".join(sorted(names)[:5]) + (" …" if len(names) > 5 else "")
    return _(
        "{names}: that would be more than the {most} attributes that there can be; leave it out, or"
        " empty an attribute that is not needed for every customer"
    ).format(names=shown, most=format_number(settings.CUSTOMER_ATTRIBUTES // share))
