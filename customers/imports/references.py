"""Which customer or contact an id of the company's names, also after a merge.

A customer that was merged into another is known by its own id still: as an alias of the one kept.
Everything that is told an id finds its customer through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from customers.wording import in_sql

if TYPE_CHECKING:
    from customers.imports.staging import Stage

# To be joined like a table of (external_id, id): every id by which a customer or contact is known.
# An id is a customer's or an alias, never both: who writes customers resolves aliases first.
KNOWN_CUSTOMERS = """(SELECT external_id, id FROM customers_customer
    UNION ALL SELECT external_id, customer_id FROM customers_customeralias)"""
KNOWN_CONTACTS = """(SELECT external_id, id FROM customers_contact WHERE external_id IS NOT NULL
    UNION ALL SELECT external_id, contact_id FROM customers_contactalias)"""


def customer_id_of(value: str) -> str:
    """SQL of the id of the customer known by `value` (SQL of a text), or null."""
    return f"(SELECT k.id FROM {KNOWN_CUSTOMERS} k WHERE k.external_id = {value})"  # noqa: S608


def contact_id_of(value: str) -> str:
    """SQL of the id of the contact known by `value` (SQL of a text), or null."""
    return f"(SELECT k.id FROM {KNOWN_CONTACTS} k WHERE k.external_id = {value})"  # noqa: S608


def use_kept_customers(stage: Stage, field: str = "customer") -> None:
    """Rows that name a customer by an alias name the one kept from here on."""
    stage.execute(
        f"""
        UPDATE import_row r SET "{field}" = c.external_id
          FROM customers_customeralias a JOIN customers_customer c ON c.id = a.customer_id
         WHERE a.external_id = r."{field}"
        """  # noqa: S608 - built from constants
    )


def find_customers(stage: Stage, field: str = "customer") -> None:
    """`use_kept_customers`; and rows of a file whose `field` is the name of one customer alone,
    in any case, and no customer's id, name that one's id from here on. A notice says how many.

    The API is told ids: rows that say in part what they say are not looked at by name.
    """
    use_kept_customers(stage, field)
    if stage.is_partial or not stage.has_any(_unknown(field)):
        return
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_named")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_named ON COMMIT DROP AS
        SELECT r.row_number, r.said, min(c.external_id) AS customer, count(*) AS found
          FROM ({_unknown(field)}) r JOIN customers_customer c ON lower(c.name) = lower(r.said)
         GROUP BY r.row_number, r.said
        """  # noqa: S608 - built from constants
    )
    stage.note(
        field,
        value="r.said",
        message=in_sql(_("{count} customers have this name: give the id"), count="r.found"),
        found="FROM import_named r WHERE r.found > 1",
    )
    stage.drop_bad_rows()
    stage.tell(
        _("Customers are found by their names here, as these rows do not hold their ids."),
        found="FROM import_named r WHERE r.found = 1",
    )
    stage.execute(
        f"""
        UPDATE import_row r SET "{field}" = n.customer
          FROM import_named n WHERE n.row_number = r.row_number
        """  # noqa: S608 - built from constants
    )


def unknown_customer(stage: Stage) -> str:
    """SQL of why a row names no customer, after `find_customers`."""
    if stage.is_partial:
        return in_sql(_("there is no customer with this id"))
    return in_sql(_("there is no customer with this id or name"))


def _unknown(field: str) -> str:
    """SQL of (row_number, said) of the rows whose `field` is no customer's id."""
    return f"""
        SELECT u.row_number, u."{field}" AS said FROM import_row u
         WHERE u."{field}" IS NOT NULL
               AND NOT EXISTS (SELECT FROM {KNOWN_CUSTOMERS} k
                                WHERE k.external_id = u."{field}")"""  # noqa: S608
