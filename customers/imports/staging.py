"""Rows of one file in a temporary table, and the set-based steps over them.

Everything lives within one transaction: the tables go when it ends.
`import_row` has `row_number`, the kind's fields, one column `a0`, `a1`... per attribute, and what
`compare` fills in: `held_id` and `outcome` (one of OUTCOMES). `given` names the fields a row says
something about, where rows differ in that (`Stage.is_partial`); in a file it is what is mapped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from customers.imports.fields import Field, Kind
from customers.imports.options import Options
from customers.imports.references import KNOWN_CUSTOMERS, unknown_customer
from customers.wording import in_sql
from tenants.models import Company

OUTCOMES = ("created", "updated", "unchanged", "ignored")
MANY_ROWS = 1_000
Params = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """`ignored`: older than what is held."""

    created: int
    updated: int
    unchanged: int
    ignored: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.ignored + other.ignored,
        )


@dataclass(frozen=True)
class StagedProblem:
    row_number: int
    field: str
    value: str
    message: str


@dataclass(frozen=True)
class Notice:
    """What is good to know about rows that are not in error: how many, and the first ones."""

    text: str
    count: int
    rows: list[int]


class Stage:
    """The staged rows of one import and what its kind's steps need to know.

    `now` and `today` (the company's) are the instant and day facts are recorded at;
    `source_id` is set before `write`. `is_undoable`: what is overwritten is kept (`keep_former`).
    `appended`: what was stored without having been staged (Kind.appender). `about`: our own ids of
    what the one row, or a removal, is about, where who asks knows them (contacts only).
    """

    def __init__(
        self,
        *,
        kind: Kind,
        mapped: frozenset[str],
        attribute_keys: Sequence[str],
        options: Options,
        company: Company,
        now: dt.datetime,
        is_partial: bool = False,
    ) -> None:
        self.kind = kind
        self.mapped = mapped
        self.attribute_keys = list(attribute_keys)
        self.options = options
        self.currency = company.currency
        self.zone = company.timezone
        self.now = now
        self.today = company.today(now)
        self.is_partial = is_partial
        self.source_id: int | None = None
        self.is_undoable = False
        self.appended = Counts(0, 0, 0)
        self.about: Sequence[int] = ()
        self.shown_at: dict[str, str] = {}
        self.notices: list[Notice] = []

    def create(self) -> None:
        self.drop()
        self._create_rows()
        self.execute(
            "CREATE TEMPORARY TABLE import_problem (id bigint GENERATED ALWAYS AS IDENTITY,"
            " row_number bigint, field text, value text, message text) ON COMMIT DROP"
        )

    def _create_rows(self) -> None:
        columns = "".join(f', "{f.name}" {f.type.sql_type}' for f in self.kind.fields)
        columns += "".join(f", a{n} text" for n in range(len(self.attribute_keys)))
        self.execute(
            f"CREATE TEMPORARY TABLE import_row (row_number bigint{columns},"
            " given text[], held_id bigint, outcome text) ON COMMIT DROP"
        )

    def become(self, kind: Kind, *, mapped: frozenset[str], shown_at: Mapping[str, str]) -> None:
        """Go on as another kind, with an empty `import_row` of its fields; see adapters.

        `shown_at`: {its field: the field of the file that problems with it are told about}.
        """
        self.kind = kind
        self.mapped = mapped
        self.shown_at = dict(shown_at)
        self._create_rows()

    def drop(self) -> None:
        """Needed only where a second import follows in one transaction, as in a test."""
        self.execute(
            "DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_problem,"
            " pg_temp.import_attribute, pg_temp.import_held, pg_temp.import_line,"
            " pg_temp.import_term, pg_temp.import_new, pg_temp.import_removal,"
            " pg_temp.import_former, pg_temp.import_said"
        )

    def copy(self, fields: Sequence[Field], rows: Iterable[Sequence[Any]]) -> None:
        """COPY rows of (row number, the fields' values, the attributes' values), and of partial
        rows the names of the fields given."""
        names = ["row_number", *(f'"{f.name}"' for f in fields)]
        names += [f"a{n}" for n in range(len(self.attribute_keys))]
        names += ["given"] if self.is_partial else []
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY import_row ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("ANALYZE import_row")

    def copy_text(self, fields: Sequence[Field], pieces: Iterable[bytes]) -> None:
        """`copy` of complete rows that are COPY's text already (customers.imports.columns)."""
        names = ["row_number", *(f'"{f.name}"' for f in fields)]
        names += [f"a{n}" for n in range(len(self.attribute_keys))]
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY import_row ({', '.join(names)}) FROM STDIN") as copy:
                for piece in pieces:
                    copy.write(piece)
            # Not of JSON: its statistics take long and help nothing.
            plain = [f'"{f.name}"' for f in fields if f.type.sql_type != "jsonb"]
            cursor.execute(f"ANALYZE import_row (row_number, {', '.join(plain)})")

    def execute(self, sql: str, params: Params = ()) -> int:
        """Runs one statement; returns how many rows it touched."""
        with connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return int(cursor.rowcount)

    def analyze(self, *tables: str) -> None:
        """Tell the planner how many rows there are now; else it takes thousands for a few."""
        for table in tables:
            self.execute(f"ANALYZE {table}")

    def analyze_after(self, created: int, table: str) -> None:
        """The same for a table of facts that so many rows came to, where they may be a good part
        of it. A few are not worth the time it takes on a large table."""
        if created >= MANY_ROWS:
            self.analyze(table)

    def has_any(self, sql: str, params: Params = ()) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS ({sql})", params or None)
            row = cursor.fetchone()
        return bool(row and row[0])

    def value(self, name: str, *, held: str, default: str, given: str = "") -> str:
        """SQL for a field of `r`: what the row says, else (not given) what is held, else
        `default`. An empty cell of a mapped column is the default: it clears what is held.

        `given`: SQL of what the row says, where that is not the staged value itself.
        """
        column = f'r."{name}"'
        return f"coalesce({self.said(name, given or column, held)}, {default})"

    def said(self, name: str, given: str, held: str) -> str:
        """SQL: `given` where the row says something about the field, else `held`."""
        if self.is_partial:
            return f"CASE WHEN '{name}' = ANY(r.given) THEN {given} ELSE {held} END"
        return given if name in self.mapped else held

    def note(self, field: str, *, value: str, message: str, found: str, params: Params = ()) -> int:
        """Notes a problem for each row `r` of `found` (SQL from FROM on).

        `value` and `message` are SQL expressions. Rows noted are dropped by `drop_bad_rows`.
        """
        return self.execute(
            "INSERT INTO import_problem (row_number, field, value, message)"
            f" SELECT r.row_number, '{field}', ({value})::text, {message} {found}",
            params,
        )

    def tell(self, text: str, *, found: str, params: Params = ()) -> None:
        """Have `text` shown with the rows `r` of `found` (SQL from FROM on), if there are any."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), (array_agg(x.row_number ORDER BY x.row_number))[:20]"  # noqa: S608
                f" FROM (SELECT DISTINCT r.row_number {found}) x",
                params or None,
            )
            count, rows = cursor.fetchone()
        if count:
            self.notices.append(Notice(text, count, rows))

    def note_duplicates(self, *by: str, field: str, message: str, where: str = "true") -> None:
        """Notes rows that repeat an earlier row's `by` (SQL over `import_row`). `message` is a
        text, in the language in force, with `{row}` for that row's number."""
        keys = ", ".join(by)
        self.note(
            field,
            value=f'r."{field}"',
            message=in_sql(message, row="r.first_row"),
            found=f"""
                FROM (SELECT *, min(row_number) OVER (PARTITION BY {keys}) AS first_row
                        FROM import_row WHERE {where}) r
                WHERE r.row_number <> r.first_row""",  # noqa: S608 - built from constants
        )

    def note_unknown_customers(self) -> None:
        """Notes rows whose `customer` is none that is held."""
        self.note(
            "customer",
            value="r.customer",
            message=unknown_customer(self),
            found=f"""
                FROM import_row r
                LEFT JOIN {KNOWN_CUSTOMERS} c ON c.external_id = r.customer
                WHERE c.id IS NULL AND r.customer IS NOT NULL""",
        )

    def drop_bad_rows(self) -> None:
        self.execute(
            "DELETE FROM import_row r USING import_problem p WHERE p.row_number = r.row_number"
        )

    def note_missing(self) -> None:
        """Notes partial rows that lack what is required and would be created, or clear it. Call
        it when `held_id` is set."""
        for field in self.kind.required:
            self.note(
                field.name,
                value="NULL",
                message=in_sql(_("this is required")),
                found=f"""
                    FROM import_row r WHERE r."{field.name}" IS NULL
                    AND (r.held_id IS NULL OR '{field.name}' = ANY(r.given))""",
            )

    def keep_former(self, table: str, columns: Sequence[str]) -> None:
        """Call it before the rows `held_id` of a table without versions are overwritten, with
        the columns that may be. `store_former` then keeps what they held, for an undo."""
        if not self.is_undoable:
            return
        self.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS import_former"
            ' ("table" text, columns text[], row_id bigint, held jsonb) ON COMMIT DROP'
        )
        self.execute(
            f"""
            INSERT INTO import_former SELECT %s, %s::text[], h.id, to_jsonb(h)
              FROM import_row r JOIN {table} h ON h.id = r.held_id
             WHERE r.outcome = 'updated'
            """,  # noqa: S608 - built from constants
            [table, list(columns)],
        )

    def store_former(self) -> None:
        """After `write`: one FormerValue per row that was overwritten, with the columns that
        differ, {column: [what it held, what it holds now]}."""
        if not self.is_undoable or not self.has_any(
            "SELECT FROM pg_class WHERE oid = to_regclass('pg_temp.import_former')"
        ):
            return
        with connection.cursor() as cursor:
            cursor.execute('SELECT DISTINCT "table" FROM import_former')
            tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            self.execute(
                f"""
                INSERT INTO customers_formervalue (source_id, "table", row_id, "values")
                SELECT %s, f."table", f.row_id,
                       jsonb_object_agg(c.name, jsonb_build_array(f.held -> c.name,
                                                                  n.row -> c.name))
                  FROM import_former f
                  JOIN (SELECT id, to_jsonb(t) AS row FROM {table} t) n ON n.id = f.row_id
                 CROSS JOIN LATERAL unnest(f.columns) AS c (name)
                 WHERE f."table" = %s AND f.held -> c.name IS DISTINCT FROM n.row -> c.name
                 GROUP BY f."table", f.row_id
                """,  # noqa: S608 - built from constants
                [self.source_id, table],
            )

    def counts(self) -> Counts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT outcome, count(*) FROM import_row GROUP BY outcome")
            found = dict(cursor.fetchall())
        if set(found) - set(OUTCOMES):
            raise RuntimeError(f"{self.kind.key} left rows without an outcome: {found}")
        return self.appended + Counts(*(found.get(outcome, 0) for outcome in OUTCOMES))

    def bad_rows(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT row_number) FROM import_problem")
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def problems(self, limit: int) -> list[StagedProblem]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row_number, field, coalesce(value, ''), message FROM import_problem"
                " ORDER BY row_number, id LIMIT %s",
                [limit],
            )
            return [
                StagedProblem(number, self.shown_at.get(name, name), value, message)
                for number, name, value, message in cursor.fetchall()
            ]


def batched_text(lines: Iterable[str], size: int = 1 << 16) -> Iterator[bytes]:
    """The lines (one or several in a text) joined to pieces of about so many characters."""
    waiting: list[str] = []
    length = 0
    for text in lines:
        waiting.append(text)
        length += len(text)
        if length >= size:
            yield "".join(waiting).encode()
            waiting, length = [], 0
    if waiting:
        yield "".join(waiting).encode()
