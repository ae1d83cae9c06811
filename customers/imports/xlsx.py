"""XLSX workbooks brought to delimited text, once, when they are taken in.

From there on a sheet is a file like any other. What a cell holds is taken as the spreadsheet holds
it and nothing is guessed from the machine's or a person's country: a number is written with a
decimal point, a date as 2025-12-31, yes and no as TRUE and FALSE, a formula as the value that was
last calculated, and an error as its word (#N/A), which reading then tells as the row's problem.
Rows keep their numbers.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import IO, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.limits import (
    MAXIMUM_WORKBOOK_CELL,
    MAXIMUM_WORKBOOK_COLUMNS,
    MAXIMUM_WORKBOOK_ROWS,
)
from customers.imports.parsing import shown
from customers.imports.problems import FileProblem
from customers.imports.workbook import (
    DATE,
    DURATION,
    Archive,
    Reader,
    SharedTexts,
    date_styles,
    sheet_parts,
    too_long,
)

MAGIC = b"PK\x03\x04"
NOT_CALCULATED = "#NOT CALCULATED"
ERRORS = {
    NOT_CALCULATED: gettext_noop(
        "the cell is a formula that was never calculated; open the file in a spreadsheet and save"
        " it"
    ),
    **{
        word: gettext_noop("the cell holds the spreadsheet's error {word}")
        for word in (
            "#N/A",
            "#REF!",
            "#VALUE!",
            "#DIV/0!",
            "#NAME?",
            "#NULL!",
            "#NUM!",
            "#SPILL!",
            "#CALC!",
            "#GETTING_DATA",
        )
    },
}
_LOOKED_AT = 20
_MAXIMUM_SHEETS = 50
_LAST_DAY = 2_958_465  # 9999-12-31

Cells = dict[int, str]


class Workbook:
    """The worksheets that hold anything, and each as delimited text."""

    def __init__(self, archive: Archive, store: IO[bytes]) -> None:
        self._archive = archive
        self._parts, self._is_1904 = sheet_parts(archive)
        self._texts = SharedTexts(archive, "xl/sharedStrings.xml", store)
        self._styles = date_styles(archive, "xl/styles.xml")
        self.sheets = [
            name
            for name, part in self._parts[:_MAXIMUM_SHEETS]
            if next(self._rows(part), None) is not None
        ]
        if not self.sheets:
            raise FileProblem(_("The workbook has no sheet with anything in it."))

    def as_text(self, sheet: str) -> Iterator[bytes]:
        """The sheet as UTF-8, comma separated, one line a row. Raises FileProblem."""
        yield from _lines(self._rows(dict(reversed(self._parts))[sheet]))

    def _rows(self, part: str) -> Iterator[tuple[int, Cells]]:
        """(row number, {column from 0: text}) of the rows that hold anything."""
        sheet = _Sheet(self._texts, self._styles, is_1904=self._is_1904)
        reader = Reader(sheet.start, sheet.end, sheet.add)
        for _piece in reader.read(self._archive.pieces(part)):
            yield from sheet.rows
            sheet.rows.clear()


@contextmanager
def opened_workbook(file: BinaryIO) -> Iterator[Workbook]:
    """Raises FileProblem when the file is no workbook that can be read."""
    with tempfile.TemporaryFile() as store, closing(Archive(file)) as archive:
        archive.check()
        yield Workbook(archive, store)


class _Sheet:
    """Handlers that gather rows from a worksheet's XML."""

    def __init__(self, texts: SharedTexts, styles: dict[str, str], *, is_1904: bool) -> None:
        self.rows: list[tuple[int, Cells]] = []
        self._texts = texts
        self._styles = styles
        self._epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self._row = 0
        self._column = -1
        self._cells: Cells = {}
        self._type = ""
        self._style = ""
        self._is_formula = False
        self._is_text = False
        self._is_phonetic = False
        self._parts: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else _column_of(reference)
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._is_formula = False
            self._parts.clear()
            self._length = 0
        elif name == "v" or name == "t":
            self._is_text = not self._is_phonetic
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "rPh":
            self._is_phonetic = True

    def add(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)
            self._length += len(text)
            if self._length > MAXIMUM_WORKBOOK_CELL:
                raise too_long(self._row)

    def end(self, name: str) -> None:
        if name == "v" or name == "t":
            self._is_text = False
        elif name == "c":
            value = self._value("".join(self._parts))
            if value:
                self._cells[self._column] = value
        elif name == "row":
            if self._cells:
                self.rows.append((self._row, self._cells))
                self._cells = {}
        elif name == "rPh":
            self._is_phonetic = False

    def _begin_row(self, number: str | None) -> None:
        is_number = number is not None and number.isdecimal() and len(number) < 10
        row = self._row + 1 if number is None else int(number) if is_number else 0
        if not self._row < row <= MAXIMUM_WORKBOOK_ROWS:
            raise FileProblem(_("The rows of the sheet are out of order."), row=self._row or None)
        self._row = row
        self._column = -1

    def _value(self, text: str) -> str:
        kind = self._type
        if kind == "s":
            return self._texts.get(text) if text else ""
        if kind == "n":
            if not text:
                return NOT_CALCULATED if self._is_formula else ""
            style = self._styles.get(self._style)
            return number_text(text) if style is None else day_text(text, style, self._epoch)
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        return text.replace("T", " ", 1) if kind == "d" else text


@lru_cache(maxsize=MAXIMUM_WORKBOOK_COLUMNS)
def _column_of_letters(letters: str) -> int:
    column = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise FileProblem(
                _("The sheet has a cell called {value}; it is damaged.").format(
                    value=shown(letters)
                )
            )
        column = column * 26 + ord(letter) - 64
    if not 0 < column <= MAXIMUM_WORKBOOK_COLUMNS:
        raise FileProblem(
            _("The sheet has a column {value}; no spreadsheet has.").format(value=shown(letters))
        )
    return column - 1


def _column_of(reference: str) -> int:
    """0 for `A7`."""
    return _column_of_letters(reference[:8].rstrip("0123456789"))


@lru_cache(maxsize=20_000)
def number_text(text: str) -> str:
    """A number as it is held, to the 15 digits that spreadsheets keep, with a decimal point.

    Exactly three decimals get a fourth: 1.234 could be read as thousands, 1.2340 could not.
    """
    if len(text) <= 15 and text.isdecimal():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    if number - number != 0:  # NaN and infinity
        return text
    plain = format(Decimal(f"{number:.15g}"), "f")
    return plain + "0" if plain[-4:-3] == "." else plain


@lru_cache(maxsize=20_000)
def day_text(text: str, kind: str, epoch: datetime) -> str:
    """The date, time or length of time that a number with such a style stands for."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not 0 <= number < _LAST_DAY + 1:
        return number_text(text)
    seconds = round(number * 86_400)
    clock = f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if kind == DURATION:
        return f"{seconds // 3600:02}{clock[2:]}"
    if kind != DATE and number < 1:
        return clock
    days = seconds // 86_400
    if epoch.year < 1900 and days == 60:
        return "1900-02-29"  # a day that spreadsheets have and the calendar has not
    if epoch.year < 1900 and days < 60:
        days += 1
    day = f"{epoch + timedelta(days=days):%Y-%m-%d}"
    return day if seconds % 86_400 == 0 else f"{day} {clock}"


def _lines(rows: Iterator[tuple[int, Cells]]) -> Iterator[bytes]:
    """Delimited text, in pieces. Checks where the names of the columns stand."""
    first: list[tuple[int, Cells]] = []
    for numbered in rows:
        first.append(numbered)
        if len(first) > _LOOKED_AT:
            break
    number, header = first[0]
    _refuse_titles(first)
    _refuse_gaps(number, header)
    begin, end = min(header), max(header) + 1
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    written = 0

    def write(row: int, cells: Cells) -> None:
        nonlocal written
        if min(cells) < begin:
            raise FileProblem(
                _("there is {value} in a column without a name.").format(
                    value=shown(cells[min(cells)])
                ),
                row=row,
                column=_letters(min(cells)),
            )
        buffer.write("\n" * (row - written - 1))
        writer.writerow([cells.get(n, "") for n in range(begin, max(end, max(cells) + 1))])
        written = row

    for row, cells in first:
        write(row, cells)
    for row, cells in rows:
        write(row, cells)
        if buffer.tell() > 1 << 18:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _refuse_titles(first: list[tuple[int, Cells]]) -> None:
    """A title above the table would be taken for the names of its columns."""
    number, header = first[0]
    widest = max(len(cells) for _number, cells in first)
    if widest < 3 or len(header) * 2 >= widest:
        return
    likely = next(row for row, cells in first if len(cells) * 2 >= widest)
    raise FileProblem(
        _(
            "only {value} stands here; the names of the columns seem to be in row "
            "{likely}. They must be in the sheet's first row that holds anything: delete "
            "the rows above row {likely} and send it again."
        ).format(value=shown(next(iter(header.values()))), likely=likely),
        row=number,
    )


def _refuse_gaps(number: int, header: Cells) -> None:
    for column in range(min(header), max(header)):
        if column not in header:
            raise FileProblem(
                _(
                    "the column has no name (are cells merged?). Give each column a name of its "
                    "own in this row, or delete the row if the names stand below."
                ),
                row=number,
                column=_letters(column),
            )


def _letters(column: int) -> str:
    """`A` for 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
