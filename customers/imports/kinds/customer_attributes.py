"""The dated attributes of customers, as rows tell them: in any order, each value from its day.

What is told is a point: on this day the attribute had this value. A row with `valid_from` tells
it of that day, one without of today. The history is the points in order, whatever the order they
came in; a point told twice has its last value. Only the first value known may have no day
(`valid_from` null): it holds for all time before. When an earlier point is told later, it takes
the day on which it was told.
"""

from __future__ import annotations

from customers.imports.staging import Stage

# Attributes that have a field of their own.
WELL_KNOWN = ("owner", "stage")

# The company's.
TODAY = """(now() AT TIME ZONE (SELECT y.timezone FROM public.tenants_company y
    WHERE y.schema_name = current_schema()))::date"""


def _latest_first(today: str) -> str:
    """SQL to order rows `a` by: the value that holds today first. Where none has begun, that is
    the first that will."""
    return (
        f"(a.valid_from IS NULL OR a.valid_from <= {today}) DESC,"
        f" CASE WHEN a.valid_from <= {today} THEN a.valid_from END DESC NULLS LAST, a.valid_from"
    )


def value_today(customer: str, key: str) -> str:
    """SQL of the value that holds today, null where there is none."""
    return f"""(SELECT nullif(a.value, '') FROM customers_customerattribute a
        WHERE a.customer_id = {customer} AND a.key = {key} AND a.superseded_at IS NULL
        ORDER BY {_latest_first(TODAY)} LIMIT 1)"""  # noqa: S608 - built from constants


def values_today(customer: str) -> str:
    """SQL of {key: value} (jsonb) of the attributes without a field of their own that hold today;
    null where it is known that there is none."""
    return f"""(SELECT coalesce(jsonb_object_agg(k.key, {value_today(customer, "k.key")}), '{{}}')
        FROM (SELECT DISTINCT b.key FROM customers_customerattribute b
               WHERE b.customer_id = {customer} AND b.superseded_at IS NULL
                     AND b.key <> ALL (ARRAY{list(WELL_KNOWN)!r})) k)"""  # noqa: S608 - constants


def stage_attributes(stage: Stage) -> None:
    """`import_attribute`: the versions that come and go. `closes` is the id of a version that
    ends; a row with `is_new` is one that comes. `is_first`: it holds for all time before."""
    stage.execute(
        "DROP TABLE IF EXISTS pg_temp.import_told, pg_temp.import_attribute, pg_temp.import_point"
    )
    _stage_told(stage)
    _stage_points(stage)
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
            SELECT o.*, other.id IS NOT NULL AS is_twice
              FROM import_point o
              LEFT JOIN overwritten gone ON gone.id = o.id
              LEFT JOIN import_point other ON other.id <> o.id
                   AND (other.external_id, other.key, other.point) = (o.external_id, o.key, o.point)
             WHERE o.valid_from IS NULL AND o.first_point < o.point AND gone.id IS NULL
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
        SELECT row_number, external_id, key, value, id, NOT is_twice, point, is_backfilled, false
          FROM dated
        """
    )
    stage.analyze("import_attribute")


def _stage_points(stage: Stage) -> None:
    """`import_point`: what is held of the attributes that something is told of. `first_point`,
    here and in `import_told`: the day of the first point there will be."""
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_point ON COMMIT DROP AS
        SELECT a.id, t.external_id, t.key, a.value, a.valid_from, a.is_backfilled, t.row_number,
               coalesce(a.valid_from, (a.recorded_at AT TIME ZONE %s)::date) AS point,
               t.first_point
          FROM (SELECT external_id, key, held_id, min(row_number) AS row_number,
                       min(point) AS first_point
                  FROM import_told WHERE held_id IS NOT NULL GROUP BY 1, 2, 3) t
          JOIN customers_customerattribute a
               ON a.customer_id = t.held_id AND a.key = t.key AND a.superseded_at IS NULL
        """,
        [stage.zone],
    )
    stage.execute(
        """
        WITH beginning AS (
            SELECT external_id, key, least(min(point), min(first_point)) AS point
              FROM import_point GROUP BY external_id, key
        ), points AS (
            UPDATE import_point p SET first_point = b.point
              FROM beginning b WHERE (b.external_id, b.key) = (p.external_id, p.key)
        )
        UPDATE import_told t SET first_point = b.point
          FROM beginning b WHERE (b.external_id, b.key) = (t.external_id, t.key)
        """
    )
    stage.analyze("import_point", "import_told")


def _stage_told(stage: Stage) -> None:
    """`import_told`: the points that differ from what is held. `point` is their day."""
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_told ON COMMIT DROP AS
        WITH said AS (
            SELECT r.row_number, r.external_id, r.held_id, r.valid_from, v.key,
                   coalesce(v.value, '') AS value,
                   coalesce(r.valid_from, %(today)s::date) AS point
              FROM import_row r CROSS JOIN LATERAL (VALUES {_pivot(stage)}) v (key, value, is_said)
             WHERE v.is_said AND r.outcome IS NULL
        )
        SELECT *, min(point) OVER (PARTITION BY external_id, key) AS first_point FROM (
        SELECT DISTINCT ON (external_id, key, point) said.*
          FROM said
          LEFT JOIN (
                SELECT DISTINCT ON (a.customer_id, a.key) a.customer_id, a.key, a.value
                  FROM customers_customerattribute a
                 WHERE a.superseded_at IS NULL AND a.key = ANY(%(keys)s)
                 ORDER BY a.customer_id, a.key, {_latest_first("%(today)s")}
               ) held ON held.customer_id = said.held_id AND held.key = said.key
          LEFT JOIN customers_customerattribute same
               ON said.valid_from IS NOT NULL
               AND same.customer_id = said.held_id AND same.key = said.key
               AND same.superseded_at IS NULL AND same.value = said.value
               AND coalesce(same.valid_from, (same.recorded_at AT TIME ZONE %(zone)s)::date)
                   = said.valid_from
         WHERE CASE WHEN said.valid_from IS NULL THEN coalesce(held.value, '') <> said.value
                    ELSE same.id IS NULL END
         ORDER BY external_id, key, point, said.valid_from NULLS LAST, row_number DESC
        ) told
        """,  # noqa: S608 - built from constants
        {
            "today": stage.today,
            "zone": stage.zone,
            "keys": [*stage.attribute_keys, *WELL_KNOWN],
        },
    )
    stage.analyze("import_told")


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


def write_attributes(stage: Stage, *, is_history: bool) -> None:
    stage.execute(
        """
        UPDATE customers_customerattribute h SET superseded_at = %s, closed_by_id = %s
          FROM import_attribute a WHERE a.closes = h.id
        """,
        [stage.now, stage.source_id],
    )
    created = stage.execute(
        """
        INSERT INTO customers_customerattribute
               (customer_id, key, value, valid_from, source_id, recorded_at, is_backfilled)
        SELECT c.id, a.key, a.value, a.valid_from, %s, %s,
               coalesce(a.is_backfilled, %s AND coalesce(a.valid_from, '-infinity') < %s::date)
          FROM import_attribute a
          JOIN customers_customer c ON c.external_id = a.external_id
         WHERE a.is_new ORDER BY a.row_number, a.key, a.valid_from NULLS FIRST
        """,
        [stage.source_id, stage.now, is_history, stage.today],
    )
    stage.analyze_after(created, "customers_customerattribute")
