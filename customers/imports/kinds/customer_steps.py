"""What an import of customers does, set-based.

A customer may have several rows, each for a day from which its attributes hold; the latest says
what else there is to say of it.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.imports.kinds.attribute_names import names_beyond, too_many_names
from customers.imports.kinds.customer_attributes import stage_attributes, write_attributes
from customers.imports.kinds.customer_removal import remove_customers
from customers.imports.problems import FileProblem
from customers.imports.references import use_kept_customers
from customers.imports.staging import Stage
from customers.wording import in_sql

OVERWRITTEN = ("name", "signed_up_on", "parent_id", "source_updated_at", "changed_by_id")


def check(stage: Stage) -> None:
    if not stage.is_partial and (names := names_beyond(stage.attribute_keys)):
        raise FileProblem(too_many_names(names))
    _find(stage)
    if stage.is_partial:
        stage.note_missing()
    stage.note_duplicates(
        "external_id",
        "valid_from",
        field="external_id",
        message=_("the customer is already in row {row}"),
        where="outcome IS NULL",
    )
    stage.drop_bad_rows()
    stage.execute(
        """
        UPDATE import_row r SET outcome = 'ignored'
          FROM customers_customer c
         WHERE c.id = r.held_id AND r.updated_at < c.source_updated_at
        """
    )
    _stage_new(stage)
    _tell_twins(stage)
    _check_parents(stage)


def _find(stage: Stage) -> None:
    """Sets `held_id`. A row with the id of a customer that was merged into another is about that
    one; where the file has both, the one kept is believed and the other row ignored."""
    stage.execute(
        """
        UPDATE import_row r SET external_id = c.external_id, outcome = 'alias'
          FROM customers_customeralias a JOIN customers_customer c ON c.id = a.customer_id
         WHERE a.external_id = r.external_id
        """
    )
    stage.execute(
        "UPDATE import_row r SET held_id = c.id"
        " FROM customers_customer c WHERE c.external_id = r.external_id"
    )
    stage.execute(
        """
        UPDATE import_row r SET outcome = CASE WHEN EXISTS (
            SELECT FROM import_row o WHERE o.held_id = r.held_id AND o.outcome IS NULL)
            THEN 'ignored' END
         WHERE r.outcome = 'alias'
        """
    )
    use_kept_customers(stage, "parent")


def _stage_new(stage: Stage) -> None:
    """`import_new`: each customer as it would be, once."""
    own = ("name", "signed_up_on", "parent")
    speaks = f"r.given && ARRAY{list(own)!r}" if stage.is_partial else "r.given IS NULL"
    name = stage.value("name", held="c.name", default="''")
    signed_up = stage.value("signed_up_on", held="c.signed_up_on", default="NULL")
    parent = stage.value("parent", held="p.external_id", default="NULL")
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_new")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS
        SELECT DISTINCT ON (r.external_id) r.row_number, r.external_id, r.held_id,
               {name} AS name, {signed_up} AS signed_up_on, {parent} AS parent,
               c.id IS NULL OR c.name <> {name} OR c.signed_up_on IS DISTINCT FROM {signed_up}
               OR p.external_id IS DISTINCT FROM {parent} AS is_changed,
               p.external_id IS DISTINCT FROM {parent} AS is_moved
          FROM import_row r
          LEFT JOIN customers_customer c ON c.id = r.held_id
          LEFT JOIN customers_customer p ON p.id = c.parent_id
         WHERE r.outcome IS NULL
         ORDER BY r.external_id, {speaks} DESC, r.valid_from DESC NULLS FIRST, r.row_number
        """  # noqa: S608 - built from constants
    )
    stage.execute("CREATE INDEX ON import_new (external_id)")
    stage.analyze("import_new")


def _tell_twins(stage: Stage) -> None:
    """Says which new customers have the name of one that is held, whose id is another."""
    stage.tell(
        _("A customer of this name is held under another id. Both stay, as two customers."),
        found="FROM import_new r JOIN customers_customer c ON lower(c.name) = lower(r.name)"
        " WHERE r.held_id IS NULL",
    )


def _check_parents(stage: Stage) -> None:
    """Each parent must be there or come with the file, and no customer be part of itself. Who is
    left out for that may be the parent of others, so it is asked until nobody is."""
    while _note_unknown_parents(stage) or _note_loops(stage):
        stage.drop_bad_rows()
        stage.execute(
            "DELETE FROM import_new n WHERE NOT EXISTS"
            " (SELECT FROM import_row r WHERE r.row_number = n.row_number)"
        )


def _note_unknown_parents(stage: Stage) -> int:
    return stage.note(
        "parent",
        value="n.parent",
        message=in_sql(_("there is no customer with this id")),
        found="""
            FROM import_row r JOIN import_new n ON n.external_id = r.external_id
            WHERE n.is_moved AND n.parent IS NOT NULL
                  AND NOT EXISTS (SELECT FROM customers_customer c
                                   WHERE c.external_id = n.parent)
                  AND NOT EXISTS (SELECT FROM import_new o WHERE o.external_id = n.parent)""",
    )


def _note_loops(stage: Stage) -> int:
    """`up` goes from each customer with another parent to that one's parent, and on."""
    path = f"left(array_to_string(l.path || n.external_id::text, {in_sql(_(' in '))}), 300)"
    return stage.note(
        "parent",
        value="n.parent",
        message=in_sql(_("the customer would be part of itself: {path}"), path=path),
        found="""
            FROM (
                WITH RECURSIVE up AS (
                    SELECT external_id AS start, parent::text AS node,
                           ARRAY[external_id::text] AS path
                      FROM import_new WHERE is_moved AND parent IS NOT NULL
                    UNION ALL
                    SELECT up.start,
                           (CASE WHEN n.external_id IS NULL THEN p.external_id
                                 ELSE n.parent END)::text, up.path || up.node
                      FROM up
                      LEFT JOIN import_new n ON n.external_id = up.node
                      LEFT JOIN customers_customer c ON c.external_id = up.node
                      LEFT JOIN customers_customer p ON p.id = c.parent_id
                     WHERE up.node IS NOT NULL AND up.node <> ALL (up.path)
                )
                SELECT start, path FROM up WHERE node = start
            ) l
            JOIN import_new n ON n.external_id = l.start
            JOIN import_row r ON r.external_id = n.external_id""",
    )


def compare(stage: Stage) -> None:
    stage_attributes(stage)
    stage.execute(
        """
        UPDATE import_row t SET outcome = CASE
            WHEN r.held_id IS NULL THEN 'created'
            WHEN n.is_changed OR a.row_number IS NOT NULL THEN 'updated' ELSE 'unchanged' END
          FROM import_row r
          LEFT JOIN import_new n ON n.row_number = r.row_number
          LEFT JOIN (SELECT DISTINCT row_number FROM import_attribute) a
               ON a.row_number = r.row_number
         WHERE t.row_number = r.row_number AND t.outcome IS NULL
        """
    )


def write(stage: Stage) -> None:
    stage.keep_former("customers_customer", OVERWRITTEN)
    _write_customers(stage)
    write_attributes(stage)
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT c.id, 'customers',
               CASE WHEN c.changed_at = %s OR a.is_from_the_beginning
                    THEN NULL ELSE a.from_day END,
               %s
          FROM (SELECT DISTINCT external_id FROM import_row
                 WHERE outcome IN ('created', 'updated')) r
          JOIN customers_customer c ON c.external_id = r.external_id
          LEFT JOIN (SELECT external_id, bool_or(is_first) AS is_from_the_beginning,
                            min(valid_from) AS from_day
                       FROM import_attribute GROUP BY external_id) a
               ON a.external_id = c.external_id
        """,
        [stage.now, stage.now],
    )


def _write_customers(stage: Stage) -> None:
    created = stage.execute(
        """
        INSERT INTO customers_customer
               (external_id, name, signed_up_on, source_id, recorded_at, changed_at)
        SELECT external_id, name, signed_up_on, %s, %s, %s
          FROM import_new WHERE held_id IS NULL ORDER BY row_number
        """,
        [stage.source_id, stage.now, stage.now],
    )
    stage.analyze_after(created, "customers_customer")
    # Created ones too: their parents may have come with them.
    stage.execute(
        """
        UPDATE customers_customer c
           SET name = n.name, signed_up_on = n.signed_up_on, parent_id = p.id, changed_at = %s,
               changed_by_id = CASE WHEN n.held_id IS NOT NULL THEN %s END
          FROM import_new n LEFT JOIN customers_customer p ON p.external_id = n.parent
         WHERE c.external_id = n.external_id AND n.is_changed
               AND (n.held_id IS NOT NULL OR n.parent IS NOT NULL)
        """,
        [stage.now, stage.source_id],
    )
    stage.execute(
        """
        UPDATE customers_customer c SET source_updated_at = r.updated_at
          FROM (SELECT external_id, max(updated_at) AS updated_at FROM import_row
                 WHERE outcome <> 'ignored' GROUP BY external_id) r
         WHERE c.external_id = r.external_id AND r.updated_at IS NOT NULL
               AND c.source_updated_at IS DISTINCT FROM r.updated_at
        """
    )


def remove(stage: Stage) -> None:
    remove_customers(stage)
