"""Why customers left: what the renewal on record says that is nearest to the day."""

from __future__ import annotations

from psycopg.sql import SQL, Composed, Literal

REACH = 90
"""Days between a renewal, or the notice given, and the day that it explains, at most."""

# Of every day on which anything went to 0: for one product or plan, that is churn too.
_STORE = SQL("""
    INSERT INTO metrics_departure (customer_id, day, reason, kind)
    SELECT DISTINCT ON (held.customer_id, held.day)
        held.customer_id, held.day, btrim(churn_reason), churn_kind
    FROM metrics_movementpart AS held
    JOIN customers_renewal AS renewal ON renewal.customer_id = held.customer_id
    CROSS JOIN LATERAL (
        SELECT least(abs(renews_on - held.day), abs(cancelled_on - held.day)) AS away
    ) AS distance
    WHERE held.mrr_after = 0 {these} AND renewal.superseded_at IS NULL
        AND (renewal.churn_reason <> '' OR renewal.churn_kind <> '') AND away <= {reach}
    ORDER BY held.customer_id, held.day, away, renews_on DESC, renewal.id DESC
""")


def store(these: SQL | Composed) -> Composed:
    """The statement that notes them, after the movements of `these` customers are made."""
    return _STORE.format(these=these, reach=Literal(REACH))
