"""From a file to staged, checked rows: the part that a dry run and a real run share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from customers.imports.columns import BLOCK, block_maker, column_maker_of
from customers.imports.defusing import undefused
from customers.imports.fields import (
    ATTRIBUTE,
    ColumnReading,
    Day,
    Field,
    Instant,
    Kind,
    Number,
    Parser,
    Value,
    attribute_key,
)
from customers.imports.files import form_of, opened_on_disk
from customers.imports.kinds import KINDS
from customers.imports.lines import Reader, line_maker, maker_of
from customers.imports.options import Options
from customers.imports.parsing import (
    BadValue,
    DateEvidence,
    DateOrder,
    DecimalEvidence,
    DecimalMark,
)
from customers.imports.reading import Row, Table, open_table
from customers.imports.staging import Counts, Stage
from customers.imports.xlsx import ERRORS
from customers.imports.zones import in_zone_of
from customers.models import Import, ImportProblem
from tenants.models import Company

_PROGRESS_EVERY = 20_000


class NeedsAnswerError(Exception):
    """A column can be read in two ways; `questions` says which and how."""

    def __init__(self, questions: list[str]) -> None:
        super().__init__(" ".join(questions))
        self.questions = questions


@dataclass(frozen=True)
class Problem:
    row_number: int
    column: str
    value: str
    message: str


@dataclass
class Outcome:
    """What a check found. `problems` are the first ones; `rows_in_error` counts all."""

    rows: int
    rows_in_error: int
    counts: Counts
    problems: list[Problem]
    stage: Stage


@dataclass
class _Bad:
    """Rows that could not be read: all counted, the first ones kept."""

    rows: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, found: Sequence[Problem]) -> None:
        self.rows += 1
        if len(self.problems) < ImportProblem.MAXIMUM_KEPT:
            self.problems += found


def check_file(import_: Import, company: Company, *, now: datetime) -> Outcome:
    """Stages, checks and compares the file's rows; must run in a transaction.

    Raises FileProblem, and NeedsAnswerError where a column's dates or decimals could be read
    both ways and `options` don't say how.
    """
    kind = KINDS[import_.kind]
    options = Options.from_json(import_.options)
    stage = Stage(
        kind=kind,
        mapped=frozenset(import_.mapping),
        attribute_keys=[attribute_key(column) for column in import_.attributes],
        options=options,
        company=company,
        now=now,
    )
    with opened_on_disk(import_) as stream:
        import_.tell_progress("Looking at the columns", 0.0)
        readings = _find_readings(import_, kind, options, stream, company)
        stream.seek(0)
        bad = _Bad()
        rows = _stage_rows(import_, stage, readings, stream, bad)
    import_.tell_progress("Checking")
    kind.check(stage)
    stage.drop_bad_rows()
    import_.tell_progress("Comparing with what is held")
    kind.compare(stage)
    problems = bad.problems + [
        Problem(p.row_number, import_.mapping.get(p.field, ""), p.value, p.message)
        for p in stage.problems(ImportProblem.MAXIMUM_KEPT)
    ]
    problems.sort(key=lambda problem: problem.row_number)
    return Outcome(
        rows=rows,
        rows_in_error=bad.rows + stage.bad_rows(),
        counts=stage.counts(),
        problems=problems[: ImportProblem.MAXIMUM_KEPT],
        stage=stage,
    )


def _find_readings(
    import_: Import, kind: Kind, options: Options, stream: BinaryIO, company: Company
) -> dict[str, ColumnReading]:
    """How each mapped column is read. One pass over the file, if anything must be found out and
    no check has yet; kept on the import for the run."""
    zone = ZoneInfo(company.timezone)
    currency = "" if "currency" in import_.mapping else company.currency
    dates: dict[str, DateEvidence] = {}
    decimals: dict[str, DecimalEvidence] = {}
    for name, column in import_.mapping.items():
        field_type = kind.field(name).type
        if isinstance(field_type, Day | Instant) and options.date_order is None:
            dates[column] = DateEvidence()
        if isinstance(field_type, Number) and options.decimal_mark is None:
            decimals[column] = DecimalEvidence()
    if import_.readings:
        return _held_readings(import_, zone, currency)
    if dates or decimals:
        _collect(open_table(stream, form_of(import_)), dates, decimals)
    evidence: list[tuple[str, str]] = [(c, e.question) for c, e in dates.items()]
    evidence += [(c, e.question) for c, e in decimals.items()]
    questions = [f"Column {column}: {question}." for column, question in evidence if question]
    if questions:
        raise NeedsAnswerError(questions)
    fallback = ColumnReading(currency, zone)
    found = {
        column: ColumnReading(
            currency,
            zone,
            options.date_order
            or (dates[column].order if column in dates else None)
            or fallback.date_order,
            options.decimal_mark
            or (decimals[column].mark if column in decimals else None)
            or fallback.decimal_mark,
        )
        for column in import_.mapping.values()
    }
    import_.readings = {
        column: [reading.date_order, reading.decimal_mark] for column, reading in found.items()
    }
    return found


def _held_readings(import_: Import, zone: ZoneInfo, currency: str) -> dict[str, ColumnReading]:
    """What the check found, so that the run need not look again: the file is the same."""
    return {
        column: ColumnReading(currency, zone, DateOrder(order), DecimalMark(mark))
        for column, (order, mark) in import_.readings.items()
    }


def _collect(
    table: Table, dates: dict[str, DateEvidence], decimals: dict[str, DecimalEvidence]
) -> None:
    feeds: dict[str, Callable[[str], None]] = {c: e.feed for c, e in dates.items()}
    feeds |= {c: e.feed for c, e in decimals.items()}
    places = [(table.columns.index(column), feed) for column, feed in feeds.items()]
    for row in table.rows:
        if not row.problem:
            for index, feed in places:
                value = row.cells[index].strip()
                if value:
                    feed(value)


def _stage_rows(
    import_: Import,
    stage: Stage,
    readings: dict[str, ColumnReading],
    stream: BinaryIO,
    bad: _Bad,
) -> int:
    """COPY the rows that can be read; returns how many rows there are in all."""
    table = open_table(stream, form_of(import_))
    places = [
        _Place(
            kind_field,
            column,
            table.columns.index(column),
            kind_field.type.parser(in_zone_of(column, kind_field, readings[column])),
        )
        for kind_field in stage.kind.fields
        if (column := import_.mapping.get(kind_field.name)) is not None
    ]
    keep = ATTRIBUTE.parser(next(iter(readings.values())))
    extra = [(table.columns.index(column), column) for column in import_.attributes]
    made = [(p.index, p.field.type, _reader(p), p.field.is_required) for p in places] + [
        (index, ATTRIBUTE, _attribute_reader(keep), False) for index, _ in extra
    ]
    makers = [maker_of(of, read, is_required=required) for _, of, read, required in made]
    line = line_maker([(one[0], maker) for one, maker in zip(made, makers, strict=True)])
    block = block_maker(
        [
            (index, column_maker_of(of, maker, is_required=required))
            for (index, of, _, required), maker in zip(made, makers, strict=True)
        ]
    )
    seen = 0

    def one_by_one(rows: Sequence[Row]) -> Iterator[str]:
        for row in rows:
            try:
                text = "" if row.problem else line(row.number, row.cells)
            except BadValue:
                text = ""
            if text:
                yield text
            else:  # Again, for all that is wrong with the row.
                bad.add(_read(row, places, extra, keep)[1])

    def good_lines() -> Iterator[str]:
        nonlocal seen
        while rows := list(islice(table.rows, BLOCK)):
            if seen // _PROGRESS_EVERY != (seen := seen + len(rows)) // _PROGRESS_EVERY:
                import_.tell_progress("Reading rows", stream.tell() / import_.file_size)
            numbers, cells, problems, _ = zip(*rows, strict=True)
            try:
                text = "" if any(problems) else block(numbers, cells)
            except BadValue:
                text = ""
            if text:
                yield text
            else:
                yield from one_by_one(rows)

    stage.create()
    stage.copy_lines([place.field for place in places], good_lines())
    return seen


@dataclass(frozen=True)
class _Place:
    """Where a field is found in a row and how it is read."""

    field: Field
    column: str
    index: int
    parse: Parser


def _reader(place: _Place) -> Reader:
    """How one cell of a field is read; as in `_read`, which says what is wrong with a whole row."""

    def read(cell: str) -> Value | None:
        text = cell.strip()
        if text[:1] == "'":
            text = undefused(text)
        if not text:
            if place.field.is_required:
                raise BadValue("the cell is empty")
            return None
        if text[0] == "#" and text in ERRORS:
            raise BadValue(ERRORS[text])
        return place.parse(text)

    return read


def _attribute_reader(keep: Parser) -> Reader:
    def read(cell: str) -> Value | None:
        text = undefused(cell.strip())
        return keep(text) if text else None

    return read


def _read(
    row: Row, places: Sequence[_Place], extra: Sequence[tuple[int, str]], keep: Parser
) -> tuple[list[Any], list[Problem]]:
    """The staged values of a row, or what is wrong with it."""
    if row.problem:
        return [], [Problem(row.number, row.problem_column, "", row.problem)]
    values: list[Any] = [row.number]
    problems: list[Problem] = []
    for place in places:
        text = row.cells[place.index].strip()
        if text[:1] == "'":
            text = undefused(text)
        try:
            if text:
                if text[0] == "#" and text in ERRORS:
                    raise BadValue(ERRORS[text])
                values.append(place.parse(text))
            elif place.field.is_required:
                raise BadValue("the cell is empty")
            else:
                values.append(None)
        except BadValue as error:
            problems.append(Problem(row.number, place.column, text[:200], error.message))
    for index, column in extra:
        text = undefused(row.cells[index].strip())
        try:
            values.append(keep(text) if text else None)
        except BadValue as error:
            problems.append(Problem(row.number, column, text[:200], error.message))
    return values, problems
