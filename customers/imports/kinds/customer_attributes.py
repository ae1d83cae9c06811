"""The dated attributes of customers, as rows tell them: in any order, each value from its day.

What is told is a point: on this day the attribute had this value. A row with `valid_from` tells
it of that day, one without of today. The history is the points in order, whatever the order they
came in; a point told twice has its last value. Only the first value known may have no day
(`valid_from` null): it holds for all time before. When an earlier point is told later, it takes
the day on which it was told, or goes where that point says the same.
"""

from __future__ import annotations

from customers.attributes import latest_first
from customers.imports.backfilling import backfilled
from customers.imports.staging import Stage

# Attributes that have a field of their own.
WELL_KNOWN = ("owner", "stage")

COMPANY_ZONE = """(SELECT y.timezone FROM public.tenants_company y
    WHERE y.schema_name = current_schema())"""
# The company's.
TODAY = f"(now() AT TIME ZONE {COMPANY_ZONE})::date"


def value_today(customer: str, key: str) -> str:
    """SQL of the value that holds today, null where there is none."""
    return f"""(SELECT nullif(a.value, '') FROM customers_customerattribute a
        WHERE a.customer_id = {customer} AND a.key = {key} AND a.superseded_at IS NULL
        ORDER BY {latest_first(TODAY)} LIMIT 1)"""  # noqa: S608 - built from constants


def values_today(customer: str) -> str:
    """SQL of {key: value} (jsonb) of the attributes without a field of their own that hold today;
    null where it is known that there is none."""
    return f"""(SELECT coalesce(jsonb_object_agg(k.key, {value_today(customer, "k.key")}), '{{}}')
        FROM (SELECT DISTINCT b.key FROM customers_customerattribute b
               WHERE b.customer_id = {customer} AND b.superseded_at IS NULL
                     AND b.key <> ALL (ARRAY{list(WELL_KNOWN)!r})) k)"""  # noqa: S608 - constants


def stage_attributes(stage: Stage, said: str = "") -> None:
    """`import_attribute`: the versions that come and go. `closes` is the id of a version that
    ends; a row with `is_new` is one that comes. `is_first`: it holds for all time before.

    `said` is SQL of (row_number, external_id and held_id of the customer, valid_from, key, value);
    without it, that of rows of customers.
    """
    stage.execute(
        "DROP TABLE IF EXISTS pg_temp.import_spoken, pg_temp.import_point, pg_temp.import_told,"
        " pg_temp.import_attribute"
    )
    said = said or _said_by_customers(stage)
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_spoken ON COMMIT DROP AS
        SELECT s.*, coalesce(s.valid_from, %s::date) AS point FROM ({said}) s
        """,  # noqa: S608 - built from constants
        [stage.today],
    )
    stage.analyze("import_spoken")
    _stage_points(stage)
    _stage_told(stage)
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_attribute ON COMMIT DROP AS
        WITH overwritten AS (
            -- Of the same day as what is told now; of the undated one, the day on which it came.
            SELECT t.row_number, o.id, o.external_id, o.key, o.point, o.value, o.valid_from,
                   o.is_backfilled
              FROM import_told t JOIN import_point o USING (external_id, key, point)
        ), dated AS (
            -- The undated value is no longer the first.
            SELECT o.*, t.row_number, other.id IS NOT NULL AS is_twice
              FROM import_point o
              JOIN (SELECT external_id, key, min(row_number) AS row_number,
                           min(first_point) AS first_point
                      FROM import_told GROUP BY external_id, key) t USING (external_id, key)
              LEFT JOIN overwritten gone ON gone.id = o.id
              LEFT JOIN import_point other ON other.id <> o.id
                   AND (other.external_id, other.key, other.point) = (o.external_id, o.key, o.point)
             WHERE o.valid_from IS NULL AND t.first_point < o.point AND gone.id IS NULL
        ), before AS (
            SELECT DISTINCT ON (d.id) d.id, x.value
              FROM dated d
              JOIN (SELECT external_id, key, point, value FROM import_told
                     UNION ALL
                    SELECT external_id, key, point, value FROM import_point o
                     WHERE NOT EXISTS (SELECT FROM overwritten g WHERE g.id = o.id)) x
                   ON (x.external_id, x.key) = (d.external_id, d.key) AND x.point < d.point
             ORDER BY d.id, x.point DESC
        )
        SELECT t.row_number, t.external_id, t.key, t.value, NULL::bigint AS closes, true AS is_new,
               CASE WHEN t.valid_from IS NULL AND t.point = t.first_point THEN NULL
                    ELSE t.point END AS valid_from,
               o.is_backfilled, t.point = t.first_point AS is_first
          FROM import_told t
          LEFT JOIN (SELECT external_id, key, point, bool_or(is_backfilled) AS is_backfilled
                       FROM overwritten GROUP BY external_id, key, point) o
               USING (external_id, key, point)
        UNION ALL
        SELECT row_number, external_id, key, value, id, false, valid_from, is_backfilled, false
          FROM overwritten
        UNION ALL
        -- Dated it says nothing where the value before it is the same.
        SELECT d.row_number, d.external_id, d.key, d.value, d.id,
               NOT d.is_twice AND b.value IS DISTINCT FROM d.value, d.point, d.is_backfilled, false
          FROM dated d LEFT JOIN before b USING (id)
        """
    )
    stage.analyze("import_attribute")


def _stage_points(stage: Stage) -> None:
    """`import_point`: what is held of the attributes that something is said of."""
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_point ON COMMIT DROP AS
        SELECT a.id, s.external_id, s.key, a.value, a.valid_from, a.is_backfilled,
               coalesce(a.valid_from, (a.recorded_at AT TIME ZONE %s)::date) AS point
          FROM (SELECT DISTINCT external_id, key, held_id
                  FROM import_spoken WHERE held_id IS NOT NULL) s
          JOIN customers_customerattribute a
               ON a.customer_id = s.held_id AND a.key = s.key AND a.superseded_at IS NULL
        """,
        [stage.zone],
    )
    stage.analyze("import_point")


def _stage_told(stage: Stage) -> None:
    """`import_told`: the points that differ from what is held. `first_point` is the day of the
    first point there will be of the attribute."""
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_told ON COMMIT DROP AS
        WITH today AS (
            SELECT DISTINCT ON (a.external_id, a.key) a.external_id, a.key, a.value
              FROM import_point a ORDER BY a.external_id, a.key, {latest_first("%(today)s")}
        ), told AS (
            SELECT DISTINCT ON (s.external_id, s.key, s.point) s.*
              FROM import_spoken s
              LEFT JOIN today h USING (external_id, key)
              LEFT JOIN import_point p ON (p.external_id, p.key, p.point, p.value)
                   = (s.external_id, s.key, s.point, s.value)
             WHERE CASE WHEN s.valid_from IS NULL THEN coalesce(h.value, '') <> s.value
                        ELSE p.id IS NULL END
             ORDER BY s.external_id, s.key, s.point, s.valid_from NULLS LAST, s.row_number DESC
        ), beginning AS (
            SELECT external_id, key, min(point) AS first_point
              FROM (SELECT external_id, key, point FROM told
                     UNION ALL SELECT external_id, key, point FROM import_point) points
             GROUP BY external_id, key
        )
        SELECT told.*, beginning.first_point FROM told JOIN beginning USING (external_id, key)
        """,  # noqa: S608 - built from constants
        {"today": stage.today},
    )
    stage.analyze("import_told")


def _said_by_customers(stage: Stage) -> str:
    """What rows of customers say: each of their attributes as a row."""
    return f"""
        SELECT r.row_number, r.external_id, r.held_id, r.valid_from, v.key,
               coalesce(v.value, '') AS value
          FROM import_row r CROSS JOIN LATERAL (VALUES {_pivot(stage)}) v (key, value, is_said)
         WHERE v.is_said AND r.outcome IS NULL"""  # noqa: S608 - built from constants


def _pivot(stage: Stage) -> str:
    """VALUES of (key, value, whether the row says it). A field wins over a column of its name.
    Keys are letters, digits and underscores (attribute_key), so they can stand in SQL as they are.
    """
    places: dict[str, list[tuple[str, str]]] = {key: [] for key in WELL_KNOWN}
    for key in WELL_KNOWN:
        said = f"'{key}' = ANY(r.given)" if stage.is_partial else "true"
        if stage.is_partial or key in stage.mapped:
            places[key].append((f"r.{key}", said))
    for number, key in enumerate(stage.attribute_keys):
        said = f"'attribute:{key}' = ANY(r.given)" if stage.is_partial else "true"
        places.setdefault(key, []).append((f"r.a{number}", said))
    rows = []
    for key, found in places.items():
        cases = " ".join(f"WHEN {said} THEN {column}" for column, said in found)
        if found:
            is_said = " OR ".join(said for _, said in found)
            rows.append(f"('{key}', CASE {cases} END, coalesce({is_said}, false))")
    return ", ".join(rows) or "(NULL::text, NULL::text, false)"


def write_attributes(stage: Stage) -> None:
    is_history = backfilled(
        stage,
        "customers_customerattribute",
        day="coalesce(a.valid_from, '-infinity')",
        same="(x.customer_id, x.key) = (c.id, a.key)"
        " AND x.valid_from IS NOT DISTINCT FROM a.valid_from",
    )
    stage.execute(
        """
        UPDATE customers_customerattribute h SET superseded_at = %s, closed_by_id = %s
          FROM import_attribute a WHERE a.closes = h.id
        """,
        [stage.now, stage.source_id],
    )
    created = stage.execute(
        f"""
        INSERT INTO customers_customerattribute
               (customer_id, key, value, valid_from, source_id, recorded_at, is_backfilled)
        SELECT c.id, a.key, a.value, a.valid_from, %s, %s,
               coalesce(a.is_backfilled, {is_history})
          FROM import_attribute a
          JOIN customers_customer c ON c.external_id = a.external_id
         WHERE a.is_new ORDER BY a.row_number, a.key, a.valid_from NULLS FIRST
        """,  # noqa: S608 - built from constants
        [stage.source_id, stage.now],
    )
    stage.analyze_after(created, "customers_customerattribute")
