"""A fact kind as SQL: which column a field goes to, what it names, what must not be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from customers.imports.fields import Field, Instant
from customers.imports.references import contact_id_of, customer_id_of
from customers.models import CustomerFact


@dataclass(frozen=True)
class Reference:
    """A field that names a row of another table. `{value}`: the staged text; `r` is the row.

    `find` is SQL that gives the id or null, `shown` SQL that gives the name back for an `{id}`.
    `{customer}` in `find` is the id of the customer the row is about, said or held. `table`: its
    rows belong to a customer, which must stay the one of the row.
    """

    find: str
    shown: str
    unknown: str
    table: str = ""


CUSTOMER_BY_ID = Reference(
    find=customer_id_of("{value}"),
    shown="(SELECT x.external_id FROM customers_customer x WHERE x.id = {id})",
    unknown=gettext_noop("there is no customer with this id"),
)
SUBSCRIPTION_BY_ID = Reference(
    find="""(SELECT x.id FROM customers_subscription x
        WHERE x.external_id = {value} AND x.customer_id = {customer})""",
    shown="(SELECT x.external_id FROM customers_subscription x WHERE x.id = {id})",
    unknown=gettext_noop("the customer has no subscription with this id"),
    table="customers_subscription",
)
# By the company's id, or the address at that customer.
CONTACT = Reference(
    find="""coalesce(
        (SELECT x.id FROM customers_contact x
          WHERE x.id = """
    + contact_id_of("{value}")
    + """ AND x.customer_id = {customer}),
        (SELECT x.id FROM customers_contact x
          WHERE lower(x.email) = lower({value}) AND x.customer_id = {customer}))""",
    shown="""(SELECT coalesce(x.external_id, x.email) FROM customers_contact x
        WHERE x.id = {id})""",
    unknown=gettext_noop(
        "the customer has no contact with this id or address; bring in the contacts first"
    ),
    table="customers_contact",
)


@dataclass(frozen=True)
class Stored:
    """Where a field goes: `column` of the table. `default`: SQL where nothing is said or held."""

    column: str
    default: str = "NULL"
    reference: Reference | None = None


@dataclass(frozen=True)
class Rule:
    """What must not be: `where` is SQL over `n`, the row as it would be stored; `values` is SQL of
    what fills the fields of `message`."""

    field: str
    where: str
    message: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Follower:
    """Facts of another table that belong to a fact: `column` there holds its external id.

    They go with it to another customer, and are closed when it is.
    """

    model: type[CustomerFact]
    column: str
    feed: str
    since: str


@dataclass(frozen=True)
class Table:
    """A fact kind as SQL. See customers.imports.facts.fact_kind."""

    name: str
    fields: tuple[Field, ...]
    stored: dict[str, Stored]
    identity: tuple[str, ...]
    since: tuple[str, ...]
    rules: tuple[Rule, ...]
    has_customer: bool
    feed: str
    derived: dict[str, str]
    last_days: tuple[str, ...]
    unique: tuple[str, ...]
    followers: tuple[Follower, ...]

    @property
    def said(self) -> list[str]:
        """The columns that fields go to."""
        return [self.stored[f.name].column for f in self.fields if f.name in self.stored]

    @property
    def columns(self) -> list[str]:
        return [*self.said, *(column for column in self.derived if column not in self.said)]

    def found(self, field: Field) -> str:
        """SQL of what a row's field is stored as: itself, or the id of what it names."""
        place, value = self.stored[field.name], f'r."{field.name}"'
        if place.reference is None:
            return value
        return place.reference.find.format(value=value, customer=self.customer)

    @property
    def customer(self) -> str:
        """SQL of the id of the customer that `r` is about: the one it says, else the held one."""
        held = f"(SELECT h.customer_id FROM {self.name} h WHERE h.id = r.held_id)"
        if "customer" not in self.stored:
            return held
        return f"coalesce({CUSTOMER_BY_ID.find.format(value='r.customer')}, {held})"

    def day_of(self, alias: str) -> str:
        """SQL of the day from which a version of the fact matters; takes the zone once for each
        column that is an instant."""
        types = {self.stored[f.name].column: f.type for f in self.fields if f.name in self.stored}
        days = [
            f"({alias}.{column} AT TIME ZONE '{{zone}}')::date"
            if isinstance(types[column], Instant)
            else f"{alias}.{column}"
            for column in self.since
        ]
        return f"LEAST({', '.join(days)})"
