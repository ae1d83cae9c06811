"""Whose row of another tool's export it is: found where it is certain, and never guessed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from customers.imports.references import KNOWN_CUSTOMERS
from customers.imports.staging import Stage
from customers.wording import in_sql

# Anybody can have an address there, so it says nothing about who somebody works for.
FREE_MAIL = (
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "t-online.de",
    "web.de",
    "wp.pl",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
    "163.com",
)
_FREE = ", ".join(f"'{domain}'" for domain in FREE_MAIL)
_BY_ADDRESS, _BY_DOMAIN = 90, 91


def stage_matches(stage: Stage, *, named: Sequence[str], email: str = "") -> None:
    """`import_match (row_number, customer, is_by_id, is_shared, trouble)`: one row per staged row.

    `customer` is the external id of the customer of ours that the row is about, null where it is
    not certain; `trouble` then says why, in words, and `is_shared` that several fit.

    `named`: fields that hold an id or a name (or several, between semicolons), the surest first;
    `email`: the field of a person's address. In this order: the id; the name, without regard to
    case, that one customer alone has; the address of contacts of one customer alone; the domain
    that contacts of one customer alone have, unless anybody can have it.
    """
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_match")
    matches = _sql(named, email)
    stage.execute(f"CREATE TEMPORARY TABLE import_match ON COMMIT DROP AS {matches}")
    stage.execute("CREATE INDEX ON import_match (row_number)")
    stage.analyze("import_match")


def note_unmatched(stage: Stage, *, field: str) -> None:
    """Notes rows of which `import_match` does not know whose they are."""
    stage.note(
        field,
        value=f'r."{field}"',
        message="m.trouble",
        found="FROM import_row r JOIN import_match m USING (row_number) WHERE m.customer IS NULL",
    )


def _trouble() -> str:
    """SQL of why it is not certain whose the row is."""
    said, address, domain = "w.said", "p.address", "p.domain"
    nobody = in_sql(_("the row does not say whose it is: no organisation and no address"))
    return f"""
        CASE WHEN o.found IS NOT NULL
             THEN {
        in_sql(
            _("this fits {count} customers alike: {said}"),
            count="o.found",
            said="concat_ws(', ', w.said, p.address)",
        )
    }
             WHEN w.said IS NULL AND p.domain IS NULL THEN {nobody}
             WHEN p.domain IS NULL
             THEN {in_sql(_("{said} is neither the id nor the name of a customer"), said=said)}
             WHEN w.said IS NULL AND p.domain IN ({_FREE})
             THEN {in_sql(_("{address} is no contact's address"), address=address)}
             WHEN w.said IS NULL
             THEN {in_sql(_("no one customer has contacts at {domain}"), domain=domain)}
             WHEN p.domain IN ({_FREE})
             THEN {
        in_sql(
            _(
                "{said} is neither the id nor the name of a customer and {address} is no"
                " contact's address"
            ),
            said=said,
            address=address,
        )
    }
             ELSE {
        in_sql(
            _(
                "{said} is neither the id nor the name of a customer and no one customer has"
                " contacts at {domain}"
            ),
            said=said,
            domain=domain,
        )
    } END"""


def _sql(named: Sequence[str], email: str) -> str:
    said = ", ".join(f'({rank}, r."{name}")' for rank, name in enumerate(named))
    address = f'lower(r."{email}")' if email else "NULL::text"
    return f"""
        WITH said AS (
            SELECT r.row_number, s.rank, btrim(p) AS piece
              FROM import_row r
              CROSS JOIN LATERAL (VALUES {said}) s (rank, value)
              CROSS JOIN LATERAL regexp_split_to_table(s.value, ';') p
             WHERE s.value IS NOT NULL AND btrim(p) <> ''
        ), person AS (
            SELECT r.row_number, {address} AS address,
                   nullif(split_part({address}, '@', 2), '') AS domain
              FROM import_row r
        ), domains AS (
            SELECT split_part(lower(h.email), '@', 2) AS domain, min(h.customer_id) AS customer_id
              FROM customers_contact h
             GROUP BY 1 HAVING count(DISTINCT h.customer_id) = 1
        ), hits AS (
            SELECT s.row_number, 2 * s.rank AS rank, c.id
              FROM said s JOIN {KNOWN_CUSTOMERS} c ON c.external_id = s.piece
             UNION ALL
            SELECT s.row_number, 2 * s.rank + 1, c.id
              FROM said s JOIN customers_customer c ON lower(c.name) = lower(s.piece)
             UNION ALL
            SELECT p.row_number, {_BY_ADDRESS}, h.customer_id
              FROM person p JOIN customers_contact h ON lower(h.email) = p.address
             UNION ALL
            SELECT p.row_number, {_BY_DOMAIN}, d.customer_id
              FROM person p JOIN domains d ON d.domain = p.domain
             WHERE p.domain NOT IN ({_FREE})
        ), ranked AS (
            SELECT row_number, rank, count(DISTINCT id) AS found, min(id) AS id
              FROM hits GROUP BY row_number, rank
        ), best AS (
            SELECT DISTINCT ON (row_number) row_number, id, rank
              FROM ranked WHERE found = 1 ORDER BY row_number, rank
        ), shared AS (
            SELECT DISTINCT ON (row_number) row_number, found
              FROM ranked WHERE found > 1 ORDER BY row_number, rank
        ), words AS (
            SELECT row_number, string_agg(DISTINCT piece, ' / ') AS said FROM said GROUP BY 1
        )
        SELECT r.row_number, c.external_id AS customer,
               b.rank < {_BY_ADDRESS} AND b.rank % 2 = 0 AS is_by_id,
               o.found IS NOT NULL AS is_shared,
               CASE WHEN c.id IS NULL THEN {_trouble()} END AS trouble
          FROM import_row r
          JOIN person p ON p.row_number = r.row_number
          LEFT JOIN best b ON b.row_number = r.row_number
          LEFT JOIN customers_customer c ON c.id = b.id
          LEFT JOIN shared o ON o.row_number = r.row_number
          LEFT JOIN words w ON w.row_number = r.row_number
        """  # noqa: S608 - built from constants
