"""Who was at work when an erasure began: they may still store what they read before."""

from __future__ import annotations

from django.db import connection

# Each running transaction holds the lock of its own name, from its first statement to its end;
# the name never comes again. Only transactions of our own user can store facts.
_RUNNING = """
    SELECT l.virtualtransaction
      FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'virtualxid' AND l.virtualxid = l.virtualtransaction
           AND a.datname = current_database() AND a.usename = current_user
           AND a.pid <> pg_backend_pid()
     ORDER BY 1
"""


def others_running() -> list[str]:
    """The names of the transactions of the database that run now, but for our own. A transaction
    that begins later sees everything that was committed before this was asked. Costs a query."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        return [name for (name,) in cursor.fetchall()]
