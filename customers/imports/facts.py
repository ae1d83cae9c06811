"""Kinds that are one versioned table each: what such a kind's file says is its columns.

`fact_kind` makes the three steps, the removal and the reading from a model and its fields. What
is particular to a kind (an end after its start) is a list of `Rule`s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import models
from django.utils.translation import gettext_noop

from customers.imports import fact_steps
from customers.imports.fact_table import (
    CONTACT,
    CUSTOMER_BY_ID,
    SUBSCRIPTION_BY_ID,
    Follower,
    Reference,
    Rule,
    Stored,
    Table,
)
from customers.imports.fields import Currency, Field, Instant, Kind, Text
from customers.models import Fact

__all__ = [
    "CONTACT",
    "CURRENCY",
    "CUSTOMER",
    "CUSTOMER_BY_ID",
    "CUSTOMER_PLAINLY",
    "EXTERNAL_ID",
    "SUBSCRIPTION_BY_ID",
    "UPDATED_AT",
    "Follower",
    "Reference",
    "Rule",
    "Stored",
    "fact_kind",
]

EXTERNAL_ID = Field(
    "external_id",
    gettext_noop("Id"),
    Text(200),
    gettext_noop("Your own id for it. Without one it is known by what the row says."),
    aliases="id, external id, reference",
)
_CUSTOMER_IDS = (
    "customer id, account no, account number, account id, customer number, customer no,"
    " client id, customer, account, company id, company"
)
_CUSTOMER_IDS_AND_NAMES = (
    "kundennummer, kundennr, kunden nr, kunden id, debitorennummer, kunde, klantnummer,"
    " klantnr, klant nr, klant id, debiteurnummer, debiteurnr, klant, customer name,"
    " account name, company name, organization, organisation, organisatie, kundenname,"
    " firma, klantnaam, bedrijf, bedrijfsnaam"
)
CUSTOMER = Field(
    "customer",
    gettext_noop("Customer id"),
    Text(200),
    gettext_noop(
        "The id of the customer, as in the customers file. In a file the name will do, where"
        " one customer alone has it."
    ),
    aliases=f"{_CUSTOMER_IDS}, organization id, organisation id, {_CUSTOMER_IDS_AND_NAMES}",
    is_required=True,
)
# In files of contacts and subscriptions an organization's id may be another's than the customer's.
CUSTOMER_PLAINLY = replace(CUSTOMER, aliases=f"{_CUSTOMER_IDS}, {_CUSTOMER_IDS_AND_NAMES}")
CURRENCY = Field(
    "currency",
    gettext_noop("Currency"),
    Currency(),
    gettext_noop("The ISO code. Without one: the company's currency."),
    aliases="currency, currency code, ccy, waehrung, valuta, munt",
)
UPDATED_AT = Field(
    "updated_at",
    gettext_noop("Updated at"),
    Instant(),
    gettext_noop(
        "When the row last changed where it comes from. A row older than what is held is ignored."
    ),
    aliases="updated at, last updated, last modified, modified at, last modified date, updated,"
    " geaendert am, letzte aenderung, aktualisiert am, gewijzigd op, laatst gewijzigd,"
    " bijgewerkt op",
)


def fact_kind(
    *,
    model: type[Fact],
    key: str,
    label: str,
    noun: str,
    description: str,
    fields: Sequence[Field],
    identity: Sequence[str],
    since: Sequence[str],
    stored: dict[str, Stored] | None = None,
    rules: Sequence[Rule] = (),
    derived: dict[str, str] | None = None,
    last_days: Sequence[str] = (),
    unique: Sequence[str] = (),
    followers: Sequence[Follower] = (),
) -> Kind:
    """The Kind of a model made of Fact.

    `fields` without the id and `updated_at`, which every kind has. Each goes to the column of its
    name unless `stored` says otherwise; `customer` goes to `customer_id`. `identity`: the fields
    that say which fact it is where a row has no id. `since`: columns of days or instants; the
    fact matters from the first of them on. `derived`: columns as SQL over `n`, the row as the
    fields say it, further ones or in place of a field's. `last_days`: fields that hold the first
    day without, and the last day where a file says so. `unique`: columns that no two facts share.
    `followers`: facts that belong to these.
    """
    named = f"{noun} id, {noun} no, {noun} number, {noun} key"
    identifier = replace(EXTERNAL_ID, aliases=f"{named}, {EXTERNAL_ID.aliases}")
    all_fields = (identifier, *fields, UPDATED_AT)
    places = {f.name: Stored(f.name) for f in fields}
    if "customer" in places:
        places["customer"] = Stored("customer_id", reference=CUSTOMER_BY_ID)
    places |= stored or {}
    table = Table(
        name=model._meta.db_table,
        fields=tuple(fields),
        stored=places,
        identity=tuple(identity),
        since=tuple(since),
        rules=tuple(rules),
        has_customer="customer" in places or _has_customer(model),
        feed=key,
        derived=derived or {},
        last_days=tuple(last_days),
        unique=tuple(unique),
        followers=tuple(followers),
    )
    return Kind(
        key=key,
        label=label,
        noun=noun,
        description=description,
        sample=f"{key}.csv",
        fields=all_fields,
        check=lambda stage: fact_steps.check(table, stage),
        compare=lambda stage: fact_steps.compare(table, stage),
        write=lambda stage: fact_steps.write(table, stage),
        remove=lambda stage: fact_steps.remove(table, stage),
        read=fact_steps.read(table),
        last_days=tuple(last_days),
        model=model,
        writes=tuple(follower.feed for follower in followers),
    )


def _has_customer(model: type[models.Model]) -> bool:
    return any(field.name == "customer" for field in model._meta.get_fields())
