"""From a file to staged, checked rows: the part that a dry run and a real run share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.blocks import Problem, RowReader
from customers.imports.columns import lines_of
from customers.imports.fields import (
    Appender,
    ColumnReading,
    Day,
    Field,
    Instant,
    Kind,
    Number,
    attribute_key,
)
from customers.imports.files import form_of, opened_on_disk
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.imports.parsing import DateEvidence, DateOrder, DecimalEvidence, DecimalMark
from customers.imports.reading import Table, open_table
from customers.imports.staging import Counts, Stage, batched_text
from customers.models import Import, ImportProblem, Source
from tenants.models import Company

_PROGRESS_EVERY = 20_000
_PIECE = 1 << 16


class NeedsAnswerError(Exception):
    """A column can be read in two ways; `questions` says which and how."""

    def __init__(self, questions: list[str]) -> None:
        super().__init__(" ".join(questions))
        self.questions = questions


@dataclass
class Outcome:
    """What a check found. `problems` are the first ones; `rows_in_error` counts all."""

    rows: int
    rows_in_error: int
    counts: Counts
    problems: list[Problem]
    stage: Stage


def check_file(
    import_: Import, company: Company, *, now: datetime, source: Source | None = None
) -> Outcome:
    """Stages, checks and compares the file's rows; must run in a transaction.

    With the `source` they are going to have, in the run: rows that need not be staged
    (Kind.appender) are stored at once.
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
    if source is not None:
        stage.source_id = source.pk
        stage.is_undoable = True
    with opened_on_disk(import_) as stream:
        import_.tell_progress(gettext_noop("Looking at the columns"), 0.0)
        readings = _find_readings(import_, kind, options, stream, company)
        stream.seek(0)
        reader = _stage_rows(import_, stage, readings, stream)
    import_.tell_progress(gettext_noop("Checking"))
    kind.check(stage)
    stage.drop_bad_rows()
    import_.tell_progress(gettext_noop("Comparing with what is held"))
    kind.compare(stage)
    problems = reader.bad.problems + [
        Problem(p.row_number, import_.mapping.get(p.field, ""), p.value, p.message)
        for p in stage.problems(ImportProblem.MAXIMUM_KEPT)
    ]
    problems.sort(key=lambda problem: problem.row_number)
    return Outcome(
        rows=reader.seen,
        rows_in_error=reader.bad.rows + stage.bad_rows(),
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
    questions = [
        _("Column {column}: {question}.").format(column=column, question=question)
        for column, question in evidence
        if question
    ]
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
    import_: Import, stage: Stage, readings: dict[str, ColumnReading], stream: BinaryIO
) -> RowReader:
    """COPY the rows that can be read; returns what read them."""
    reader = RowReader(import_, stage.kind, open_table(stream, form_of(import_)), readings)

    told = 0

    def tell(seen: int) -> None:
        nonlocal told
        if seen - told >= _PROGRESS_EVERY:
            told = seen
            import_.tell_progress(gettext_noop("Reading rows"), stream.tell() / import_.file_size)

    stage.create()
    blocks = reader.blocks(tell)
    appender = _appender(import_, stage, reader.fields)
    if appender is None:
        stage.copy_text(reader.fields, batched_text(map(lines_of, blocks)))
        return reader
    with TemporaryFile() as left:
        with appender:
            for block in blocks:
                if (rows := appender.append(block)) is not None:
                    left.write(lines_of(rows).encode())
            import_.tell_progress(gettext_noop("Storing"))
            stage.appended = appender.finish()
        left.seek(0)
        stage.copy_text(reader.fields, iter(partial(left.read, _PIECE), b""))
    return reader


def _appender(import_: Import, stage: Stage, fields: Sequence[Field]) -> Appender | None:
    """In the run, unless much of the file was found to be held: it would be stored for nothing."""
    make = stage.kind.appender
    if make is None or stage.source_id is None or import_.unchanged_rows * 10 > import_.rows:
        return None
    return make(stage, [field.name for field in fields])
