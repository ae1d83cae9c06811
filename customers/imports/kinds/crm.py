"""What the exports of CRMs have in common: companies that become customers, people contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.adapters import adapted
from customers.imports.fields import Field, Kind, Text
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.customers import CUSTOMERS
from customers.imports.matching import note_unmatched, stage_matches
from customers.imports.staging import Stage

OWN_ID = Field(
    "customer",
    gettext_noop("Your customer id"),
    Text(200),
    gettext_noop(
        "Where the CRM holds the id that your billing knows the customer by. It is then the"
        " customer's id here."
    ),
)


def companies(*, key: str, label: str, description: str, fields: Sequence[Field]) -> Kind:
    """A kind for a CRM's companies. `fields` must have `record_id`, `customer` and `name`, and
    may have owner, stage, parent, signed_up_on and updated_at.

    A company is the customer of that id, else of that name where only one has it; else it is a
    new one, known by the CRM's id.
    """
    names = {field.name for field in fields}
    kept = [name for name in ("owner", "stage", "signed_up_on", "updated_at") if name in names]
    values = "".join(f', r."{name}"' for name in kept)
    return adapted(
        CUSTOMERS,
        key=key,
        label=label,
        description=description,
        fields=fields,
        before=_match_companies,
        rows=f"""
            SELECT r.row_number, r.name, {_KNOWN_BY} AS external_id,
                   coalesce((SELECT coalesce(n.customer, p.customer, p.record_id)
                               FROM import_row p JOIN import_match n USING (row_number)
                              WHERE p.record_id = r.parent LIMIT 1), r.parent) AS parent{values}
              FROM import_row r JOIN import_match m USING (row_number)""",  # noqa: S608
        said={
            "external_id": ("record_id", "customer"),
            "name": "name",
            "parent": "parent",
            **{name: name for name in kept},
        },
    )


_KNOWN_BY = "coalesce(m.customer, r.customer, r.record_id)"


def _match_companies(stage: Stage) -> None:
    stage_matches(stage, named=("customer", "record_id", "name"))
    # Two companies of one name: the customer belongs to the one that has its id.
    stage.execute(
        """
        UPDATE import_match m SET customer = NULL, is_shared = false
          FROM import_match o
         WHERE NOT m.is_by_id AND o.is_by_id AND o.customer = m.customer
        """
    )
    stage.note(
        "name",
        value="r.name",
        message="m.trouble",
        found="""FROM import_row r JOIN import_match m USING (row_number)
            WHERE m.customer IS NULL AND m.is_shared""",
    )


def people(
    *,
    key: str,
    label: str,
    description: str,
    fields: Sequence[Field],
    named: Sequence[str],
) -> Kind:
    """A kind for a CRM's people. `fields` must have record_id, first_name, last_name, email, role,
    job_title and updated_at; `named` are those of them that hold the company's id or name, the
    surest first.

    A person is the contact of that id, else of that address at the customer.
    """

    def match(stage: Stage) -> None:
        stage_matches(stage, named=named, email="email")
        note_unmatched(stage, field=named[-1])

    return adapted(
        CONTACTS,
        key=key,
        label=label,
        description=description,
        fields=fields,
        before=match,
        rows="""
            SELECT r.row_number, m.customer, r.email,
                   concat_ws(' ', r.first_name, r.last_name) AS name,
                   coalesce((SELECT h.external_id FROM customers_contact h
                               JOIN customers_customer c ON c.id = h.customer_id
                              WHERE c.external_id = m.customer AND lower(h.email) = lower(r.email)
                                    AND NOT EXISTS (SELECT FROM customers_contact x
                                                     WHERE x.external_id = r.record_id)),
                            r.record_id) AS external_id,
                   CASE WHEN r.role ~* 'champion' THEN 'champion'
                        WHEN r.role ~* 'decision|economic|budget|executive' THEN 'decision_maker'
                        WHEN r.role ~* 'end[ _-]?user|^users?$' THEN 'user' END AS role,
                   r.job_title, r.updated_at
              FROM import_row r JOIN import_match m USING (row_number)""",
        said={
            "customer": (named[-1], *named, "email"),
            "email": "email",
            "name": ("first_name", "last_name"),
            "external_id": "record_id",
            "role": "role",
            "job_title": "job_title",
            "updated_at": "updated_at",
        },
    )


def field(of: Kind, name: str, aliases: str, *, unlike: str = "", text: str = "") -> Field:
    """A field of one of our kinds, as a CRM calls it."""
    ours = of.field(name)
    return replace(ours, aliases=aliases, unlike=unlike, help=text or ours.help)
