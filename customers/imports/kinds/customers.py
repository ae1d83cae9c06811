"""Customers, and the columns that become their attributes."""

from __future__ import annotations

from customers.imports.fields import Day, Field, Kind, Text
from customers.imports.staging import Stage


def check(stage: Stage) -> None:
    stage.note_duplicates("external_id", field="external_id", what="the customer")


def compare(stage: Stage) -> None:
    stage.execute(
        "UPDATE import_row r SET held_id = c.id"
        " FROM customers_customer c WHERE c.external_id = r.external_id"
    )
    _stage_attributes(stage)
    signed_up = stage.value("signed_up_on", held="c.signed_up_on", default="NULL")
    stage.execute(
        f"""
        UPDATE import_row t SET outcome = CASE
            WHEN r.held_id IS NULL THEN 'created'
            WHEN c.name <> r.name OR c.signed_up_on IS DISTINCT FROM {signed_up}
                 OR EXISTS (SELECT FROM import_attribute a WHERE a.row_number = r.row_number)
            THEN 'updated' ELSE 'unchanged' END
          FROM import_row r LEFT JOIN customers_customer c ON c.id = r.held_id
         WHERE t.row_number = r.row_number
        """  # noqa: S608 - built from constants
    )


def _stage_attributes(stage: Stage) -> None:
    """`import_attribute`: the values that differ from those held today, one row each."""
    values = ", ".join(f"(%s::text, r.a{n})" for n in range(len(stage.attribute_keys)))
    pivot = (
        f"(VALUES {values}) v (key, value)" if values else "(SELECT '', '' LIMIT 0) v (key, value)"
    )
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_attribute ON COMMIT DROP AS
        WITH held AS (
            SELECT DISTINCT ON (customer_id, key) id, customer_id, key, value, valid_from,
                   recorded_at, is_backfilled
              FROM customers_customerattribute
             WHERE superseded_at IS NULL AND key = ANY(%s)
                   AND (valid_from IS NULL OR valid_from <= %s)
             ORDER BY customer_id, key, valid_from DESC NULLS LAST
        )
        SELECT r.row_number, r.external_id, v.key, coalesce(v.value, '') AS value,
               h.id AS held_id, h.valid_from, h.is_backfilled,
               (h.recorded_at AT TIME ZONE %s)::date = %s
               OR h.valid_from IS NOT DISTINCT FROM %s AS is_of_today
          FROM import_row r CROSS JOIN LATERAL {pivot}
          LEFT JOIN held h ON h.customer_id = r.held_id AND h.key = v.key
         WHERE coalesce(h.value, '') <> coalesce(v.value, '')
        """,  # noqa: S608 - built from constants
        [
            stage.attribute_keys,
            stage.today,
            stage.zone,
            stage.today,
            stage.today,
            *stage.attribute_keys,
        ],
    )
    stage.analyze("import_attribute")


def write(stage: Stage) -> None:
    is_history = not stage.has_any("SELECT FROM customers_customerattribute")
    _write_customers(stage)
    _write_attributes(stage, is_history=is_history)
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, from_day, recorded_at)
        SELECT c.id,
               CASE WHEN c.changed_at = %s OR a.is_from_the_beginning
                    THEN NULL ELSE %s::date END,
               %s
          FROM import_row r
          JOIN customers_customer c ON c.external_id = r.external_id
          LEFT JOIN (
                SELECT row_number,
                       bool_or(held_id IS NULL OR (is_of_today AND valid_from IS NULL))
                       AS is_from_the_beginning
                  FROM import_attribute GROUP BY row_number
               ) a ON a.row_number = r.row_number
         WHERE r.outcome <> 'unchanged'
        """,
        [stage.now, stage.today, stage.now],
    )


def _write_customers(stage: Stage) -> None:
    stage.execute(
        """
        INSERT INTO customers_customer
               (external_id, name, signed_up_on, source_id, recorded_at, changed_at)
        SELECT external_id, name, signed_up_on, %s, %s, %s
          FROM import_row WHERE outcome = 'created' ORDER BY row_number
        """,
        [stage.source_id, stage.now, stage.now],
    )
    stage.analyze("customers_customer")
    signed_up = stage.value("signed_up_on", held="c.signed_up_on", default="NULL")
    stage.execute(
        f"""
        UPDATE customers_customer c
           SET name = r.name, signed_up_on = {signed_up}, changed_at = %s
          FROM import_row r
         WHERE r.held_id = c.id AND r.outcome = 'updated'
               AND (c.name <> r.name OR c.signed_up_on IS DISTINCT FROM {signed_up})
        """,  # noqa: S608 - built from constants
        [stage.now],
    )


def _write_attributes(stage: Stage, *, is_history: bool) -> None:
    """The first value a customer has holds from the beginning; a later one from today on. What
    was learned today already is corrected instead: it never held for a whole day."""
    stage.execute(
        """
        UPDATE customers_customerattribute h SET superseded_at = %s
          FROM import_attribute a WHERE a.held_id = h.id AND a.is_of_today
        """,
        [stage.now],
    )
    stage.execute(
        """
        INSERT INTO customers_customerattribute
               (customer_id, key, value, valid_from, source_id, recorded_at, is_backfilled)
        SELECT c.id, a.key, a.value,
               CASE WHEN a.held_id IS NULL THEN NULL
                    WHEN a.is_of_today THEN a.valid_from ELSE %s::date END,
               %s, %s,
               CASE WHEN a.held_id IS NULL THEN %s ELSE a.is_of_today AND a.is_backfilled END
          FROM import_attribute a
          JOIN customers_customer c ON c.external_id = a.external_id
         ORDER BY a.row_number, a.key
        """,
        [stage.today, stage.source_id, stage.now, is_history],
    )


CUSTOMERS = Kind(
    key="customers",
    label="Customers",
    noun="customer",
    description="Who pays, renews or churns. Any further column can become an attribute.",
    sample="customers.csv",
    takes_attributes=True,
    fields=(
        Field(
            "external_id",
            "Customer id",
            Text(200),
            "Your own id for the customer. A second file with the same id updates the customer.",
            aliases=(
                "customer id, account no, account number, account id, customer number, "
                "customer no, client id, id, customer, account, company id, external id, "
                "number, organization id, org id, tenant id"
            ),
            is_required=True,
        ),
        Field(
            "name",
            "Name",
            Text(300),
            "What people call the customer.",
            aliases=(
                "customer name, account name, company name, company, client name, name, "
                "organization, organisation, title, display name"
            ),
            is_required=True,
        ),
        Field(
            "signed_up_on",
            "Signed up on",
            Day(),
            "The day the customer signed up.",
            aliases=(
                "joined, joined on, signup date, sign up date, signed up, signup, "
                "created, created at, created on, creation date, customer since, "
                "member since, registered, registered on, start date, onboarded"
            ),
        ),
    ),
    check=check,
    compare=compare,
    write=write,
)
