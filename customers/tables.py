"""Tables to take along, as CSV and XLSX. Numbers stay numbers; texts are defused."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from customers.imports.defusing import defused

Cell = str | int | float | bool | Decimal | dt.date | None
CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Table:
    """`name`: of the file, without its ending. Rows may be made while they are written."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def as_csv(table: Table) -> Iterator[str]:
    """Line by line, UTF-8, commas."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([_text(cell) for cell in row])
        if buffer.tell() > 64_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_xlsx(table: Table) -> bytes:
    """One sheet, its first row held in view."""
    book = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = book.create_sheet(_("Figures"))
    sheet.freeze_panes = "A2"
    sheet.append(list(table.columns))
    for row in table.rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return f"{cell:f}"
        case str():
            return defused(cell)
    return str(cell)


def _cell(sheet: WriteOnlyWorksheet, cell: Cell) -> object:
    """A text is said to be one: what begins like a formula would be taken for it."""
    if not isinstance(cell, str):
        return cell
    made = WriteOnlyCell(sheet, value=defused(cell))
    made.data_type = "s"
    return made
