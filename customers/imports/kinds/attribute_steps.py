"""What an import of customers' attributes by their days does, set-based.

A row tells one point of one attribute; see customers.imports.kinds.customer_attributes. An
attribute is known by the ids of its customer and its name, `acme-1:owner`; its rows by their day.
"""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from customers.imports.kinds.attribute_names import names_beyond, too_many_names
from customers.imports.kinds.customer_attributes import stage_attributes, write_attributes
from customers.imports.references import find_customers
from customers.imports.staging import Stage
from customers.wording import in_sql

# Names have no colon, so the last one of an id stands before the name.
CUSTOMER_OF = "regexp_replace({id}, ':[^:]*$', '')"
NAME_OF = "substring({id} FROM ':([^:]*)$')"

SAID = """
    SELECT r.row_number, r.customer AS external_id, r.held_id, r.valid_from, r.name AS key,
           coalesce(r.value, '') AS value
      FROM import_row r"""


def check(stage: Stage) -> None:
    _read_ids(stage)
    _note_names_beyond(stage)
    find_customers(stage)
    stage.note_unknown_customers()
    if stage.is_partial:
        stage.note_missing()
        stage.note(
            "value",
            value="NULL",
            message=in_sql(_("say what the value is, or null where there is none")),
            found="FROM import_row r WHERE NOT 'value' = ANY(r.given)"
            " AND r.customer IS NOT NULL AND r.name IS NOT NULL",
        )
    stage.execute("UPDATE import_row SET external_id = customer || ':' || name")
    stage.note_duplicates(
        "external_id",
        f"coalesce(valid_from, '{stage.today}'::date)",
        field="valid_from",
        message=_("the value of this day is already in row {row}"),
        where="external_id IS NOT NULL",
    )
    stage.drop_bad_rows()
    stage.execute(
        "UPDATE import_row r SET held_id = c.id"
        " FROM customers_customer c WHERE c.external_id = r.customer"
    )


def _read_ids(stage: Stage) -> None:
    """An id says the customer and the name, where they are not said; else it must say the same."""
    for field, part in (("customer", CUSTOMER_OF), ("name", NAME_OF)):
        said = f"'{field}' = ANY(r.given)" if stage.is_partial else "true"
        stage.execute(
            f"UPDATE import_row r SET {field} = nullif({part.format(id='r.external_id')}, '')"  # noqa: S608
            f" WHERE r.external_id ~ ':' AND r.{field} IS NULL AND NOT {said}"
        )
    stage.note(
        "external_id",
        value="r.external_id",
        message=in_sql(
            _("the id of this is {customer}:{name}; leave it out"),
            customer="r.customer",
            name="r.name",
        ),
        found="FROM import_row r WHERE r.external_id <> r.customer || ':' || r.name",
    )


def _note_names_beyond(stage: Stage) -> None:
    """A value of an attribute that would be one more than a company may have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT name FROM import_row WHERE value IS NOT NULL")
        names = names_beyond([name for (name,) in cursor.fetchall() if name])
    if names:
        stage.note(
            "name",
            value="r.name",
            message="r.name || %s",
            found="FROM import_row r WHERE r.name = ANY(%s) AND r.value IS NOT NULL",
            params=[too_many_names([]), list(names)],
        )


def compare(stage: Stage) -> None:
    stage_attributes(stage, SAID)
    stage.execute(
        """
        UPDATE import_row r SET outcome = CASE
            WHEN t.row_number IS NULL THEN 'unchanged'
            WHEN EXISTS (SELECT FROM import_point p
                          WHERE (p.external_id, p.key, p.point) = (t.external_id, t.key, t.point))
            THEN 'updated' ELSE 'created' END
          FROM import_row o LEFT JOIN import_told t USING (row_number)
         WHERE o.row_number = r.row_number
        """
    )


def write(stage: Stage) -> None:
    write_attributes(stage)
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT c.id, 'customers', CASE WHEN NOT bool_or(a.is_first) THEN min(a.valid_from) END, %s
          FROM import_attribute a JOIN customers_customer c ON c.external_id = a.external_id
         GROUP BY c.id
        """,
        [stage.now],
    )


def remove(stage: Stage) -> None:
    """Close every version of the attributes of `import_removal`: none is known any more."""
    stage.execute(
        f"""
        WITH closed AS (
            UPDATE customers_customerattribute a SET superseded_at = %s, closed_by_id = %s
              FROM import_removal r
              JOIN customers_customer c ON c.external_id = {CUSTOMER_OF.format(id="r.external_id")}
             WHERE a.customer_id = c.id AND a.key = {NAME_OF.format(id="r.external_id")}
                   AND a.superseded_at IS NULL
            RETURNING a.customer_id
        )
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT DISTINCT customer_id, 'customers', NULL::date, %s FROM closed
        """,  # noqa: S608 - built from constants
        [stage.now, stage.source_id, stage.now],
    )
