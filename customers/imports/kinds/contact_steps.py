"""What an import of contacts does, set-based.

A contact is known by its id, else by its address at its customer. Contacts have no versions: what
is overwritten is gone, but for what an import keeps of it for its undo.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.erased import note_erased
from customers.imports.references import contact_id_of, customer_id_of, find_customers
from customers.imports.staging import Stage
from customers.wording import in_sql

OVERWRITTEN = (
    "external_id",
    "name",
    "email",
    "role",
    "job_title",
    "language",
    "timezone",
    "source_updated_at",
    "removed_at",
    "changed_by_id",
)


def check(stage: Stage) -> None:
    if "first_name" in stage.mapped:
        _put_first_names_first(stage)
    note_erased(stage, "email", "external_id")
    find_customers(stage)
    stage.execute(
        f"""
        UPDATE import_row t SET held_id = coalesce((%s::bigint[])[1],
            {contact_id_of("t.external_id")},
            (SELECT h.id FROM customers_contact h
              WHERE h.customer_id = {customer_id_of("t.customer")}
                    AND lower(h.email) = lower(t.email)))
        """,  # noqa: S608 - built from constants
        [list(stage.about)],
    )
    _use_kept_contacts(stage)
    if stage.is_partial:
        _fill_in(stage)
        stage.note_missing()
    stage.note_unknown_customers()
    _ignore_twins(stage)
    is_told = "outcome IS NULL"
    stage.note_duplicates(
        "customer",
        "lower(email)",
        field="email",
        message=_("the address, for the same customer, is already in row {row}"),
        where=f"{is_told} AND email IS NOT NULL",
    )
    stage.note_duplicates(
        "external_id",
        field="external_id",
        message=_("the contact is already in row {row}"),
        where=f"{is_told} AND external_id IS NOT NULL",
    )
    _check_owners(stage)


def _put_first_names_first(stage: Stage) -> None:
    """A first name of its own makes the whole name with the other, which may have it already."""
    stage.execute(
        """
        UPDATE import_row SET name = left(concat_ws(' ', first_name, name), 200)
         WHERE first_name IS NOT NULL
               AND NOT coalesce(starts_with(lower(name) || ' ', lower(first_name) || ' '), false)
        """
    )
    if stage.is_partial:
        stage.execute(
            """
            UPDATE import_row SET given = given || '{name}' WHERE first_name IS NOT NULL
            """
        )
    stage.mapped |= {"name"}


def _use_kept_contacts(stage: Stage) -> None:
    """A row with the id of a contact that joined another is about that one."""
    stage.execute(
        """
        UPDATE import_row r SET external_id = h.external_id, outcome = 'alias'
          FROM customers_contactalias a JOIN customers_contact h ON h.id = a.contact_id
         WHERE a.external_id = r.external_id
        """
    )


def _ignore_twins(stage: Stage) -> None:
    """Where a file has both of two contacts that became one, the one kept is believed."""
    stage.execute(
        """
        UPDATE import_row r SET outcome = CASE WHEN EXISTS (
            SELECT FROM import_row o WHERE o.held_id = r.held_id AND o.outcome IS NULL)
            THEN 'ignored' END
         WHERE r.outcome = 'alias'
        """
    )


def _fill_in(stage: Stage) -> None:
    """What a partial row of a held contact leaves out of what says who it is."""
    stage.execute(
        """
        UPDATE import_row r SET
               customer = CASE WHEN 'customer' = ANY(r.given) THEN r.customer
                               ELSE c.external_id END,
               email = CASE WHEN 'email' = ANY(r.given) THEN r.email ELSE h.email END
          FROM customers_contact h JOIN customers_customer c ON c.id = h.customer_id
         WHERE h.id = r.held_id
        """
    )


def _check_owners(stage: Stage) -> None:
    stage.note(
        "external_id",
        value="r.external_id",
        message=in_sql(
            _("the contact belongs to customer {external_id}"), external_id="c.external_id"
        ),
        found="""
            FROM import_row r
            JOIN customers_contact h ON h.id = r.held_id
            JOIN customers_customer c ON c.id = h.customer_id
            WHERE c.external_id <> r.customer AND h.removed_at IS NULL""",
    )
    stage.note(
        "email",
        value="r.email",
        message=f"""coalesce({
            in_sql(
                _("the customer has this address already, with the contact id {id}"),
                id="h.external_id",
            )
        }, {in_sql(_("the customer has this address already"))})""",
        found="""
            FROM import_row r
            JOIN customers_customer c ON c.external_id = r.customer
            JOIN customers_contact h ON h.customer_id = c.id AND lower(h.email) = lower(r.email)
            WHERE h.id <> r.held_id OR r.external_id <> h.external_id""",
    )
    stage.note_duplicates(
        "held_id",
        field="email",
        message=_("the contact is already in row {row}"),
        where="outcome IS NULL AND held_id IS NOT NULL AND row_number NOT IN"
        " (SELECT row_number FROM import_problem)",
    )


def _values(stage: Stage) -> dict[str, str]:
    """SQL of a contact's columns as a row `r` would have them, over what is held (`h`)."""
    return {
        "external_id": "coalesce(r.external_id, h.external_id)",
        "name": stage.value("name", held="h.name", default="''"),
        "email": "r.email",
        "role": stage.value("role", held="h.role", default="''"),
        "job_title": stage.value("job_title", held="h.job_title", default="''"),
        "language": stage.value("language", held="h.language", default="''"),
        "timezone": stage.value("timezone", held="h.timezone", default="''"),
    }


def compare(stage: Stage) -> None:
    values = _values(stage)
    stage.execute(
        f"""
        UPDATE import_row t SET outcome = CASE
            WHEN h.id IS NULL THEN 'created'
            WHEN r.updated_at < h.source_updated_at THEN 'ignored'
            WHEN ({", ".join(values.values())}, c.id, NULL::timestamptz) IS DISTINCT FROM
                 ({", ".join(f"h.{name}" for name in values)}, h.customer_id, h.removed_at)
            THEN 'updated' ELSE 'unchanged' END
          FROM import_row r
          JOIN customers_customer c ON c.external_id = r.customer
          LEFT JOIN customers_contact h ON h.id = r.held_id
         WHERE t.row_number = r.row_number AND t.outcome IS DISTINCT FROM 'ignored'
        """  # noqa: S608 - built from constants
    )


def write(stage: Stage) -> None:
    stage.keep_former("customers_contact", OVERWRITTEN)
    # Exports of other tools lack such columns.
    of_person = ", ".join(
        stage.value(name, held="''", default="''") for name in ("job_title", "language", "timezone")
    )
    created = stage.execute(
        f"""
        INSERT INTO customers_contact (customer_id, external_id, name, email, role, job_title,
                                       language, timezone, source_id, recorded_at, changed_at,
                                       source_updated_at)
        SELECT c.id, r.external_id, coalesce(r.name, ''), r.email, coalesce(r.role, ''),
               {of_person}, %s, %s, %s, r.updated_at
          FROM import_row r JOIN customers_customer c ON c.external_id = r.customer
         WHERE r.outcome = 'created' ORDER BY r.row_number
        """,  # noqa: S608 - built from constants
        [stage.source_id, stage.now, stage.now],
    )
    stage.analyze_after(created, "customers_contact")
    settings = ", ".join(f"{name} = {value}" for name, value in _values(stage).items())
    stage.execute(
        f"""
        UPDATE customers_contact h
           SET {settings}, customer_id = c.id, removed_at = NULL, changed_at = %s,
               changed_by_id = %s,
               source_updated_at = coalesce(r.updated_at, h.source_updated_at)
          FROM import_row r JOIN customers_customer c ON c.external_id = r.customer
         WHERE r.held_id = h.id AND r.outcome = 'updated'
        """,  # noqa: S608 - built from constants
        [stage.now, stage.source_id],
    )
    stage.execute(
        """
        UPDATE customers_contact h SET source_updated_at = r.updated_at
          FROM import_row r
         WHERE r.held_id = h.id AND r.outcome = 'unchanged' AND r.updated_at IS NOT NULL
               AND h.source_updated_at IS DISTINCT FROM r.updated_at
        """
    )
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT DISTINCT c.id, 'contacts', %s::date, %s::timestamptz
          FROM import_row r JOIN customers_customer c ON c.external_id = r.customer
         WHERE r.outcome IN ('created', 'updated')
        """,
        [stage.today, stage.now],
    )


def remove(stage: Stage) -> None:
    """The contacts are asked and shown no more. Their rows stay: who hangs on them (invitations
    and answers, tickets) is not ours to know here, and an answer once given counts on."""
    stage.execute(
        """
        WITH removed AS (
            UPDATE customers_contact h SET removed_at = %s, changed_at = %s, changed_by_id = %s
             WHERE h.removed_at IS NULL AND h.id IN (
                   SELECT c.id FROM customers_contact c
                     JOIN import_removal r ON r.external_id = c.external_id
                   UNION ALL SELECT unnest(%s::bigint[]))
            RETURNING h.customer_id
        )
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT DISTINCT customer_id, 'contacts', %s::date, %s::timestamptz FROM removed
        """,
        [stage.now, stage.now, stage.source_id, list(stage.about), stage.today, stage.now],
    )
