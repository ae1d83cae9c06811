"""Reading delimited text: its form is found, its rows are streamed in bounded memory.

Rows are numbered as a spreadsheet shows them: the header is row 1, an empty line counts.
What makes a file unreadable raises FileProblem; what is wrong with one row comes with the row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO, NamedTuple, Protocol, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.formatting import format_number
from customers.imports.encoding import UTF8, label_of
from customers.imports.limits import (
    MAXIMUM_CELL,
    MAXIMUM_COLUMNS,
    MAXIMUM_HEADING,
    MAXIMUM_LINE,
    MAXIMUM_ROWS,
)
from customers.imports.parsing import shown
from customers.imports.quoting import (
    DELIMITERS,
    cell_at,
    find_delimiter,
    find_quote,
    find_quote_fault,
)

DELIMITER_LABELS = {
    ",": gettext_noop("comma"),
    ";": gettext_noop("semicolon"),
    "\t": gettext_noop("tab"),
    "|": gettext_noop("vertical bar"),
}
_HEAD_CHARACTERS = 64 * 1024
_BLOCK = 64 * 1024
_NOT_TEXT = {
    b"PK\x03\x04": gettext_noop("The file is a zip archive; unpack it first."),
    b"\xd0\xcf\x11\xe0": gettext_noop("The file is an old Excel workbook; save it as CSV."),
    b"%PDF": gettext_noop("The file is a PDF; save the table as CSV."),
    b"\x1f\x8b": gettext_noop("The file is compressed (gzip); unpack it first."),
}


class FileProblem(Exception):
    """A file that can't be read; `row` and `column` say where, where that is known."""

    def __init__(self, message: str, *, row: int | None = None, column: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column

    def __str__(self) -> str:
        return located(self.message, self.row, self.column)


def located(message: str, row: int | None, column: str) -> str:
    """`message` with its place in front: `Row 12, column joined: ...`."""
    if row is None:
        return located_in(message, column) if column else message
    if not column:
        return _("Row {row}: {message}").format(row=row, message=message)
    return _("Row {row}, column {column}: {message}").format(
        row=row, column=column, message=message
    )


def located_in(message: str, column: str) -> str:
    return _("Column {column}: {message}").format(column=column, message=message)


_EMPTY = gettext_noop(
    "The file is empty. Send one with the columns' names in its first row and data below."
)


@dataclass(frozen=True)
class Form:
    """How a file writes its rows. `skipped`: lines before the header (Excel's `sep=;`)."""

    encoding: str = UTF8
    delimiter: str = ","
    quote: str = '"'
    skipped: int = 0

    def in_words(self) -> str:
        return _("{encoding}, {delimiter} separated").format(
            encoding=label_of(self.encoding), delimiter=_(DELIMITER_LABELS[self.delimiter])
        )


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


def find_form(head: bytes, encoding: str) -> Form:
    """The form of a file that begins with `head`; raises FileProblem when it is no table."""
    for magic, message in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileProblem(_(message))
    text = head.decode(encoding, errors="replace")[:_HEAD_CHARACTERS]
    if not text.strip("\ufeff\r\n\t \0"):
        raise FileProblem(_(_EMPTY))
    first, _end, rest = text.lstrip("\ufeff").partition("\n")
    if first.lower().startswith("sep=") and len(first.strip("\r")) == 5:
        delimiter = first.strip("\r")[4]
        if delimiter in DELIMITERS:
            return Form(encoding, delimiter, find_quote(rest, delimiter), skipped=1)
    delimiter = find_delimiter(text)
    return Form(encoding, delimiter, find_quote(text, delimiter))


def open_table(stream: BinaryIO, form: Form) -> Table:
    """The header, checked, and the rows of `stream`; raises FileProblem, also while reading."""
    lines = _Lines(stream, form)
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
        raise FileProblem(_(_EMPTY))
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


def _records(lines: _Lines, form: Form) -> Iterator[Record | PlainRows]:
    """Numbered records, the csv module's errors put into words with row and column."""
    reader = _csv_reader(lines.feed(), form)
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


class CsvReader(Protocol):
    """What the csv module gives and has no name for."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _csv_reader(lines: Iterable[str], form: Form) -> CsvReader:
    return csv.reader(
        lines, delimiter=form.delimiter, quotechar=form.quote, doublequote=True, strict=True
    )


class _Text(io.TextIOWrapper):
    """Leaves the caller's stream open: it may be read once more."""

    def close(self) -> None:
        return


class _Lines:
    """Lines of text, read in blocks, with a cap on the length of a record.

    `fed`: how many lines were given out as lines; the rows of other blocks were as `plain_rows`.
    Remembers those of the current record, which begins with line `begins` (from 0) of the table
    and is row `row`, for what there may be to say about it.
    """

    def __init__(self, stream: BinaryIO, form: Form) -> None:
        self._text = _Text(stream, encoding=form.encoding, errors=_MARK_UNDECODABLE, newline="")
        self._form = form
        self.row = 0
        self.begins = 0
        self.are_short = False
        self.fed = 0
        self.columns: list[str] = []
        self._held: list[str] = []
        self._held_from = 0
        self._block: list[str] = []
        self._longest = 0
        self._is_clean = False
        for _skipped in range(form.skipped):
            self._text.readline(MAXIMUM_LINE)

    def feed(self) -> Iterator[str]:
        """Every line; raises FileProblem at one that can't be read or never ends."""
        while self._block or self._read():
            lines, self._block = self._block, []
            self.are_short = self._longest <= MAXIMUM_CELL
            first = self._hold(lines)
            self.fed += len(lines)
            if self._longest < MAXIMUM_LINE and self._is_clean:
                yield from lines
                continue
            for number, line in enumerate(lines, start=first):
                self._check(line, number)
                yield line

    def plain_rows(self) -> list[list[str]]:
        """The rows of the next block, if nothing about any of them has to be looked at; else
        none, and `feed` gives its lines. Between two records."""
        if not self.columns or not (self._block or self._read()):
            return []
        if not self._is_clean or self._longest > MAXIMUM_CELL:
            return []
        try:
            rows = list(_csv_reader(self._block, self._form))
        except csv.Error:  # also where the last row goes on in the next block
            return []
        width = len(self.columns)
        if set(map(len, rows)) != {width} or not all(map(any, rows)):
            return []
        if len(rows) != len(self._block) and max(len(max(r, key=len)) for r in rows) > MAXIMUM_CELL:
            return []
        self._block = []
        return rows

    def _read(self) -> bool:
        """Read the next block; whether there is one."""
        block = self._text.read(_BLOCK)
        if not block:
            return False
        rest = self._text.readline(MAXIMUM_LINE)
        self._block = list(io.StringIO(block + rest, newline=""))
        self._longest = max(map(len, self._block))
        self._is_clean = _is_clean(block) and _is_clean(rest)
        return True

    def _hold(self, lines: list[str]) -> int:
        """Keep the lines beside those of a record that began before them; the first's number."""
        first = self._held_from + len(self._held)
        begun = self._held[self.begins - self._held_from :]
        if sum(map(len, begun)) >= MAXIMUM_LINE:
            raise self.quote_problem(first)
        self._held_from = first - len(begun)
        self._held = begun + lines
        return first

    def _check(self, line: str, number: int) -> None:
        if len(line) >= MAXIMUM_LINE:
            raise self.quote_problem(number + 1)
        if "\0" in line:
            raise self._problem_at(
                number,
                line.index("\0"),
                _("there is a NUL byte; the file is damaged or not text. Save the table as CSV."),
            )
        if not line.isascii() and (broken := _UNDECODABLE.search(line)):
            encoding = label_of(self._form.encoding)
            raise self._problem_at(
                number,
                broken.start(),
                _(
                    "byte 0x{broken:02X} can't be read as {encoding}; the file mixes encodings or "
                    "is damaged. Save it as UTF-8."
                ).format(broken=ord(broken[0]) - 56320, encoding=encoding),
            )

    def _record(self, end: int) -> str:
        """The current record up to before line `end`."""
        return "".join(self._held[self.begins - self._held_from : end - self._held_from])

    def quote_problem(self, end: int) -> FileProblem:
        """What is wrong with the quotes or the length of the current record, of which the lines
        before `end` were read."""
        record = self._record(end)
        fault = find_quote_fault(record, self._form.delimiter, self._form.quote)
        if fault is None:
            return FileProblem(
                _(
                    "the row is longer than {longest} characters, or one of its cells than"
                    " {longest_cell}. Shorten it, or take that column out."
                ).format(longest=format_number(MAXIMUM_LINE), longest_cell=format_number(131_072)),
                row=self.row,
            )
        if fault.is_open:
            message = _(
                "a quote is opened and never closed; the file is cut off or a quote is missing."
            )
        else:
            message = _(
                "there is text after a closing quote: {value}. A quote inside a quoted cell is"
                " written twice."
            ).format(value=shown(fault.text))
        return FileProblem(message, row=self.row, column=self._name(fault.cell))

    def _problem_at(self, line: int, position: int, message: str) -> FileProblem:
        """A problem with the character at `position` of a line of the current record."""
        before = self._record(line)
        record = self._record(line + 1)
        position += len(before)
        cell = cell_at(record, position, self._form.delimiter, self._form.quote)
        return FileProblem(message, row=self.row, column=self._name(cell))

    def _name(self, cell: int) -> str:
        """The column's name, its number where it has none."""
        return self.columns[cell] if cell < len(self.columns) else str(cell + 1)


def _is_clean(text: str) -> bool:
    """Nothing in it was marked as undecodable, and no NUL."""
    return "\0" not in text and (text.isascii() or not _UNDECODABLE.search(text))


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Stands in for one byte that can't be read; such a character is never in valid text."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(0xDC00 + error.object[error.start]), error.start + 1


_MARK_UNDECODABLE = "customers.mark_undecodable"
_UNDECODABLE = re.compile("[\udc00-\udcff]")
codecs.register_error(_MARK_UNDECODABLE, _mark_undecodable)
