"""Rows in error as a file: mended, it can be sent again."""

from __future__ import annotations

from collections.abc import Iterator

from customers.imports.defusing import defused
from customers.imports.files import form_of, opened
from customers.imports.problems import FileProblem
from customers.imports.reading import open_table
from customers.models import Import

ERROR_COLUMN = "What is wrong"


def mendable_rows(import_: Import) -> Iterator[list[str]]:
    """The header, then each row in error that was kept, as it was, with what is wrong with it.

    Reads the file once, in bounded memory, as far as it can be read.
    """
    problems: dict[int, list[str]] = {}
    for problem in import_.problems.all():
        said = f"{problem.column}: {problem.message}" if problem.column else problem.message
        problems.setdefault(problem.row_number, []).append(said)
    yield [*map(defused, import_.columns), ERROR_COLUMN]
    width = len(import_.columns)
    last = max(problems, default=0)
    try:
        for row in open_table(opened(import_), form_of(import_)).rows:
            if row.number in problems:
                cells = row.cells[:width] + [""] * (width - len(row.cells))
                yield [*map(defused, cells), defused("; ".join(problems.pop(row.number)))]
            if row.number >= last:
                break
    except FileProblem as problem:
        yield [*[""] * width, defused(str(problem))]
