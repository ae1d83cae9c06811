"""Storing and removing facts that come row by row: by API, webhook, stream or page.

They go the way of a file's rows: staged, checked, compared, written, in sets. A field that a row
leaves out is kept, null clears it, and a row older than what is held is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.actions.locking import lock_to_remove, lock_to_write
from customers.imports.fields import (
    ATTRIBUTE,
    ColumnReading,
    Day,
    Field,
    Instant,
    Kind,
    attribute_key,
)
from customers.imports.kinds.attribute_names import names_beyond, too_many_names
from customers.imports.options import Options
from customers.imports.parsing import BadValue, shown
from customers.imports.staging import Stage
from customers.models import Source
from customers.usage.assigning import assign_to_written
from tenants.context import current_company
from tenants.jobs import enqueue

ATTRIBUTES = "attributes"
_YEAR_FIRST = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field of a row; `field` empty: with the row."""

    field: str
    message: str


@dataclass
class RowResult:
    """What became of a row: created, updated, unchanged, ignored (older) or error.

    `external_id` is what it is known by, given or made; empty with an error.
    """

    outcome: str
    external_id: str = ""
    problems: list[FieldProblem] = field(default_factory=list)


@transaction.atomic
def store_rows(
    *,
    kind: Kind,
    rows: Sequence[Mapping[str, Any]],
    source: Source,
    is_all_or_nothing: bool = False,
    is_trial: bool = False,
    about: int | None = None,
    now: datetime | None = None,
) -> list[RowResult]:
    """Store rows of {field: value} (JSON's types; dates as ISO 8601); one result per row.

    With `is_all_or_nothing` one row in error keeps all from being stored (the others' results
    then say what would have become of them); with `is_trial` none is ever stored. `about`: our own
    id of the contact that the one row is about, whatever address it says. Raises
    KindBusyError. Queues the recomputing when anything changed.
    """
    company = current_company()
    now = now or timezone.now()
    lock_to_write(kind)
    attribute_keys = _attribute_keys(kind, rows)
    stage = Stage(
        kind=kind,
        mapped=frozenset(f.name for f in kind.fields),
        attribute_keys=attribute_keys,
        options=Options(),
        company=company,
        now=now,
        is_partial=True,
    )
    stage.source_id = source.pk
    stage.about = [about] if about else []
    reader = _Reader(kind, attribute_keys, ColumnReading("", ZoneInfo(company.timezone)))
    reader.names_beyond = names_beyond(attribute_keys)
    results, good = _read_rows(reader, rows)
    stage.create()
    stage.copy(kind.fields, good)
    kind.check(stage)
    for problem in stage.problems(10 * len(rows) + 10):
        result = results[problem.row_number]
        result.outcome = "error"
        result.problems.append(FieldProblem(problem.field, problem.message))
    stage.drop_bad_rows()
    kind.compare(stage)
    _fill_outcomes(results)
    is_any_wrong = any(result.outcome == "error" for result in results)
    if not (is_trial or (is_all_or_nothing and is_any_wrong)):
        kind.write(stage)
        assign_to_written(stage)
        if any(result.outcome in ("created", "updated") for result in results):
            enqueue("metrics.refresh", key="metrics.refresh")
    stage.drop()
    return results


@transaction.atomic
def remove_facts(
    *, kind: Kind, external_ids: Sequence[str] = (), about: Sequence[int] = (), source: Source
) -> None:
    """Close the facts of these ids, and contacts of our own ids (`about`); those that are not held
    are left out.

    Raises KindBusyError, and TypeError for a kind that cannot lose facts.
    """
    if kind.remove is None:
        raise TypeError(f"{kind.label} cannot be removed.")
    company = current_company()
    now = timezone.now()
    lock_to_remove(kind)
    stage = Stage(
        kind=kind,
        mapped=frozenset(),
        attribute_keys=[],
        options=Options(),
        company=company,
        now=now,
    )
    stage.source_id = source.pk
    stage.about = about
    stage.drop()
    stage.execute("CREATE TEMPORARY TABLE import_removal (external_id text) ON COMMIT DROP")
    stage.execute(
        "INSERT INTO import_removal SELECT DISTINCT unnest(%s::text[])", [list(external_ids)]
    )
    kind.remove(stage)
    stage.drop()
    enqueue("metrics.refresh", key="metrics.refresh")


def _attribute_keys(kind: Kind, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every attribute any row speaks of, in a fixed order. Bad names are told row by row."""
    if not kind.takes_attributes:
        return []
    keys: set[str] = set()
    for row in rows:
        attributes = row.get(ATTRIBUTES)
        if isinstance(attributes, Mapping):
            for name in attributes:
                try:
                    keys.add(attribute_key(str(name)))
                except BadValue:
                    continue
    return sorted(keys)


class _Reader:
    """Reads one row after the other into what the stage holds."""

    def __init__(self, kind: Kind, attribute_keys: Sequence[str], reading: ColumnReading) -> None:
        self.kind = kind
        self.attribute_keys = attribute_keys
        self._parsers = {f.name: f.type.parser(reading) for f in kind.fields}
        self._known = {f.name for f in kind.fields}
        self._known |= {ATTRIBUTES} if kind.takes_attributes else set()
        self._keep = ATTRIBUTE.parser(reading)
        self.names_beyond: set[str] = set()

    def read(self, number: int, row: Any) -> tuple[list[Any], list[FieldProblem]]:
        """The staged values (empty with problems) and what is wrong."""
        if not isinstance(row, Mapping):
            return [], [FieldProblem("", _("A row is an object of fields."))]
        problems = [
            FieldProblem(
                str(name), _("There is no field {value} here.").format(value=shown(str(name)))
            )
            for name in row
            if name not in self._known
        ]
        values: list[Any] = [number]
        given: list[str] = []
        for field_ in self.kind.fields:
            value = None
            if field_.name in row:
                given.append(field_.name)
                try:
                    value = self._parsed(field_, row[field_.name])
                except BadValue as error:
                    problems.append(FieldProblem(field_.name, error.message))
            values.append(value)
        values += self._attributes(row.get(ATTRIBUTES), given, problems)
        return ([], problems) if problems else ([*values, given], [])

    def _parsed(self, field_: Field, value: Any) -> Any:
        if value is None:
            return None
        text = json_text(value).strip()
        if not text:
            return None
        if isinstance(field_.type, Day | Instant) and not _YEAR_FIRST.match(text):
            raise BadValue(
                _("{value} is not a date; write it as 2025-12-31").format(value=shown(text))
            )
        return self._parsers[field_.name](text)

    def _attributes(
        self, attributes: Any, given: list[str], problems: list[FieldProblem]
    ) -> list[Any]:
        values: dict[str, Any] = dict.fromkeys(self.attribute_keys)
        if attributes is None:
            return list(values.values())
        if not isinstance(attributes, Mapping):
            problems.append(
                FieldProblem(ATTRIBUTES, _("attributes is an object of names and values"))
            )
            return list(values.values())
        for name, value in attributes.items():
            try:
                key = attribute_key(str(name))
                text = "" if value is None else json_text(value).strip()
                values[key] = self._keep(text) if text else None
                if text and key in self.names_beyond:
                    raise BadValue(too_many_names([key]))
                given.append(f"attribute:{key}")
            except BadValue as error:
                problems.append(FieldProblem(f"{ATTRIBUTES}.{name}", error.message))
        return list(values.values())


def json_text(value: Any) -> str:
    """A JSON scalar as the text a cell would have; raises BadValue for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise BadValue(_("a number is needed, not NaN or infinity"))
        return format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise BadValue(_("a text, number, yes/no or null is needed here"))


def _read_rows(reader: _Reader, rows: Sequence[Any]) -> tuple[list[RowResult], list[list[Any]]]:
    results: list[RowResult] = []
    good: list[list[Any]] = []
    for number, row in enumerate(rows):
        values, problems = reader.read(number, row)
        results.append(RowResult("error" if problems else "", problems=problems))
        if values:
            good.append(values)
    return results, good


def _fill_outcomes(results: list[RowResult]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_number, outcome, external_id FROM import_row")
        for number, outcome, external_id in cursor.fetchall():
            results[number].outcome = outcome
            results[number].external_id = external_id or ""
