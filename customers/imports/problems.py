"""What makes a file unreadable, said with its place."""

from __future__ import annotations

from django.utils.translation import gettext as _


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
