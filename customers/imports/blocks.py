"""A file's rows as blocks of columns in COPY's text; the rows that can't be read are told of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers.imports.columns import BLOCK, Block, block_maker, column_maker_of
from customers.imports.defusing import undefused
from customers.imports.fields import ATTRIBUTE, ColumnReading, Field, Kind, Parser, Value
from customers.imports.lines import Reader, line_maker, maker_of
from customers.imports.parsing import BadValue
from customers.imports.reading import PlainRows, Row, Table
from customers.imports.xlsx import ERRORS
from customers.imports.zones import in_zone_of
from customers.models import Import, ImportProblem


@dataclass(frozen=True)
class Problem:
    row_number: int
    column: str
    value: str
    message: str


@dataclass
class BadRows:
    """Rows that could not be read: all counted, the first ones kept."""

    rows: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, found: Sequence[Problem]) -> None:
        self.rows += 1
        if len(self.problems) < ImportProblem.MAXIMUM_KEPT:
            self.problems += found


class RowReader:
    """Reads the rows of an import's table.

    `fields`: those that are mapped, in the order in which a block has their columns: after the
    rows' numbers and before the attributes'. `bad` is filled in and `seen` counts while reading.
    """

    def __init__(
        self, import_: Import, kind: Kind, table: Table, readings: Mapping[str, ColumnReading]
    ) -> None:
        self._pieces = table.pieces
        self._places = [
            _Place(
                kind_field,
                column,
                table.columns.index(column),
                kind_field.type.parser(in_zone_of(column, kind_field, readings[column])),
            )
            for kind_field in kind.fields
            if (column := import_.mapping.get(kind_field.name)) is not None
        ]
        self._keep = ATTRIBUTE.parser(next(iter(readings.values())))
        self._extra = [(table.columns.index(column), column) for column in import_.attributes]
        made = [(p.index, p.field.type, _reader(p), p.field.is_required) for p in self._places] + [
            (index, ATTRIBUTE, _attribute_reader(self._keep), False) for index, _ in self._extra
        ]
        makers = [maker_of(of, read, is_required=required) for _, of, read, required in made]
        self._line = line_maker([(one[0], maker) for one, maker in zip(made, makers, strict=True)])
        self._block = block_maker(
            [
                (index, column_maker_of(of, maker, is_required=required))
                for (index, of, _, required), maker in zip(made, makers, strict=True)
            ]
        )
        self.fields = [place.field for place in self._places]
        self.bad = BadRows()
        self.seen = 0

    def blocks(self, told: Callable[[int], None]) -> Iterator[Block]:
        """The rows that can be read; `told` is called now and then with how many were seen."""
        waiting: list[Row] = []
        for piece in self._pieces:
            if isinstance(piece, Row):
                waiting.append(piece)
                if len(waiting) < BLOCK:
                    continue
            if waiting:
                yield from self._good(waiting)
                waiting = []
            if isinstance(piece, PlainRows):
                yield from self._plain(piece)
            told(self.seen)
        if waiting:
            yield from self._good(waiting)

    def _plain(self, piece: PlainRows) -> Iterator[Block]:
        numbers = range(piece.number, piece.number + len(piece.cells))
        try:
            block = self._block(numbers, piece.cells)
        except BadValue:
            yield from self._good(list(map(Row, numbers, piece.cells)))
            return
        self.seen += len(numbers)
        yield block

    def _good(self, rows: Sequence[Row]) -> Iterator[Block]:
        """A block of those that can be read, if there are any."""
        self.seen += len(rows)
        if good := [row for row in rows if self._is_good(row)]:
            yield self._block([row.number for row in good], [row.cells for row in good])

    def _is_good(self, row: Row) -> bool:
        """Whether it can be read; else it is among the bad ones, with all that is wrong with it."""
        if not row.problem:
            try:
                self._line(row.number, row.cells)
            except BadValue:
                pass
            else:
                return True
        self.bad.add(self._problems(row))
        return False

    def _problems(self, row: Row) -> list[Problem]:
        if row.problem:
            return [Problem(row.number, row.problem_column, "", row.problem)]
        problems: list[Problem] = []
        for place in self._places:
            text = row.cells[place.index].strip()
            if text[:1] == "'":
                text = undefused(text)
            try:
                _read(place, text)
            except BadValue as error:
                problems.append(Problem(row.number, place.column, text[:200], error.message))
        for index, column in self._extra:
            text = undefused(row.cells[index].strip())
            try:
                if text:
                    self._keep(text)
            except BadValue as error:
                problems.append(Problem(row.number, column, text[:200], error.message))
        return problems


@dataclass(frozen=True)
class _Place:
    """Where a field is found in a row and how it is read."""

    field: Field
    column: str
    index: int
    parse: Parser


def _read(place: _Place, text: str) -> Any:
    """The value of a cell without blanks around it; raises BadValue."""
    if not text:
        if place.field.is_required:
            raise BadValue(_("the cell is empty"))
        return None
    if text[0] == "#" and text in ERRORS:
        raise BadValue(_(ERRORS[text]).format(word=text))
    return place.parse(text)


def _reader(place: _Place) -> Reader:
    """How one cell of a field is read."""

    def read(cell: str) -> Value | None:
        text = cell.strip()
        if text[:1] == "'":
            text = undefused(text)
        value: Value | None = _read(place, text)
        return value

    return read


def _attribute_reader(keep: Parser) -> Reader:
    def read(cell: str) -> Value | None:
        text = undefused(cell.strip())
        return keep(text) if text else None

    return read
