"""Giving customers their scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from customers.actions.feed import note_change
from metrics.health import hooks, kept, signals
from metrics.health.applying import in_force, sorted_out
from metrics.health.measuring import array_of, measure
from metrics.health.scoring import band, score
from metrics.ledger import build
from metrics.remembered import forget
from metrics.stored.changes import SCORES
from metrics.today import keeping as today
from tenants.context import current_company

MADE = """
    made AS (
        SELECT * FROM unnest(
            %(scored)s::bigint[], %(versions)s::bigint[], %(scores)s::smallint[],
            %(coverages)s::smallint[], %(bands)s::text[]
        ) AS one (customer_id, version_id, score, coverage, band)
    )
"""
# A company that moved to another time zone may have been a day further already.
TURN_BACK = (
    """
    DELETE FROM metrics_healthscore
    WHERE starts_on > %(today)s AND (ends_on IS NULL OR ends_on > %(today)s)
        AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
    """,
    """
    UPDATE metrics_healthscore SET ends_on = NULL WHERE ends_on > %(today)s
        AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
    """,
)
# What is no longer so ends; of today, what nothing takes the place of was never so. Tells the
# bands that stood before; and with a row of nulls, whether anything ended at all.
END = f"""
    WITH {MADE}, other AS (
        SELECT held.* FROM metrics_healthscore AS held
        LEFT JOIN made USING (customer_id, version_id, score, coverage, band)
        WHERE held.ends_on IS NULL AND made.customer_id IS NULL
            AND (%(customers)s::bigint[] IS NULL OR held.customer_id = ANY(%(customers)s))
    ), ended AS (
        UPDATE metrics_healthscore AS span SET ends_on = %(today)s FROM other
        WHERE span.id = other.id AND other.starts_on < %(today)s
    ), gone AS (
        DELETE FROM metrics_healthscore AS span USING other
        WHERE span.id = other.id AND other.starts_on >= %(today)s
            AND other.customer_id NOT IN (SELECT customer_id FROM made)
    )
    SELECT customer_id, other.band, made.band
    FROM other JOIN made USING (customer_id)
    WHERE other.band <> made.band
    UNION ALL
    SELECT NULL, NULL, NULL WHERE EXISTS (SELECT FROM other)
    ORDER BY 1
"""  # noqa: S608 - built from constants
BEGIN = f"""
    WITH {MADE}
    INSERT INTO metrics_healthscore AS held
        (customer_id, version_id, starts_on, score, coverage, band)
    SELECT customer_id, version_id, %(today)s, score, coverage, band FROM made
    WHERE NOT EXISTS (
        SELECT FROM metrics_healthscore AS older
        WHERE older.customer_id = made.customer_id AND older.ends_on IS NULL
            AND older.starts_on < %(today)s
    )
    ON CONFLICT (customer_id, starts_on) DO UPDATE SET version_id = EXCLUDED.version_id,
        score = EXCLUDED.score, coverage = EXCLUDED.coverage, band = EXCLUDED.band, ends_on = NULL
    WHERE (held.version_id, held.score, held.coverage, held.band, held.ends_on) IS DISTINCT FROM
        (EXCLUDED.version_id, EXCLUDED.score, EXCLUDED.coverage, EXCLUDED.band, NULL)
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class Scored:
    """How many customers have a score now, whose band changed, and whether any span was written
    or ended."""

    count: int
    changes: list[hooks.BandChange]
    is_other: bool


@transaction.atomic
def rescore(customers: Iterable[int] | None = None, *, today: dt.date | None = None) -> Scored:
    """Score these customers, or all, as of today (the company's), and keep what changed.

    Only who pays has a score. Whoever listens to changes of band (metrics.health.hooks) is told in
    this transaction. Doing it twice changes nothing.
    """
    company = current_company()
    today = today or company.today()
    these = None if customers is None else sorted(set(customers))
    known = signals.known()
    applied = in_force(known)
    who = sorted_out([one.model for one in applied], today, these) if applied else {}
    rows: list[tuple[int, int, int, int, str]] = []
    kept.forget(these)
    for one in applied:
        asked = [(customer, today) for customer in who.get(one.model.pk, [])]
        chosen = [known[key] for key in one.recipe.keys]
        measures = measure(asked, chosen, timezone=company.timezone)
        if asked:
            kept.store(one.version.pk, [customer for customer, _ in asked], measures.values)
            found = score(measures.values, one.recipe)
            rows += [
                (customer, one.version.pk, int(value), int(covered), band(value, one.recipe))
                for (customer, _), value, covered in zip(
                    asked,
                    np.rint(found.score),
                    np.rint(100 * found.coverage),
                    strict=True,
                )
                if not np.isnan(value)
            ]
    changes, is_other = _write(rows, these, today)
    hooks.tell(changes)
    return Scored(len(rows), changes, is_other)


@transaction.atomic
def rescore_all() -> Scored:
    """Score everybody by the models that are in force now, after whoever writes the ledger or
    scores at the moment. Values kept of scores follow."""
    build.lock()
    scored = rescore()
    today.make()
    forget()
    if scored.is_other:
        note_change(SCORES, from_day=current_company().today())
    return scored


def _write(
    rows: Sequence[tuple[int, int, int, int, str]], customers: list[int] | None, today: dt.date
) -> tuple[list[hooks.BandChange], bool]:
    """Keep scores of today; gives the changes of band, and whether anything is other than it
    was."""
    names = ("scored", "versions", "scores", "coverages", "bands")
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    arrays = {name: array_of(column) for name, column in zip(names, columns, strict=True)}
    with connection.cursor() as cursor:
        for statement in TURN_BACK:
            cursor.execute(statement, {"customers": customers, "today": today})
        cursor.execute(END, {**arrays, "customers": customers, "today": today})
        changes = cursor.fetchall()
        cursor.execute(BEGIN, {**arrays, "today": today})
        has_begun = bool(cursor.rowcount)
    has_ended = any(customer is None for customer, _, _ in changes)
    return [
        hooks.BandChange(customer, on=today, was=was, now=now)
        for customer, was, now in changes
        if customer is not None
    ], has_begun or has_ended
