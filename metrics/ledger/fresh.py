"""Tables filled anew beside the old ones, which everybody goes on reading, and put in their place.

Indexes are made several times as fast of rows that are there than row by row, and a table made in
the same transaction leaves no dead rows behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.sql import SQL, Composed, Identifier, Literal

PATIENCE_MS = 2000
"""How long to wait for those who read the old tables; new readers wait behind us meanwhile.

More than the second after which PostgreSQL ends its own vacuum in favour of others.
"""

SUFFIX = "_fresh"

CONSTRAINTS = """
    SELECT conname, CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END
    FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype IN ('u', 'p')
    ORDER BY conname
"""
INDEXES = """
    SELECT pg_class.relname, pg_get_indexdef(pg_class.oid), indisunique
    FROM pg_index JOIN pg_class ON pg_class.oid = pg_index.indexrelid
    WHERE indrelid = %s::regclass
    ORDER BY pg_class.relname
"""
GRANTS = """
    SELECT privilege_type, is_grantable, CASE WHEN grantee = 0 THEN 'PUBLIC'
        ELSE quote_ident(pg_get_userbyid(grantee)) END
    FROM pg_class CROSS JOIN LATERAL aclexplode(relacl)
    WHERE oid = %s::regclass AND grantee <> relowner
"""
SEQUENCES = """
    SELECT attname, relname
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = pg_get_serial_sequence(%s, attname)::regclass
    WHERE attrelid = %s::regclass AND attidentity <> ''
"""
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
    ORDER BY attnum
"""


class Fresh:
    """Fresh tables in the place of `tables`: `make`, fill, `finish`, `put_in_place`.

    All in one transaction, in which nothing may follow: others wait for its end.
    """

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = tables

    def make(self) -> list[str]:
        """Empty tables with the same columns and checks; their names."""
        for table in self.tables:
            _run("CREATE TABLE {fresh} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)", table)
        return [table + SUFFIX for table in self.tables]

    def finish(self) -> None:
        """Give them the indexes of the old ones, and statistics."""
        for table in self.tables:
            for name, definition, is_unique in _rows(INDEXES, table):
                _run(
                    "CREATE {unique} INDEX {index} ON {fresh} USING {definition}",
                    table,
                    unique=SQL("UNIQUE" if is_unique else ""),
                    index=Identifier(_beside(name)),
                    definition=SQL(definition.split(" USING ", 1)[1]),
                )
            _run("ANALYZE {fresh}", table)

    def put_in_place(self) -> None:
        """Let them take the place of the old ones. Where that cannot be had soon, because somebody
        has been reading those for long, the rows of the old ones are replaced instead."""
        try:
            with transaction.atomic():
                self._swap()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in ("55P03", "40P01"):
                raise
            self._replace_rows()

    def _swap(self) -> None:
        _run("SET LOCAL lock_timeout = {patience}", patience=Literal(PATIENCE_MS))
        names = SQL(", ").join(map(Identifier, self.tables))
        _run("LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE", names=names)
        _run("SET LOCAL lock_timeout TO DEFAULT")
        for table in self.tables:
            constraints = _rows(CONSTRAINTS, table)
            indexes = [name for name, *_ in _rows(INDEXES, table)]
            sequences = dict(_rows(SEQUENCES, table, table))
            for privilege, is_grantable, grantee in _rows(GRANTS, table):
                option = "WITH GRANT OPTION" if is_grantable else ""
                _run(f"GRANT {privilege} ON {{fresh}} TO {grantee} {option}", table)
            _run("DROP TABLE {table}", table)
            _run("ALTER TABLE {fresh} RENAME TO {table}", table)
            for column, fresh_name in _rows(SEQUENCES, table, table):
                _run(
                    "ALTER SEQUENCE {fresh_name} RENAME TO {name}",
                    fresh_name=Identifier(fresh_name),
                    name=Identifier(sequences[column]),
                )
            for name in indexes:
                _run(
                    "ALTER INDEX {fresh_name} RENAME TO {name}",
                    fresh_name=Identifier(_beside(name)),
                    name=Identifier(name),
                )
            for name, kind in constraints:
                _run(
                    "ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}",
                    table,
                    name=Identifier(name),
                    kind=SQL(kind),
                )

    def _replace_rows(self) -> None:
        for table in self.tables:
            columns = SQL(", ").join(Identifier(name) for (name,) in _rows(COLUMNS, table))
            _run("DELETE FROM {table}", table)
            _run(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM {fresh}",
                table,
                columns=columns,
            )
            _run("DROP TABLE {fresh}", table)


def _beside(name: str) -> str:
    """A name for the fresh one of something; PostgreSQL keeps 63 bytes of it."""
    return name[: 63 - len(SUFFIX)] + SUFFIX


def _run(statement: str, table: str = "", **names: Composed | SQL | Identifier | Literal) -> None:
    """A statement that `{table}` and `{fresh}` stand in, besides `names`."""
    known = {"table": Identifier(table), "fresh": Identifier(table + SUFFIX)}
    with connection.cursor() as cursor:
        cursor.execute(SQL(statement).format(**known, **names))


def _rows(query: str, *tables: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, tables)
        return list(cursor.fetchall())
