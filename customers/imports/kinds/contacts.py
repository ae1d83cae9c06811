"""Contacts: the people at customers, who get surveys."""

from __future__ import annotations

from customers.imports.fields import Email, Field, Kind, Text
from customers.imports.staging import Stage


def check(stage: Stage) -> None:
    stage.note_unknown_customers()
    stage.note_duplicates(
        "customer", "lower(email)", field="email", what="the address, for the same customer,"
    )
    stage.note_duplicates(
        "external_id", field="external_id", what="the contact", where="external_id IS NOT NULL"
    )
    stage.note(
        "external_id",
        value="r.external_id",
        message="'the contact belongs to customer ' || c.external_id",
        found="""
            FROM import_row r
            JOIN customers_contact h ON h.external_id = r.external_id
            JOIN customers_customer c ON c.id = h.customer_id
            WHERE c.external_id <> r.customer""",
    )
    stage.note(
        "email",
        value="r.email",
        message="'the customer has this address already, with the contact id ' || h.external_id",
        found="""
            FROM import_row r
            JOIN customers_customer c ON c.external_id = r.customer
            JOIN customers_contact h ON h.customer_id = c.id AND lower(h.email) = lower(r.email)
            WHERE r.external_id <> h.external_id""",
    )


def compare(stage: Stage) -> None:
    name = stage.value("name", held="h.name", default="''")
    stage.execute(
        """
        UPDATE import_row t SET held_id = coalesce(
                   (SELECT h.id FROM customers_contact h WHERE h.external_id = t.external_id),
                   (SELECT h.id FROM customers_contact h JOIN customers_customer c
                        ON c.id = h.customer_id
                     WHERE c.external_id = t.customer AND lower(h.email) = lower(t.email)))
        """
    )
    stage.execute(
        f"""
        UPDATE import_row t SET outcome = CASE
            WHEN h.id IS NULL THEN 'created'
            WHEN h.email <> r.email OR h.name <> {name}
                 OR h.external_id IS DISTINCT FROM coalesce(r.external_id, h.external_id)
            THEN 'updated' ELSE 'unchanged' END
          FROM import_row r LEFT JOIN customers_contact h ON h.id = r.held_id
         WHERE t.row_number = r.row_number
        """  # noqa: S608 - built from constants
    )


def write(stage: Stage) -> None:
    """No change is put on the feed: no figure derives from who a customer's contacts are."""
    stage.execute(
        """
        INSERT INTO customers_contact
               (customer_id, external_id, name, email, source_id, recorded_at, changed_at)
        SELECT c.id, r.external_id, coalesce(r.name, ''), r.email, %s, %s, %s
          FROM import_row r JOIN customers_customer c ON c.external_id = r.customer
         WHERE r.outcome = 'created' ORDER BY r.row_number
        """,
        [stage.source_id, stage.now, stage.now],
    )
    name = stage.value("name", held="h.name", default="''")
    stage.execute(
        f"""
        UPDATE customers_contact h
           SET email = r.email, name = {name}, changed_at = %s,
               external_id = coalesce(r.external_id, h.external_id)
          FROM import_row r WHERE r.held_id = h.id AND r.outcome = 'updated'
        """,  # noqa: S608 - built from constants
        [stage.now],
    )


CONTACTS = Kind(
    key="contacts",
    label="Contacts",
    noun="contact",
    description="The people at your customers. Surveys go to them.",
    sample="contacts.csv",
    fields=(
        Field(
            "customer",
            "Customer id",
            Text(200),
            "The id of the customer, as in the customers file.",
            aliases=(
                "customer id, account no, account number, account id, customer number, "
                "customer no, client id, customer, account, company id, company"
            ),
            is_required=True,
        ),
        Field(
            "email",
            "E-mail",
            Email(),
            "The address surveys go to. One contact per address and customer.",
            aliases="email, e mail, email address, e mail address, mail, contact email",
            is_required=True,
        ),
        Field(
            "name",
            "Name",
            Text(200),
            "How to address the person.",
            aliases="name, full name, contact name, contact, person",
        ),
        Field(
            "external_id",
            "Contact id",
            Text(200),
            "Your own id for the person. With it the address can change later.",
            aliases="contact id, person id, user id, id, external id",
        ),
    ),
    check=check,
    compare=compare,
    write=write,
)
