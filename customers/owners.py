"""Whose customers a page shows.

The attribute `owner` of a customer names its user, by address or by name. Every page of customers
takes `?owner=`: `me`, `all`, `none` (customers without one), or an owner as the customers name it.
Without it a manager's pages begin with their own customers, everybody else's with all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import Role, User
from customers.attributes import holding, values_on
from customers.models import CustomerAttribute

PARAMETER = "owner"
ME, ALL, NONE = "me", "all", "none"
MOST_OWNERS = 200
LONGEST = 200

# One look into the index per owner, however many customers each has.
_OWNERS = """
    WITH RECURSIVE one AS (
        (SELECT lower(value) AS word, value FROM customers_customerattribute
          WHERE key = 'owner' AND superseded_at IS NULL AND lower(value) > ''
          ORDER BY lower(value) LIMIT 1)
        UNION ALL
        SELECT next.word, next.value FROM one CROSS JOIN LATERAL (
            SELECT lower(value) AS word, value FROM customers_customerattribute
             WHERE key = 'owner' AND superseded_at IS NULL AND lower(value) > one.word
             ORDER BY lower(value) LIMIT 1) AS next
    )
    SELECT value FROM one LIMIT %s
"""


@dataclass(frozen=True, kw_only=True)
class Owned:
    """`choice` is what the page's address says, or would. `names`, in lower case: the owners whose
    customers are shown; None: everybody's; empty: those that have no owner."""

    choice: str
    names: tuple[str, ...] | None

    @property
    def is_all(self) -> bool:
        return self.names is None

    @property
    def parameter(self) -> list[str]:
        """What `%(owners)s` of `condition` is."""
        return list(self.names or ())


EVERYBODY = Owned(choice=ALL, names=None)


def names_of(user: User) -> tuple[str, ...]:
    """How customers may name this user as their owner, in lower case."""
    return tuple(name for name in (user.email.lower(), user.name.strip().lower()) if name)


def owned_of(params: Mapping[str, Any], user: User) -> Owned:
    """What `?owner=` asks for, or what pages of this user begin with. One query at most."""
    asked = str(params.get(PARAMETER, "")).replace("\0", "").strip()[:LONGEST]
    mine = Owned(choice=ME, names=names_of(user))
    if not asked:
        return mine if user.role == Role.MANAGER and _has_any(mine) else EVERYBODY
    if asked == ALL:
        return EVERYBODY
    if asked == ME:
        return mine
    return Owned(choice=asked, names=() if asked == NONE else (asked.lower(),))


def everybody() -> list[str]:
    """The owners there are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, [MOST_OWNERS])
        return [value for (value,) in cursor.fetchall()]


def choices(owned: Owned, there: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """For the picker: (value, label) of each choice; `there`: `everybody`, if already known."""
    owners = everybody() if there is None else there
    found = [
        (ALL, _("Everybody's customers")),
        (ME, _("My customers")),
        (NONE, _("Customers without an owner")),
    ]
    found += [(value, value) for value in owners]
    lower = {value.lower() for value, _label in found}
    return found if owned.choice.lower() in lower else [*found, (owned.choice, owned.choice)]


def condition(owned: Owned, *, column: str = "customer_id") -> str:
    """SQL that is true of rows whose `column` is a customer of theirs; reads the parameters
    `%(today)s` and `%(owners)s`, which is `owned.parameter`."""
    if owned.names is None:
        return "true"
    if owned.names:
        theirs = holding(key="'owner'", values="%(owners)s::text[]", day="%(today)s::date")
        return f"{column} IN ({theirs})"
    any_owner = values_on(key="'owner'", day="%(today)s::date")
    return f"""{column} NOT IN (
        SELECT held.customer_id FROM ({any_owner}) AS held WHERE held.value <> ''
    )"""  # noqa: S608 - built from constants


def customers_of(owned: Owned, *, day: dt.date) -> RawSQL | None:
    """The ids of their customers, for `filter(customer__in=...)`; None: everybody's."""
    if owned.names is None:
        return None
    text = condition(owned, column="id")
    for name in ("%(owners)s", "%(today)s"):
        text = text.replace(name, "%s")
    days = text.count("%s") - bool(owned.names)
    params = [owned.parameter] * bool(owned.names) + [day] * days
    return RawSQL(f"SELECT id FROM customers_customer WHERE {text}", params)  # noqa: S608, S611


def _has_any(owned: Owned) -> bool:
    """Whether any customer ever named them as its owner."""
    held = CustomerAttribute.objects.annotate(word=Lower("value"))
    return held.filter(key="owner", superseded_at=None, word__in=owned.names or ()).exists()
