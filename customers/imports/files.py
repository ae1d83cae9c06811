"""The file of an import: taken in once, looked at, and read again from the database."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, Any, BinaryIO, cast

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.imports.encoding import EncodingDetector
from customers.imports.form import Form, find_form
from customers.imports.limits import MAXIMUM_SIZE
from customers.imports.parsing import shown
from customers.imports.problems import FileProblem
from customers.imports.reading import Row, open_table
from customers.imports.xlsx import MAGIC as XLSX_MAGIC
from customers.imports.xlsx import Workbook, opened_workbook
from customers.models import Import, ImportPart, OriginalPart

PART_SIZE = 1 << 20
HEAD_SIZE = 256 * 1024
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SAMPLE_ROWS = 200
# Bytes as they are: a query's result would have them as hexadecimal digits.
_PARTS = """
    COPY (SELECT content FROM customers_importpart WHERE of_id = %s ORDER BY position)
      TO STDOUT (FORMAT binary)
"""


@dataclass(frozen=True)
class Sample:
    """The first rows of a file."""

    columns: list[str]
    rows: list[Row]

    def values(self, column: str, limit: int = SAMPLE_ROWS) -> list[str]:
        """The first values of a column that are not empty."""
        index = self.columns.index(column)
        found = (row.cells[index].strip() for row in self.rows if index < len(row.cells))
        return list(islice((value for value in found if value), limit))


@dataclass(frozen=True)
class TakenFile:
    """What was found out about a file while it was taken in."""

    size: int
    sha256: str
    form: Form


@dataclass(frozen=True)
class Incoming:
    """A file about to be stored: the text to store, and of a workbook what it was.

    `original`: see Import.original. `form`: known of a workbook, else found from the text.
    `kept`: the workbook itself where another of its sheets may still be chosen.
    """

    pieces: Iterable[bytes]
    original: dict[str, Any] = field(default_factory=dict)
    form: Form | None = None
    kept: BinaryIO | None = None


@contextmanager
def incoming(
    pieces: Iterable[bytes], sheet: str = "", fit: Callable[[Sample], float] | None = None
) -> Iterator[Incoming]:
    """Look at what kind of file comes: a workbook is brought to text on the way.

    `sheet`: which one of a workbook; without it the first that holds anything, or of those the
    one whose first rows have the highest `fit`. Raises FileProblem, also while the pieces are
    being read.
    """
    rest = iter(pieces)
    head = b""
    while len(head) < len(OLE_MAGIC) and (piece := next(rest, b"")):
        head += piece
    everything = chain([head], rest)
    if head.startswith(OLE_MAGIC):
        raise _old_or_protected(everything)
    if not head.startswith(XLSX_MAGIC):
        if sheet:
            raise FileProblem(_("Only a workbook has sheets; this file is none."))
        yield Incoming(everything)
        return
    with tempfile.TemporaryFile() as copy:
        digest, size = _spool(everything, copy)
        with opened_workbook(cast("BinaryIO", copy)) as workbook:
            chosen = sheet or _fitting_sheet(workbook, fit)
            if chosen not in workbook.sheets:
                there = ", ".join(shown(name) for name in workbook.sheets)
                raise FileProblem(
                    _("No sheet {value} holds anything; there is {there}.").format(
                        value=shown(chosen), there=there
                    )
                )
            yield Incoming(
                pieces=workbook.as_text(chosen),
                original={
                    "sha256": digest,
                    "size": size,
                    "sheet": chosen,
                    "sheets": workbook.sheets,
                },
                form=Form(),
                kept=cast("BinaryIO", copy) if len(workbook.sheets) > 1 else None,
            )


def _fitting_sheet(workbook: Workbook, fit: Callable[[Sample], float] | None) -> str:
    if fit is None or len(workbook.sheets) == 1:
        return workbook.sheets[0]

    def fit_of(sheet: str) -> float:
        try:
            head = next(workbook.as_text(sheet), b"")
            return fit(sample_of(cast("BinaryIO", io.BytesIO(head)), Form()))
        except FileProblem:
            return 0

    return max(workbook.sheets, key=fit_of)


def _spool(pieces: Iterable[bytes], copy: IO[bytes]) -> tuple[str, int]:
    """Write a workbook to disk; its hash and size."""
    digest = hashlib.sha256()
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAXIMUM_SIZE:
            raise FileProblem(too_large())
        digest.update(piece)
        copy.write(piece)
    copy.seek(0)
    return digest.hexdigest(), size


def _old_or_protected(pieces: Iterable[bytes]) -> FileProblem:
    """A workbook with a password has the outside of an old one."""
    last = b""
    for piece in pieces:
        if _ENCRYPTED in last + piece:
            return FileProblem(
                _("The workbook is protected by a password; save it without one, or as CSV.")
            )
        last = piece[-len(_ENCRYPTED) :]
    return FileProblem(_("The file is an old Excel workbook (.xls); save it as .xlsx or CSV."))


def too_large() -> str:
    return _("The file is larger than {size} MB. Split it.").format(
        size=MAXIMUM_SIZE // 1024 // 1024
    )


class Intake:
    """Takes a file in piece by piece: hashes it, finds its encoding, hands on parts to store."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._detector = EncodingDetector()
        self._head = bytearray()
        self.size = 0

    def feed(self, piece: bytes) -> None:
        """Raises FileProblem when the file is too large."""
        self.size += len(piece)
        if self.size > MAXIMUM_SIZE:
            raise FileProblem(too_large())
        self._hash.update(piece)
        self._detector.feed(piece)
        if len(self._head) < HEAD_SIZE:
            self._head += piece[: HEAD_SIZE - len(self._head)]

    def finish(self, form: Form | None = None) -> TakenFile:
        """`form` where it is known already. Raises FileProblem when this is no table."""
        form = form or find_form(bytes(self._head), self._detector.encoding)
        return TakenFile(self.size, self._hash.hexdigest(), form)


def parts_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`pieces` of any size regrouped into parts of PART_SIZE."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= PART_SIZE:
            yield bytes(waiting[:PART_SIZE])
            del waiting[:PART_SIZE]
    if waiting:
        yield bytes(waiting)


class StoredFile(io.RawIOBase):
    """The file's bytes, read from the database one part at a time."""

    def __init__(self, parts: QuerySet[Any]) -> None:
        super().__init__()
        self._parts = parts
        self._position = 0
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._waiting:
            part = self._parts.filter(position=self._position).first()
            if part is None:
                return 0
            self._waiting = bytes(part.content)
            self._position += 1
        taken = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def opened(import_: Import) -> BinaryIO:
    """The file's bytes from their start. Uses the connection while being read."""
    return _buffered(ImportPart.objects.filter(of=import_))


def _buffered(parts: QuerySet[Any]) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(StoredFile(parts), 1 << 16))


def original_pieces(import_: Import) -> Iterator[bytes]:
    """The workbook that was kept to choose another sheet of; nothing when none was."""
    stream = _buffered(OriginalPart.objects.filter(of=import_))
    while piece := stream.read(PART_SIZE):
        yield piece


@contextmanager
def opened_on_disk(import_: Import) -> Iterator[BinaryIO]:
    """The file's bytes in a temporary file: rows are read while a COPY has the connection."""
    with tempfile.TemporaryFile() as copy:
        with connection.cursor() as cursor, cursor.copy(_PARTS, [import_.pk]) as parts:
            parts.set_types(["bytea"])
            for (content,) in parts.rows():
                copy.write(content)
        copy.seek(0)
        yield cast("BinaryIO", copy)


def form_of(import_: Import) -> Form:
    return Form(**import_.form)


def form_in_words(import_: Import) -> str:
    """How the file is written, as a page says it."""
    sheet = import_.original.get("sheet")
    if sheet:
        return _("sheet {sheet} of a workbook").format(sheet=shown(sheet))
    return form_of(import_).in_words()


def head_of(import_: Import) -> bytes:
    """The first bytes, to find the form by once more."""
    return opened(import_).read(HEAD_SIZE)


def sample_of(stream: BinaryIO, form: Form) -> Sample:
    """The first rows; raises FileProblem when even these can't be read."""
    table = open_table(stream, form)
    return Sample(table.columns, list(islice(table.rows, SAMPLE_ROWS)))
