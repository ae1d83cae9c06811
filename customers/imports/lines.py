"""Rows of a file as the text that COPY takes, made fast: most cells need nothing done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter

from customers.imports.fields import FieldType, Instant, Text, Value
from customers.imports.parsing.dates import EARLIEST_YEAR, LATEST_YEAR

Reader = Callable[[str], Value | None]
Maker = Callable[[str], str]

NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Cells of a column that are remembered with what they became; only short ones, so that memory
# stays bounded whatever the file holds.
_REMEMBERED = 4_000
_SHORT = 40
# What a cell that must be looked at closely begins with.
_TO_READ = frozenset(("", " ", "'", "#"))


def line_maker(columns: Sequence[tuple[int, Maker]]) -> Callable[[int, list[str]], str]:
    """A function of a row's number and cells that gives its line, or raises BadValue.

    `columns`: for each column of the target, the index of its cell and what makes its text.
    """
    indexes = [index for index, _ in columns]
    makers = [maker for _, maker in columns]
    pick: Callable[[list[str]], Sequence[str]] = (
        itemgetter(*indexes) if len(indexes) > 1 else lambda cells: (cells[indexes[0]],)
    )

    def make(number: int, cells: list[str]) -> str:
        made = [maker(cell) for maker, cell in zip(makers, pick(cells), strict=False)]
        return str(number) + "\t" + "\t".join(made) + "\n"

    return make


def maker_of(field_type: FieldType, read: Reader, *, is_required: bool) -> Maker:
    """What makes COPY's text of a cell. `read` gives its value, None for null, or raises BadValue;
    the forms that need no reading are told apart here."""
    if isinstance(field_type, Text):
        return _text_maker(field_type.maximum, read, is_required)
    if isinstance(field_type, Instant):
        return _instant_maker(read)
    return _remembering(read)


def copied(value: Value | None) -> str:
    """A value as a column of COPY's text."""
    if value is None:
        return NULL
    if isinstance(value, str):
        is_plain = "\\" not in value and value.isprintable()
        return value if is_plain else value.translate(_ESCAPES)
    return str(value)


def _text_maker(maximum: int, read: Reader, is_required: bool) -> Maker:
    """Printable text without blanks at its ends (or what is read in another way) is itself."""

    def make(cell: str) -> str:
        if not cell and not is_required:
            return NULL
        if (
            cell.isprintable()
            and "\\" not in cell
            and cell[:1] not in _TO_READ
            and cell[-1] != " "
            and len(cell) <= maximum
        ):
            return cell
        return copied(read(cell))

    return make


def _instant_maker(read: Reader) -> Maker:
    """`2025-03-01T10:00:00Z` and its like are what PostgreSQL reads, too."""

    def make(cell: str) -> str:
        if cell[4:5] == "-" and cell[13:14] == ":" and cell[16:17] == ":" and "," not in cell:
            try:
                at = datetime.fromisoformat(cell)
            except ValueError:
                return copied(read(cell))
            if at.tzinfo is not None and EARLIEST_YEAR < at.year < LATEST_YEAR:
                return cell
        return copied(read(cell))

    return make


def _remembering(read: Reader) -> Maker:
    known: dict[str, str] = {}

    def make(cell: str) -> str:
        if cell in known:
            return known[cell]
        made = copied(read(cell))
        if len(cell) <= _SHORT and len(known) < _REMEMBERED:
            known[cell] = made
        return made

    return make
