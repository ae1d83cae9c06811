"""The steps of past answers. One survey of one kind and scale becomes one finished campaign; an
answer is a response to an invitation of it, versioned as every fact is."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.erased import note_erased
from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.imports.staging import Stage
from customers.wording import in_sql
from surveys.actions.readings import read_soon
from surveys.imports import new_contacts

# What an answer given here, and not brought in, is called outside.
OWN_ID = "'answer-' || f.invitation_id"
SCALE = "g.lowest_score || '-' || g.highest_score"
_HELD = """
    LEFT JOIN surveys_response f ON f.id = r.held_id
    LEFT JOIN surveys_invitation i ON i.id = f.invitation_id
    LEFT JOIN surveys_campaign g ON g.id = i.campaign_id"""


def check(stage: Stage) -> None:
    if note_erased(stage, "contact"):
        stage.drop_bad_rows()
    _find_people(stage)
    _name_the_nameless(stage)
    stage.note_duplicates(
        "external_id",
        field="external_id",
        message=_("this answer is already in row {row}"),
        where="external_id IS NOT NULL",
    )
    stage.execute(
        f"""
        UPDATE import_row r SET held_id = f.id FROM surveys_response f
         WHERE f.superseded_at IS NULL
               AND (f.external_id = r.external_id
                    OR (f.external_id IS NULL AND {OWN_ID} = r.external_id))
        """  # noqa: S608 - built from constants
    )
    if stage.is_partial:
        stage.note_missing()
    stage.drop_bad_rows()
    _stage_new(stage)
    _note_what_cannot_be(stage)


def _find_people(stage: Stage) -> None:
    """`import_person (row_number, contact_id)`, and a problem for each row whose contact is not
    certain."""
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_person")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_person ON COMMIT DROP AS
        WITH hit AS (
            SELECT r.row_number, 1 AS rank, k.id
              FROM import_row r JOIN {KNOWN_CONTACTS} k ON k.external_id = r.contact
             UNION ALL
            SELECT r.row_number, CASE WHEN h.removed_at IS NULL THEN 2 ELSE 3 END, h.id
              FROM import_row r JOIN customers_contact h ON lower(h.email) = lower(r.contact)
        ), fitting AS (
            SELECT hit.row_number, hit.rank, hit.id
              FROM hit
              JOIN import_row r ON r.row_number = hit.row_number
              JOIN customers_contact h ON h.id = hit.id
              LEFT JOIN {KNOWN_CUSTOMERS} k ON k.external_id = r.customer
             WHERE r.customer IS NULL OR k.id = h.customer_id
        ), ranked AS (
            SELECT row_number, rank, count(DISTINCT id) AS found, min(id) AS id
              FROM fitting GROUP BY row_number, rank
        )
        SELECT DISTINCT ON (row_number) row_number, found,
               CASE WHEN found = 1 THEN id END AS contact_id
          FROM ranked ORDER BY row_number, rank
        """  # noqa: S608 - built from constants
    )
    stage.execute("CREATE INDEX ON import_person (row_number)")
    if stage.options.is_making_contacts:
        new_contacts.stage_them(stage)
    stage.analyze("import_person")
    stage.note(
        "customer",
        value="r.customer",
        message=in_sql(_("there is no customer with this id")),
        found=f"""FROM import_row r WHERE r.customer IS NOT NULL AND NOT EXISTS (
            SELECT FROM {KNOWN_CUSTOMERS} k WHERE k.external_id = r.customer)""",
    )
    stage.note(
        "contact",
        value="r.contact",
        message=_what_is_wrong_with_the_contact(stage),
        found="""FROM import_row r LEFT JOIN import_person p USING (row_number)
            WHERE r.contact IS NOT NULL AND p.contact_id IS NULL""",
    )


def _what_is_wrong_with_the_contact(stage: Stage) -> str:
    """SQL."""
    several = _("{count} contacts have this address; say which customer's")
    if stage.options.is_making_contacts:
        nobody = _(
            "there is no contact with this id or address; to make one, the row must say the"
            " customer"
        )
        not_there = _("the customer has no contact with this id; to make one, an address is needed")
    else:
        nobody = _("there is no contact with this id or address; bring in the contacts first")
        not_there = _(
            "the customer has no contact with this id or address; bring in the contacts first"
        )
    return f"""CASE WHEN p.found > 1 THEN {in_sql(several, count="p.found")}
                    WHEN r.customer IS NULL THEN {in_sql(nobody)} ELSE {in_sql(not_there)} END"""


def _name_the_nameless(stage: Stage) -> None:
    """A row without an id is known by who answered what and when, so that the same file twice
    brings nothing twice."""
    scale = "coalesce(r.scale, CASE WHEN r.kind = 'nps' THEN '0-10' END)"
    stage.execute(
        f"""
        UPDATE import_row r SET external_id = 'auto-' || md5(concat_ws('|', p.contact_id,
               r.survey, r.kind, {scale}, r.answered_at))
          FROM import_person p
         WHERE p.row_number = r.row_number AND r.external_id IS NULL
        """  # noqa: S608 - built from constants
    )


def _stage_new(stage: Stage) -> None:
    """`import_new`: each good row as it would be stored."""
    person = "(SELECT p.contact_id FROM import_person p WHERE p.row_number = r.row_number)"
    columns = {
        "contact_id": stage.value("contact", held="i.contact_id", default="NULL", given=person),
        "survey": stage.value("survey", held="g.name", default="NULL"),
        "kind": stage.value("kind", held="g.kind", default="NULL"),
        "scale": stage.value("scale", held=SCALE, default="NULL"),
        "score": stage.value("score", held="f.score", default="NULL"),
        "comment": stage.value("comment", held="f.comment", default="''"),
        "asked_at": stage.value("asked_at", held="i.sent_at", default="NULL"),
        "answered_at": stage.value("answered_at", held="f.answered_at", default="NULL"),
    }
    values = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_new")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS
        SELECT n.row_number, n.external_id, n.source_updated_at, n.contact_id, n.survey, n.kind,
               coalesce(n.scale, CASE WHEN n.kind = 'nps' THEN '0-10' END) AS scale, n.score,
               n.comment, coalesce(n.asked_at, n.answered_at) AS asked_at, n.answered_at,
               NULL::bigint AS campaign_id, NULL::bigint AS invitation_id
          FROM (SELECT r.row_number, r.external_id, r.updated_at AS source_updated_at, {values}
                  FROM import_row r {_HELD}) n
        """  # noqa: S608 - built from constants
    )
    stage.execute("CREATE INDEX ON import_new (row_number)")
    stage.analyze("import_new")


def _note_what_cannot_be(stage: Stage) -> None:
    rows = "FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
    stage.note(
        "scale",
        value="r.scale",
        message=f"""CASE WHEN n.scale IS NULL
            THEN {in_sql(_("{kind} is asked on several scales; say which"), kind="upper(n.kind)")}
            ELSE {in_sql(_("NPS is on the scale 0-10"))} END""",
        found=f"{rows} WHERE n.scale IS NULL OR (n.kind = 'nps' AND n.scale <> '0-10')",
    )
    stage.note(
        "score",
        value="r.score",
        message=in_sql(_("the score is not on the scale {scale}"), scale="n.scale"),
        found=f"""{rows}
            WHERE n.score NOT BETWEEN split_part(n.scale, '-', 1)::int
                                  AND split_part(n.scale, '-', 2)::int
                  OR n.score <> trunc(n.score)""",
    )
    stage.note(
        "answered_at",
        value="r.answered_at",
        message=in_sql(_("it was answered before it was asked, at {moment}"), moment="n.asked_at"),
        found=f"{rows} WHERE n.answered_at < n.asked_at",
    )
    stage.note(
        "answered_at",
        value="r.answered_at",
        message=in_sql(_("this is in the future")),
        found=f"{rows} WHERE n.answered_at > %s",
        params=[stage.now],
    )


def compare(stage: Stage) -> None:
    stage.execute(
        f"""
        UPDATE import_row t SET outcome = CASE
            WHEN f.id IS NULL THEN 'created'
            WHEN n.source_updated_at < f.source_updated_at THEN 'ignored'
            WHEN (n.contact_id, n.survey, n.kind, n.scale, n.score, n.comment, n.asked_at,
                  n.answered_at)
                 IS DISTINCT FROM
                 (i.contact_id, g.name, g.kind, {SCALE}, f.score::numeric, f.comment,
                  coalesce(i.sent_at, i.claimed_at), f.answered_at)
            THEN 'updated' ELSE 'unchanged' END
          FROM import_row r JOIN import_new n ON n.row_number = r.row_number {_HELD}
         WHERE t.row_number = r.row_number
        """  # noqa: S608 - built from constants
    )
    if stage.options.is_making_contacts:
        new_contacts.tell(stage)


def write(stage: Stage) -> None:
    _put_on_feed(stage, "JOIN surveys_response f ON f.id = r.held_id", "r.outcome = 'updated'")
    if stage.options.is_making_contacts:
        new_contacts.write(stage)
    _make_campaigns(stage)
    _close(stage, "FROM import_row r WHERE f.id = r.held_id AND r.outcome = 'updated'")
    stage.execute(
        """
        UPDATE surveys_response f SET source_updated_at = r.updated_at
          FROM import_row r
         WHERE r.held_id = f.id AND r.outcome = 'unchanged' AND r.updated_at IS NOT NULL
               AND f.source_updated_at IS DISTINCT FROM r.updated_at
        """
    )
    _use_invitations(stage)
    _make_invitations(stage)
    stage.execute(
        """
        INSERT INTO surveys_response
               (invitation_id, external_id, score, comment, origin, is_by_user, answered_at,
                recorded_at, source_id, source_updated_at)
        SELECT n.invitation_id, n.external_id, n.score, n.comment,
               CASE WHEN s.kind IN ('import', 'command') THEN 'import' ELSE 'api' END, false,
               n.answered_at, %s, s.id, n.source_updated_at
          FROM import_new n JOIN import_row r ON r.row_number = n.row_number
          JOIN customers_source s ON s.id = %s
         WHERE r.outcome IN ('created', 'updated') ORDER BY n.row_number
        """,
        [stage.now, stage.source_id],
    )
    _put_on_feed(
        stage,
        "JOIN surveys_response f ON f.external_id = r.external_id AND f.superseded_at IS NULL",
        "r.outcome IN ('created', 'updated')",
    )
    read_soon()


def _make_campaigns(stage: Stage) -> None:
    """Each new answer gets its campaign: the held one's where that stays, else the one that was
    brought in of that name, kind and scale, made where there is none yet."""
    stage.execute(
        f"""
        UPDATE import_new n SET campaign_id = g.id
          FROM import_row r {_HELD.replace("LEFT JOIN", "JOIN")}
         WHERE r.row_number = n.row_number
               AND (g.name, g.kind, {SCALE}) = (n.survey, n.kind, n.scale)
        """  # noqa: S608 - built from constants
    )
    stage.execute(
        """
        INSERT INTO surveys_campaign
               (name, kind, lowest_score, highest_score, is_relational, question, follow_up,
                thank_you, language, audience, state, created_at, started_at, done_at,
                sending_error, is_backfilled, source_id)
        SELECT n.survey, n.kind, split_part(n.scale, '-', 1)::int, split_part(n.scale, '-', 2)::int,
               true, n.survey, '', '', 'en', '{}', 'done', min(n.asked_at), min(n.asked_at),
               max(n.answered_at), '', true, %s
          FROM import_new n JOIN import_row r ON r.row_number = n.row_number
         WHERE r.outcome IN ('created', 'updated') AND n.campaign_id IS NULL
         GROUP BY n.survey, n.kind, n.scale
            ON CONFLICT (name, kind, lowest_score, highest_score) WHERE source_id IS NOT NULL
            DO UPDATE SET created_at = LEAST(surveys_campaign.created_at, excluded.created_at),
               started_at = LEAST(surveys_campaign.started_at, excluded.started_at),
               done_at = GREATEST(surveys_campaign.done_at, excluded.done_at)
        """,
        [stage.source_id],
    )
    stage.execute(
        f"""
        UPDATE import_new n SET campaign_id = g.id
          FROM surveys_campaign g
         WHERE n.campaign_id IS NULL AND g.source_id IS NOT NULL
               AND (g.name, g.kind, {SCALE}) = (n.survey, n.kind, n.scale)
        """  # noqa: S608 - built from constants
    )


def _use_invitations(stage: Stage) -> None:
    """An answer that is corrected, or comes back, stays at its invitation where that is still of
    the same contact and campaign; otherwise nobody was asked there."""
    stage.execute(
        f"""
        UPDATE import_new n SET invitation_id = last.invitation_id
          FROM import_row r
          CROSS JOIN LATERAL (
                SELECT f.invitation_id FROM surveys_response f
                 WHERE f.id = r.held_id OR f.external_id = r.external_id
                       OR (f.external_id IS NULL AND {OWN_ID} = r.external_id)
                 ORDER BY f.id DESC LIMIT 1) last
          JOIN surveys_invitation i ON i.id = last.invitation_id
         WHERE r.row_number = n.row_number AND r.outcome IN ('created', 'updated')
               AND (i.campaign_id, i.contact_id) = (n.campaign_id, n.contact_id)
               AND NOT EXISTS (SELECT FROM surveys_response x
                    WHERE x.invitation_id = i.id AND x.superseded_at IS NULL)
        """  # noqa: S608 - built from constants
    )
    stage.execute(
        """
        UPDATE surveys_invitation i
           SET state = 'sent', claimed_at = n.asked_at, sent_at = n.asked_at
          FROM import_new n
         WHERE n.invitation_id = i.id
               AND (i.state <> 'sent' OR i.sent_at IS DISTINCT FROM n.asked_at)
        """
    )
    stage.execute(
        """
        UPDATE surveys_invitation i SET state = 'withdrawn'
          FROM surveys_response f
          JOIN import_row r ON r.held_id = f.id AND r.outcome = 'updated'
          JOIN import_new n ON n.row_number = r.row_number
         WHERE i.id = f.invitation_id AND n.invitation_id IS DISTINCT FROM i.id
               AND i.source_id IS NOT NULL
        """
    )


def _make_invitations(stage: Stage) -> None:
    """No link was ever made of these, so seed and hash of the token are just random."""
    stage.execute(
        """
        UPDATE import_new n SET invitation_id = nextval(
               pg_get_serial_sequence('surveys_invitation', 'id'))
          FROM import_row r
         WHERE r.row_number = n.row_number AND r.outcome IN ('created', 'updated')
               AND n.invitation_id IS NULL
        """
    )
    stage.execute(
        """
        INSERT INTO surveys_invitation
               (id, campaign_id, contact_id, round, state, token_seed, token_hash, message_id,
                attempts, created_at, send_after, claimed_at, sent_at, expires_at, error, source_id)
        SELECT n.invitation_id, n.campaign_id, n.contact_id,
               coalesce((SELECT max(x.round) FROM surveys_invitation x
                          WHERE x.campaign_id = n.campaign_id AND x.contact_id = n.contact_id), 0)
               + row_number() OVER (PARTITION BY n.campaign_id, n.contact_id
                                    ORDER BY n.asked_at, n.row_number),
               'sent', md5(gen_random_uuid()::text),
               encode(sha256(gen_random_uuid()::text::bytea), 'hex'), '', 0, n.asked_at,
               n.asked_at, n.asked_at, n.asked_at, n.asked_at, '', %s
          FROM import_new n
         WHERE n.invitation_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM surveys_invitation i WHERE i.id = n.invitation_id)
        """,
        [stage.source_id],
    )


def remove(stage: Stage) -> None:
    stage.execute("ALTER TABLE import_removal ADD COLUMN held_id bigint")
    stage.execute(
        f"""
        UPDATE import_removal r SET held_id = f.id FROM surveys_response f
         WHERE f.superseded_at IS NULL
               AND (f.external_id = r.external_id
                    OR (f.external_id IS NULL AND {OWN_ID} = r.external_id))
        """  # noqa: S608 - built from constants
    )
    _put_on_feed(
        stage, "JOIN surveys_response f ON f.id = r.held_id", "true", table="import_removal"
    )
    _close(stage, "FROM import_removal r WHERE f.id = r.held_id")
    stage.execute(
        """
        UPDATE surveys_invitation i SET state = 'withdrawn'
          FROM surveys_response f JOIN import_removal r ON r.held_id = f.id
         WHERE i.id = f.invitation_id AND i.source_id IS NOT NULL
        """
    )


def _close(stage: Stage, found: str) -> None:
    stage.execute(
        f"UPDATE surveys_response f SET superseded_at = %s, closed_by_id = %s {found}",  # noqa: S608
        [stage.now, stage.source_id],
    )


def _put_on_feed(stage: Stage, joined: str, where: str, *, table: str = "import_row") -> None:
    stage.execute(
        f"""
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT h.customer_id, 'responses',
               min((least(f.answered_at, i.sent_at) AT TIME ZONE %s)::date), %s
          FROM {table} r {joined}
          JOIN surveys_invitation i ON i.id = f.invitation_id
          JOIN customers_contact h ON h.id = i.contact_id
         WHERE {where}
         GROUP BY h.customer_id
        """,  # noqa: S608 - built from constants
        [stage.zone, stage.now],
    )
    stage.execute(
        f"""
        INSERT INTO surveys_resultschange (campaign_id)
        SELECT DISTINCT i.campaign_id FROM {table} r {joined}
          JOIN surveys_invitation i ON i.id = f.invitation_id
         WHERE {where}
        """  # noqa: S608 - built from constants
    )
