"""Which facts are history: from before we were told anything, so known from their own date on."""

from __future__ import annotations

from customers.imports.staging import Stage

# What an import that was taken back had brought counts as never told.
_UNDONE = "(SELECT i.source_id FROM customers_import i WHERE i.state = 'undone')"


def backfilled(stage: Stage, table: str, *, day: str, same: str) -> str:
    """SQL: whether a row being stored in `table` is history. Ask before anything is written.

    It is when its `day` (SQL) is over and nothing was told of such facts before. So it is when an
    import that was taken back told it as history: `same` is SQL that finds that version as `x`.
    """
    if not stage.has_any(f"SELECT FROM {table} x WHERE x.source_id NOT IN {_UNDONE}"):
        is_new = "true"
    elif not stage.is_partial and stage.has_any(f"SELECT FROM {_UNDONE} u"):
        is_new = (
            f"EXISTS (SELECT FROM {table} x WHERE {same} AND x.is_backfilled"
            f" AND x.source_id IN {_UNDONE})"
        )
    else:
        return "false"
    return f"(coalesce({day} < '{stage.today}'::date, false) AND {is_new})"
