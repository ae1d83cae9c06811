"""Contacts made of the past answers of people that are not known, where that is asked for."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import ngettext

from accounts.formatting import format_number
from customers.imports.fields import parse_email
from customers.imports.parsing import BadValue
from customers.imports.references import KNOWN_CUSTOMERS
from customers.imports.staging import Stage

_AT_A_TIME = 5_000
# Rows of a known customer that name nobody who is known.
_UNKNOWN = f"""
    FROM import_row r JOIN {KNOWN_CUSTOMERS} k ON k.external_id = r.customer
    WHERE r.contact LIKE '%@%'
          AND NOT EXISTS (SELECT FROM import_person p WHERE p.row_number = r.row_number)"""
# Made with a row that is stored.
_NEEDED = """
    FROM import_row r JOIN import_new n ON n.row_number = r.row_number
    JOIN import_new_contact x ON x.id = n.contact_id
    WHERE r.outcome IN ('created', 'updated')"""


def stage_them(stage: Stage) -> None:
    """`import_new_contact (id, customer_id, email)`, and each in `import_person`. The ids are
    theirs from now on, so that a dry run says of the rows what a real one does."""
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_address, pg_temp.import_new_contact")
    stage.execute(
        "CREATE TEMPORARY TABLE import_address ON COMMIT DROP AS"
        f" SELECT DISTINCT r.contact {_UNKNOWN}"
    )
    stage.execute("CREATE INDEX ON import_address (contact)")
    _leave_out_what_is_none(stage)
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_new_contact ON COMMIT DROP AS
        SELECT nextval(pg_get_serial_sequence('customers_contact', 'id')) AS id,
               u.customer_id, u.email
          FROM (SELECT DISTINCT ON (k.id, lower(r.contact)) k.id AS customer_id,
                       r.contact AS email
                  {_UNKNOWN} AND r.contact IN (SELECT contact FROM import_address)
                 ORDER BY k.id, lower(r.contact), r.row_number) u
        """  # noqa: S608 - built from constants
    )
    stage.analyze("import_new_contact")
    stage.execute(
        f"""
        INSERT INTO import_person (row_number, found, contact_id)
        SELECT r.row_number, 1, x.id
          FROM import_row r JOIN {KNOWN_CUSTOMERS} k ON k.external_id = r.customer
          JOIN import_new_contact x
               ON (x.customer_id, lower(x.email)) = (k.id, lower(r.contact))
         WHERE NOT EXISTS (SELECT FROM import_person p WHERE p.row_number = r.row_number)
        """  # noqa: S608 - built from constants
    )


def _leave_out_what_is_none(stage: Stage) -> None:
    """Only addresses can be made contacts of; a bounded lot is looked at at a time."""
    last = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT contact FROM import_address WHERE contact > %s ORDER BY contact LIMIT %s",
                [last, _AT_A_TIME],
            )
            found = [contact for (contact,) in cursor.fetchall()]
        if not found:
            return
        last = found[-1]
        bad = [contact for contact in found if not _is_address(contact)]
        if bad:
            stage.execute("DELETE FROM import_address WHERE contact = ANY(%s)", [bad])


def _is_address(text: str) -> bool:
    try:
        return parse_email(text) == text
    except BadValue:
        return False


def tell(stage: Stage) -> None:
    """After `compare`: say how many contacts there will be more."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT x.id) {_NEEDED}")
        [count] = cursor.fetchone()
    words = ngettext(
        "{count} contact that is not known is made, of the customer and the address.",
        "{count} contacts not known are made, of the customer and the address.",
        count,
    )
    stage.tell(words.format(count=format_number(count)), found=_NEEDED)


def write(stage: Stage) -> None:
    stage.execute(
        f"""
        INSERT INTO customers_contact
               (id, customer_id, name, email, role, source_id, recorded_at, changed_at)
        SELECT x.id, x.customer_id, '', x.email, '', %s, %s, %s
          FROM import_new_contact x WHERE x.id IN (SELECT n.contact_id {_NEEDED})
         ORDER BY x.id
        """,  # noqa: S608 - built from constants
        [stage.source_id, stage.now, stage.now],
    )
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, recorded_at)
        SELECT DISTINCT h.customer_id, 'contacts', %s::timestamptz
          FROM customers_contact h JOIN import_new_contact x ON x.id = h.id
        """,
        [stage.now],
    )
