"""What an import of usage events does, set-based: events are added and never changed."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from customers.erased import note_erased
from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.imports.staging import Stage
from customers.usage import keys, partitions
from customers.usage.keeping import late_limit
from customers.usage.removing import remove_events
from customers.usage.rolling import begin_of
from customers.usage.waiting import have_rolled_up
from customers.wording import in_sql
from tenants.context import current_company

_TEXTS = ("customer", "end_user", "name", "kind", "action", "item", "session", "properties")


def check(stage: Stage) -> None:
    """Makes `import_row` anew, with each row's key and customer; see `_stage`."""
    if stage.is_partial:
        stage.note_missing()
        stage.drop_bad_rows()
    if note_erased(stage, "end_user"):
        stage.drop_bad_rows()
    _stage(stage)
    stage.note(
        "customer",
        value="s.customer",
        message=f"""CASE WHEN s.customer IS NULL THEN {
            in_sql(
                _("say whose end user it is: {end_user} is not the id of a contact"),
                end_user="s.end_user",
            )
        } ELSE {in_sql(_("there is no customer with this id"))} END""",
        found="FROM import_row r JOIN import_said s USING (row_number) WHERE r.customer_id IS NULL",
    )
    limit = late_limit(current_company())
    stage.note(
        "occurred_at",
        value="r.occurred_at",
        message=in_sql(
            _("it is more than {days} days old: {occurred_at}"),
            days=str(limit.days),
            occurred_at="r.occurred_at",
        ),
        found="FROM import_row r WHERE r.occurred_at < %s",
        params=[stage.now - limit],
    )
    stage.note(
        "occurred_at",
        value="r.occurred_at",
        message=in_sql(_("it is in the future: {occurred_at}"), occurred_at="r.occurred_at"),
        found="FROM import_row r WHERE r.occurred_at > %s::timestamptz + interval '1 day'",
        params=[stage.now],
    )


def _stage(stage: Stage) -> None:
    """One pass for all that is found out of a row, since a file has millions of them.

    What a row says stays in `import_said`; `import_row` becomes a narrow table of what it leads
    to. A group decides whose event it is, else the contact. A repeat within the file or of what
    is held leaves all as it is.
    """
    mapped = {field.name for field in stage.kind.fields}
    said = {name: f'r."{name}"' for name in mapped}
    identity = ", ".join(f"coalesce({said[name]}::text, '')" for name in ("occurred_at", *_TEXTS))
    message = f"coalesce(r.external_id, 'auto-' || md5(concat_ws('|', {identity})))"
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_said")
    stage.execute("ALTER TABLE import_row RENAME TO import_said")
    stage.execute("SET LOCAL work_mem = '128MB'")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_row ON COMMIT DROP AS
        SELECT r.row_number, r.external_id, r.occurred_at, r.key, NULL::bigint AS held_id,
               CASE WHEN r.customer IS NOT NULL THEN c.id ELSE p.customer_id END AS customer_id,
               CASE WHEN k.key IS NOT NULL THEN 'unchanged' ELSE 'created' END AS outcome
          FROM (SELECT row_number, {message} AS external_id, customer, end_user, occurred_at,
                       md5({message})::uuid AS key
                  FROM import_said r) r
          LEFT JOIN {keys.HELD} k ON k.key = r.key
          LEFT JOIN {KNOWN_CUSTOMERS} c ON c.external_id = r.customer
          LEFT JOIN (SELECT known.external_id, held.customer_id
                       FROM {KNOWN_CONTACTS} known JOIN customers_contact held USING (id)) p
            ON p.external_id = r.end_user AND r.customer IS NULL
        """  # noqa: S608 - built from constants
    )
    stage.execute(
        """
        UPDATE import_row r SET outcome = 'unchanged'
          FROM (SELECT key, min(row_number) AS first_row FROM import_row
                 GROUP BY key HAVING count(*) > 1) repeated
         WHERE r.key = repeated.key AND r.row_number > repeated.first_row
        """
    )
    stage.execute("SET LOCAL work_mem = DEFAULT")
    stage.execute("ANALYZE import_row (row_number)")


def compare(stage: Stage) -> None:
    """Nothing is left to do: `check` says of each row whether it is new."""


def write(stage: Stage) -> None:
    _make_partitions(stage)
    keys.take_new_of(
        "SELECT key FROM import_row WHERE outcome = 'created'", {}, on=stage.now.date()
    )
    stage.execute(
        """
        INSERT INTO customers_usageevent
               (occurred_at, received_at, customer_id, end_user, group_id, session, kind, name,
                action, item, properties, message_id, source_id)
        SELECT s.occurred_at, %s, r.customer_id, s.end_user, coalesce(s.customer, ''),
               coalesce(s.session, ''), coalesce(s.kind, 'track'), s.name,
               coalesce(s.action, ''), coalesce(s.item, ''), s.properties, r.external_id, %s
          FROM import_said s JOIN import_row r USING (row_number) WHERE r.outcome = 'created'
        """,
        [stage.now, stage.source_id],
    )
    changed = stage.execute(
        """
        INSERT INTO customers_usagechange (customer_id, day)
        SELECT DISTINCT customer_id, (occurred_at AT TIME ZONE %s)::date
          FROM import_row WHERE outcome = 'created'
        """,
        [stage.zone],
    )
    if changed or stage.appended.created:
        have_rolled_up(now=stage.now)


def _make_partitions(stage: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date"
            " FROM import_row WHERE outcome = 'created'"
        )
        partitions.make([month for (month,) in cursor.fetchall()])


def remove(stage: Stage) -> None:
    """Deletes the events whose ids are in `import_removal`, and their keys: with the id, an event
    may come in again. They are looked for among those received on the days their keys came."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(k.received_on), max(k.received_on) FROM {keys.HELD} k"  # noqa: S608
            " JOIN import_removal r ON k.key = md5(r.external_id)::uuid"
        )
        first, last = cursor.fetchone()
    if first is None:
        return
    removed = remove_events(
        """e.received_at >= %(first)s AND e.received_at < %(ends)s
           AND e.message_id IN (SELECT external_id FROM import_removal)""",
        {
            "first": begin_of(first, "UTC"),
            "ends": begin_of(last + dt.timedelta(days=1), "UTC"),
        },
        zone=stage.zone,
    )
    if removed:
        have_rolled_up(now=stage.now)
