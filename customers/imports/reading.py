"""Reading delimited text: its rows are streamed in bounded memory.

Rows are numbered as a spreadsheet shows them: the header is row 1, an empty line counts.
What makes a file unreadable raises FileProblem; what is wrong with one row comes with the row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO, NamedTuple, cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formatting import format_number
from customers.imports.form import EMPTY, Form
from customers.imports.limits import (
    MAXIMUM_CELL,
    MAXIMUM_COLUMNS,
    MAXIMUM_HEADING,
    MAXIMUM_ROWS,
)
from customers.imports.parsing import shown
from customers.imports.problems import FileProblem
from customers.imports.text_lines import Lines, csv_reader


class Row(NamedTuple):
    """One row. `problem` says why its cells can't be used, about `problem_column`."""

    number: int
    cells: list[str]
    problem: str = ""
    problem_column: str = ""


class PlainRows(NamedTuple):
    """Rows without any fault, the first of them row `number`."""

    number: int
    cells: list[list[str]]


@dataclass(frozen=True)
class Table:
    """A file opened for reading once: its column names, and its rows as a stream: one by one, or
    several in a piece, which costs less. Take either."""

    columns: list[str]
    rows: Iterator[Row]
    pieces: Iterator[Row | PlainRows]


def open_table(stream: BinaryIO, form: Form) -> Table:
    """The header, checked, and the rows of `stream`; raises FileProblem, also while reading."""
    lines = Lines(stream, form)
    records = _records(lines, form)
    number = 0
    header: list[str] = []
    for record in records:
        number, header, _is_short = cast(
            "Record", record
        )  # none are plain before the header is known
        if any(cell.strip() for cell in header):
            break
    else:
        raise FileProblem(_(EMPTY))
    columns = _checked_header(header, number)
    lines.columns = columns
    pieces = _pieces(records, columns)
    return Table(columns, _one_by_one(pieces), pieces)


def _one_by_one(pieces: Iterator[Row | PlainRows]) -> Iterator[Row]:
    for piece in pieces:
        if isinstance(piece, Row):
            yield piece
        else:
            yield from map(Row, count(piece.number), piece.cells)


def _pieces(records: Iterator[Record | PlainRows], columns: list[str]) -> Iterator[Row | PlainRows]:
    width = len(columns)
    is_any = False
    for record in records:
        if isinstance(record, PlainRows):
            _refuse_too_many(record.number + len(record.cells) - 1)
            is_any = True
            yield record
            continue
        number, cells, is_short = record
        _refuse_too_many(number)
        if len(cells) == width and (is_short or len(max(cells, key=len)) <= MAXIMUM_CELL):
            if any(cells):
                is_any = True
                yield Row(number, cells)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        is_any = True
        yield _odd_row(number, cells, columns)
    if not is_any:
        raise FileProblem(
            _("The file has a header but no rows under it. Add them and send it again."), row=1
        )


def _refuse_too_many(number: int) -> None:
    if number > MAXIMUM_ROWS + 1:
        raise FileProblem(
            _("The file has more than {maximum_rows} rows. Split it.").format(
                maximum_rows=format_number(MAXIMUM_ROWS)
            ),
            row=MAXIMUM_ROWS + 2,
        )


def _odd_row(number: int, cells: list[str], columns: list[str]) -> Row:
    width = len(columns)
    if len(cells) < width:
        return Row(
            number,
            cells,
            ngettext(
                "the row has {count} cell and the header {width}; it ends before this column"
                " (is the file cut off?)",
                "the row has {count} cells and the header {width}; it ends before this column"
                " (is the file cut off?)",
                len(cells),
            ).format(count=len(cells), width=width),
            columns[len(cells)],
        )
    if any(cell.strip() for cell in cells[width:]):
        return Row(
            number,
            cells[:width],
            ngettext(
                "the row has {count} cell and the header {width}; the first too many is {value}"
                " (is a quote missing?)",
                "the row has {count} cells and the header {width}; the first too many is {value}"
                " (is a quote missing?)",
                len(cells),
            ).format(
                count=len(cells),
                width=width,
                value=shown(next(c for c in cells[width:] if c.strip())),
            ),
            columns[-1],
        )
    cells = cells[:width]
    longest = max(range(width), key=lambda index: len(cells[index]))
    if len(cells[longest]) > MAXIMUM_CELL:
        problem = _("the cell has {count} characters; up to {maximum} fit").format(
            count=format_number(len(cells[longest])), maximum=format_number(MAXIMUM_CELL)
        )
        return Row(number, cells, problem, columns[longest])
    return Row(number, cells)


def _checked_header(header: Sequence[str], number: int) -> list[str]:
    columns = [" ".join(cell.split()) for cell in header]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > MAXIMUM_COLUMNS:
        raise FileProblem(
            _(
                "The file has {count} columns; up to {maximum_columns} can be read. Take out "
                "those that aren't needed."
            ).format(count=format_number(len(columns)), maximum_columns=MAXIMUM_COLUMNS),
            row=number,
            column=columns[MAXIMUM_COLUMNS],
        )
    seen: dict[str, int] = {}
    for position, name in enumerate(columns, start=1):
        if not name:
            raise FileProblem(
                _("Column {position} has no name in the header. Name it, or take it out.").format(
                    position=position
                ),
                row=number,
            )
        if len(name) > MAXIMUM_HEADING:
            raise FileProblem(
                _(
                    "The name of column {position} is longer than {maximum_heading} characters. "
                    "Shorten it."
                ).format(position=position, maximum_heading=MAXIMUM_HEADING),
                row=number,
                column=shown(name),
            )
        if name.casefold() in seen:
            raise FileProblem(
                _("Columns {seen} and {position} have the same name. Rename one.").format(
                    seen=seen[name.casefold()], position=position
                ),
                row=number,
                column=name,
            )
        seen[name.casefold()] = position
    return columns


# A record's number, its cells, and whether none of them can be longer than MAXIMUM_CELL.
Record = tuple[int, list[str], bool]


def _records(lines: Lines, form: Form) -> Iterator[Record | PlainRows]:
    """Numbered records, the csv module's errors put into words with row and column."""
    reader = csv_reader(lines.feed(), form)
    number = form.skipped
    while True:
        if lines.fed == reader.line_num and (plain := lines.plain_rows()):
            yield PlainRows(number + 1, plain)
            number += len(plain)
            continue
        number += 1
        lines.row = number
        lines.begins = begins = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise lines.quote_problem(reader.line_num) from None
        yield number, cells, lines.are_short and reader.line_num - begins == 1
