"""Which customer or contact an id of the company's names, also after a merge.

A customer that was merged into another is known by its own id still: as an alias of the one kept.
Everything that is told an id finds its customer through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
