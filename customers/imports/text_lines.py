"""Lines of a delimited file, read in blocks, and what is wrong with one that cannot be read."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from django.utils.translation import gettext as _

from accounts.formatting import format_number
from customers.imports.encoding import label_of
from customers.imports.form import Form
from customers.imports.limits import MAXIMUM_CELL, MAXIMUM_LINE
from customers.imports.parsing import shown
from customers.imports.problems import FileProblem
from customers.imports.quoting import cell_at, find_quote_fault

_BLOCK = 64 * 1024


class CsvReader(Protocol):
    """What the csv module gives and has no name for."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def csv_reader(lines: Iterable[str], form: Form) -> CsvReader:
    return csv.reader(
        lines, delimiter=form.delimiter, quotechar=form.quote, doublequote=True, strict=True
    )


class _Text(io.TextIOWrapper):
    """Leaves the caller's stream open: it may be read once more."""

    def close(self) -> None:
        return


class Lines:
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
            rows = list(csv_reader(self._block, self._form))
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
