# ruff: noqa: S608 - built from constants
"""The SQL of rolling up. Every statement that writes gives (customer, first day that differs).

What is unchanged is left alone, so that a day that is rolled up every few seconds does not fill
its tables with dead rows.
"""

from __future__ import annotations

import datetime as dt

# Sessions this long have an index of their own (migration 0009).
LONG = dt.timedelta(hours=12)

TAKE_CHANGES = """
    WITH taken AS (
        DELETE FROM customers_usagechange WHERE day = %s RETURNING customer_id, customer_ids)
    SELECT id FROM customers_customer
     WHERE id IN (SELECT customer_id FROM taken UNION ALL SELECT unnest(customer_ids) FROM taken)
"""

PUT_ON_FEED = """
    INSERT INTO customers_change (customer_id, from_day, kind, recorded_at)
    SELECT *, %s, %s FROM (SELECT unnest(%s::bigint[]), unnest(%s::date[])) AS changed
"""

# The stretch of time, as long as the gap, that an event falls in.
_STRETCH = "date_bin(%(gap)s, e.occurred_at, timestamptz '2000-01-01 00:00+00')"
_EVENTS = """
    FROM customers_usageevent e
    WHERE e.customer_id = ANY(%(customers)s)
          AND e.occurred_at >= %(begins)s AND e.occurred_at < %(ends)s
"""

# The one pass over the events of the day: what is alike in all that is made of them together.
_GROUPED = f"""
    grouped AS MATERIALIZED (
        SELECT customer_id, end_user, session, stretch, kind, name, action, item,
               count(*)::int AS events, min(occurred_at) AS began, max(occurred_at) AS ended
          FROM (
            SELECT e.customer_id, e.end_user, e.session, {_STRETCH} AS stretch, e.kind, e.name,
                   e.action, CASE WHEN e.action <> '' THEN e.item ELSE '' END AS item,
                   e.occurred_at
            {_EVENTS}
          ) AS event
         GROUP BY customer_id, end_user, session, stretch, kind, name, action, item
    )
"""

# An end user's day in one row: lists in order, so that the same events give the same row.
_DAYS = """
    counted AS (
        SELECT customer_id, end_user, sum(events) AS events, array_agg(kind) AS kinds,
               array_agg(name) AS names, array_agg(events) AS counts
          FROM (SELECT customer_id, end_user, kind, name, sum(events)::int AS events
                  FROM grouped GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4) AS one
         GROUP BY customer_id, end_user
    ), seen AS (
        SELECT customer_id, end_user, array_agg(item) AS items, array_agg(shown_at) AS shown_at,
               array_agg(clicked_at) AS clicked_at
          FROM (SELECT customer_id, end_user, item,
                       min(began) FILTER (WHERE action = 'shown') AS shown_at,
                       min(began) FILTER (WHERE action = 'clicked') AS clicked_at
                  FROM grouped WHERE item <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) AS one
         GROUP BY customer_id, end_user
    ), day_new AS MATERIALIZED (
        SELECT customer_id, end_user, events, kinds, names, counts,
               coalesce(items, '{}') AS items, coalesce(shown_at, '{}') AS shown_at,
               coalesce(clicked_at, '{}') AS clicked_at
          FROM counted LEFT JOIN seen USING (customer_id, end_user)
    ), day_held AS MATERIALIZED (
        SELECT * FROM customers_usageday
         WHERE day = %(day)s AND customer_id = ANY(%(customers)s)
    ), day_gone AS (
        DELETE FROM customers_usageday d USING day_held h
         WHERE d.id = h.id AND NOT EXISTS (
             SELECT FROM day_new n
              WHERE (n.customer_id, n.end_user) = (h.customer_id, h.end_user))
        RETURNING d.customer_id
    ), day_changed AS (
        UPDATE customers_usageday d
           SET events = n.events, kinds = n.kinds, names = n.names, counts = n.counts,
               items = n.items, shown_at = n.shown_at, clicked_at = n.clicked_at
          FROM day_held h JOIN day_new n USING (customer_id, end_user)
         WHERE d.id = h.id
               AND (h.kinds, h.names, h.counts, h.items, h.shown_at, h.clicked_at)
                   IS DISTINCT FROM
                   (n.kinds, n.names, n.counts, n.items, n.shown_at, n.clicked_at)
        RETURNING d.customer_id
    ), day_came AS (
        INSERT INTO customers_usageday
               (customer_id, day, end_user, events, kinds, names, counts, items, shown_at,
                clicked_at)
        SELECT n.customer_id, %(day)s, n.end_user, n.events, n.kinds, n.names, n.counts, n.items,
               n.shown_at, n.clicked_at
          FROM day_new n WHERE NOT EXISTS (
             SELECT FROM day_held h
              WHERE (n.customer_id, n.end_user) = (h.customer_id, h.end_user))
        RETURNING customer_id
    )
"""

# Sessions that an event of the day may be part of: within a gap of it. Those that began before
# the first day that can be made anew are a record.
_HELD_SESSIONS = """
    held AS MATERIALIZED (
        SELECT * FROM customers_usagesession
         WHERE customer_id = ANY(%(customers)s) AND started_at >= %(floor)s
               AND started_at >= %(earliest)s AND started_at < %(far)s AND ended_at > %(near)s
        UNION ALL
        SELECT * FROM customers_usagesession
         WHERE customer_id = ANY(%(customers)s) AND started_at >= %(floor)s
               AND started_at < %(earliest)s AND ended_at - started_at >= interval '12 hours'
               AND ended_at > %(near)s
    )
"""

# How far the sessions of the day reach before and after it.
REACH = f"WITH {_HELD_SESSIONS} SELECT min(started_at), max(ended_at) FROM held"

# Events less than a gap apart are of one session: those within a stretch as long as the gap are
# taken together first, which leaves few rows to put in order.
_BURST = """
    SELECT e.customer_id, e.end_user, e.session, min(e.occurred_at) AS began,
           max(e.occurred_at) AS ended, count(*)::int AS events,
           (count(*) FILTER (WHERE e.kind = 'page'))::int AS page_views,
           min(e.occurred_at) FILTER (WHERE e.kind = 'page') AS first_page
"""
_BY_STRETCH = f"GROUP BY e.customer_id, e.end_user, e.session, {_STRETCH}"
_SAME = """(w.customer_id, w.end_user, w.session) = (e.customer_id, e.end_user, e.session)"""
OF_THE_DAY = """
    SELECT customer_id, end_user, session, min(began) AS began, max(ended) AS ended,
           sum(events)::int AS events,
           coalesce(sum(events) FILTER (WHERE kind = 'page'), 0)::int AS page_views,
           min(began) FILTER (WHERE kind = 'page') AS first_page
      FROM grouped GROUP BY customer_id, end_user, session, stretch
"""
OF_THE_FIRST_DAYS = f"{_BURST} {_EVENTS} {{kept}} {_BY_STRETCH}"
OF_DAYS_BEFORE = f"""
    {_BURST} FROM customers_usageevent e JOIN reach w ON {_SAME}
     WHERE e.customer_id = ANY(%(customers)s) AND e.occurred_at >= w.started_at
           AND e.occurred_at >= %(lowest)s AND e.occurred_at < %(begins)s {{kept}} {_BY_STRETCH}
"""
OF_DAYS_AFTER = f"""
    {_BURST} FROM customers_usageevent e JOIN reach w ON {_SAME}
     WHERE e.customer_id = ANY(%(customers)s) AND e.occurred_at <= w.ended_at
           AND e.occurred_at >= %(ends)s AND e.occurred_at <= %(highest)s {{kept}} {_BY_STRETCH}
"""
# Events that a session counts which began on a day whose other events are gone.
NOT_OF_A_RECORD = """
    AND NOT EXISTS (
        SELECT FROM customers_usagesession s
         WHERE (s.customer_id, s.end_user, s.session) = (e.customer_id, e.end_user, e.session)
               AND s.started_at < %(floor)s AND s.ended_at >= e.occurred_at)
"""

# `page_seconds`: from the first page view to the last event, which is what page views took
# together: each lasts until the next, the last one until the session's end.
_SESSIONS = f"""
    {_HELD_SESSIONS}, reach AS MATERIALIZED (
        SELECT customer_id, end_user, session,
               min(started_at) AS started_at, max(ended_at) AS ended_at
          FROM held GROUP BY 1, 2, 3
    ), burst AS (
        {{bursts}}
    ), split AS (
        SELECT *, began - lag(ended) OVER (
                   PARTITION BY customer_id, end_user, session ORDER BY began
               ) >= %(gap)s AS is_split
          FROM burst
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE is_split) OVER (
                   PARTITION BY customer_id, end_user, session ORDER BY began
               ) AS number
          FROM split
    ), new AS MATERIALIZED (
        SELECT customer_id, end_user, session, min(began) AS started_at, max(ended) AS ended_at,
               sum(events) AS events, sum(page_views) AS page_views,
               coalesce(extract(epoch FROM max(ended) - min(first_page)), 0)::float8
                   AS page_seconds
          FROM numbered GROUP BY customer_id, end_user, session, number
    ), same AS (
        SELECT h.id, n.customer_id, n.end_user, n.session, n.started_at
          FROM held h JOIN new n USING (customer_id, end_user, session, started_at)
    ), gone AS (
        DELETE FROM customers_usagesession d USING held h
         WHERE d.id = h.id AND NOT EXISTS (SELECT FROM same s WHERE s.id = h.id)
        RETURNING d.customer_id, d.day
    ), changed AS (
        UPDATE customers_usagesession d
           SET ended_at = n.ended_at, events = n.events, page_views = n.page_views,
               page_seconds = n.page_seconds,
               day = (n.started_at AT TIME ZONE %(zone)s)::date
          FROM held h JOIN new n USING (customer_id, end_user, session, started_at)
         WHERE d.id = h.id
               AND (h.ended_at, h.events, h.page_views, h.page_seconds, h.day) IS DISTINCT FROM
                   (n.ended_at, n.events, n.page_views, n.page_seconds,
                    (n.started_at AT TIME ZONE %(zone)s)::date)
        RETURNING d.customer_id, LEAST(d.day, h.day)
    ), came AS (
        INSERT INTO customers_usagesession
               (customer_id, end_user, session, started_at, ended_at, day, events, page_views,
                page_seconds)
        SELECT n.customer_id, n.end_user, n.session, n.started_at, n.ended_at,
               (n.started_at AT TIME ZONE %(zone)s)::date, n.events, n.page_views, n.page_seconds
          FROM new n WHERE NOT EXISTS (
             SELECT FROM same s WHERE (s.customer_id, s.end_user, s.session, s.started_at)
                                    = (n.customer_id, n.end_user, n.session, n.started_at))
        RETURNING customer_id, day
    )
"""

# All of a day for some customers.
ROLL_UP = f"""
    WITH {_GROUPED}, {_DAYS}, {_SESSIONS}
    SELECT customer_id, min(day) FROM (
        SELECT customer_id, %(day)s::date FROM day_gone
        UNION ALL SELECT customer_id, %(day)s::date FROM day_changed
        UNION ALL SELECT customer_id, %(day)s::date FROM day_came
        UNION ALL SELECT * FROM gone UNION ALL SELECT * FROM changed UNION ALL SELECT * FROM came
    ) AS different (customer_id, day) GROUP BY customer_id
"""
