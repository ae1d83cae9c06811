"""Tables filled anew beside the old ones, which everybody goes on reading, and put in their place.

Indexes are made several times as fast of rows that are there than row by row, and a table made in
the same transaction leaves no dead rows behind.

The fresh tables have the names of the old ones, in a schema that is there for the length of the
transaction and goes first in its search path: whoever reads in this transaction reads them.
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
PATH = "search_path"

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
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
    ORDER BY attnum
"""


class Fresh:
    """Fresh tables in the place of `tables`: `make`, fill, `finish`, read, `put_in_place`.

    All in one transaction, in which nothing may follow: others wait for its end from then on.
    """

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = tables
        ((self._home, self._path),) = _rows("SELECT current_schema(), current_setting(%s)", PATH)
        self._schema = f"{self._home}{SUFFIX}"

    def make(self) -> None:
        """Empty tables with the same columns and checks, which are read and written from now on
        in place of the old ones."""
        self._run("CREATE SCHEMA {schema}")
        for table in self.tables:
            self._run("CREATE TABLE {fresh} (LIKE {old} INCLUDING ALL EXCLUDING INDEXES)", table)
        self._run(f"SET LOCAL search_path TO {{schema}}, {self._path}")

    def finish(self) -> None:
        """Give them the indexes of the old ones, and statistics."""
        for table in self.tables:
            old = self._old(table)
            for name, definition, is_unique in _rows(INDEXES, old):
                self._run(
                    "CREATE {unique} INDEX {name} ON {fresh} USING {definition}",
                    table,
                    unique=SQL("UNIQUE" if is_unique else ""),
                    name=Identifier(name),
                    definition=SQL(definition.split(" USING ", 1)[1]),
                )
            for name, kind in _rows(CONSTRAINTS, old):
                self._run(
                    "ALTER TABLE {fresh} ADD CONSTRAINT {name} {kind} USING INDEX {name}",
                    table,
                    name=Identifier(name),
                    kind=SQL(kind),
                )
            for privilege, is_grantable, grantee in _rows(GRANTS, old):
                option = "WITH GRANT OPTION" if is_grantable else ""
                self._run(f"GRANT {privilege} ON {{fresh}} TO {grantee} {option}", table)
            self._run("ANALYZE {fresh}", table)

    def put_in_place(self) -> None:
        """Let them take the place of the old ones. Where that cannot be had soon, because somebody
        has been reading those for long, the rows of the old ones are replaced instead."""
        ((schema,),) = _rows("SELECT current_schema()")
        if schema != self._schema:
            raise RuntimeError("The search path was set meanwhile, so other tables were read.")
        try:
            with transaction.atomic():
                self._swap()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in ("55P03", "40P01"):
                raise
            self._replace_rows()
        self._run("DROP SCHEMA {schema}")
        self._run(f"SET LOCAL search_path TO {self._path}")

    def _swap(self) -> None:
        self._run("SET LOCAL lock_timeout = {patience}", patience=Literal(PATIENCE_MS))
        olds = SQL(", ").join(Identifier(self._home, table) for table in self.tables)
        self._run("LOCK TABLE {olds} IN ACCESS EXCLUSIVE MODE", olds=olds)
        self._run("SET LOCAL lock_timeout TO DEFAULT")
        for table in self.tables:
            self._run("DROP TABLE {old}", table)
            self._run("ALTER TABLE {fresh} SET SCHEMA {home}", table)

    def _replace_rows(self) -> None:
        for table in self.tables:
            names = [name for (name,) in _rows(COLUMNS, self._old(table))]
            columns = SQL(", ").join(map(Identifier, names))
            self._run("DELETE FROM {old}", table)
            self._run(
                "INSERT INTO {old} ({columns}) SELECT {columns} FROM {fresh}",
                table,
                columns=columns,
            )
            self._run("DROP TABLE {fresh}", table)

    def _old(self, table: str) -> str:
        return f"{self._home}.{table}"

    def _run(
        self, statement: str, table: str = "", **names: Composed | SQL | Identifier | Literal
    ) -> None:
        """A statement that the tables `{old}` and `{fresh}` and the schemas `{home}` and
        `{schema}` stand in, besides `names`."""
        known = {
            "old": Identifier(self._home, table),
            "fresh": Identifier(self._schema, table),
            "home": Identifier(self._home),
            "schema": Identifier(self._schema),
        }
        with connection.cursor() as cursor:
            cursor.execute(SQL(statement).format(**known, **names))


def _rows(query: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
