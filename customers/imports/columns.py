"""Many rows of a file at once as the text that COPY takes: what is plain is told by the column.

Each column of a block of rows is looked at as one piece of text, which costs a tenth of looking
at its cells. A column that is not plain goes cell by cell (customers.imports.lines).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import itemgetter

from customers.imports.fields import BlockReader, FieldType, Instant, Text
from customers.imports.lines import NULL, Maker
from customers.imports.parsing.dates import EARLIEST_YEAR, LATEST_YEAR

ColumnMaker = Callable[[Sequence[str]], Sequence[str]]
# Rows by the column, as COPY's text: their numbers first.
Block = list[Sequence[str]]

# Rows made at once: enough to spread the cost of a look, few enough to stay small in memory.
BLOCK = 128
_INSTANTS = re.compile(
    r"(?:\n[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2}))+"
)
_EARLIEST = datetime(EARLIEST_YEAR + 1, 1, 2, tzinfo=UTC)
_LATEST = datetime(LATEST_YEAR - 1, 12, 30, tzinfo=UTC)


def block_maker(
    columns: Sequence[tuple[int, ColumnMaker]],
) -> Callable[[Sequence[int], Sequence[list[str]]], Block]:
    """A function of rows' numbers and cells that gives their columns, or raises BadValue where
    any cell has one.

    `columns`: for each column of the target, the index of its cell and what makes its text.
    """
    pickers = [(itemgetter(index), maker) for index, maker in columns]

    def make(numbers: Sequence[int], rows: Sequence[list[str]]) -> Block:
        made: Block = [list(map(str, numbers))]
        made += [maker(list(map(pick, rows))) for pick, maker in pickers]
        return made

    return make


def lines_of(block: Block, begin: str = "") -> str:
    """The rows as lines of COPY's text, each after `begin`."""
    between = "\n" + begin
    return begin + between.join(map("\t".join, zip(*block, strict=True))) + "\n"


def column_maker_of(field_type: FieldType, maker: Maker, *, is_required: bool) -> ColumnMaker:
    """What makes a column's texts; `maker` makes one cell's."""
    if isinstance(field_type, Text):
        return _text_column(field_type.maximum, maker, is_required)
    if isinstance(field_type, Instant):
        return _instant_column(maker)
    if isinstance(field_type, BlockReader):
        return _block_column(field_type, maker)
    return lambda cells: [maker(cell) for cell in cells]


def is_copied_as_is(joined: str, *, maximum: int | None, cells: Sequence[str]) -> bool:
    """Whether cells, `joined` by line feeds with one before and after, go into COPY's text as
    they are: printable, without a backslash, and nothing in them has to be read in another way."""
    return (
        "".join(cells).isprintable()
        and "\\" not in joined
        and "\n'" not in joined
        and "\n#" not in joined
        and "\n " not in joined
        and " \n" not in joined
        and (maximum is None or len(max(cells, key=len)) <= maximum)
    )


def _text_column(maximum: int, maker: Maker, is_required: bool) -> ColumnMaker:
    def make(cells: Sequence[str]) -> Sequence[str]:
        joined = "\n".join(("", *cells, ""))
        if not is_copied_as_is(joined, maximum=maximum, cells=cells):
            return [maker(cell) for cell in cells]
        if "\n\n" not in joined:
            return cells
        if is_required:
            return [maker(cell) for cell in cells]
        return [cell or NULL for cell in cells]

    return make


def _instant_column(maker: Maker) -> ColumnMaker:
    """Instants as PostgreSQL reads them, too; see customers.imports.lines."""

    def make(cells: Sequence[str]) -> Sequence[str]:
        if _INSTANTS.fullmatch("\n" + "\n".join(cells)):
            try:
                instants = list(map(datetime.fromisoformat, cells))
            except ValueError:
                instants = []
            if instants and min(instants) > _EARLIEST and max(instants) < _LATEST:
                return cells
        return [maker(cell) for cell in cells]

    return make


def _block_column(field_type: BlockReader, maker: Maker) -> ColumnMaker:
    def make(cells: Sequence[str]) -> Sequence[str]:
        if "".join(cells).isprintable() and field_type.are_plain(cells):
            return [cell.replace("\\", "\\\\") if "\\" in cell else cell for cell in cells]
        return [maker(cell) for cell in cells]

    return make
