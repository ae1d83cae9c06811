"""The file of an import: taken in once, looked at, and read again from the database."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, cast

from customers.imports.encoding import EncodingDetector
from customers.imports.reading import FileProblem, Form, Row, find_form, open_table
from customers.models import Import, ImportPart

PART_SIZE = 1 << 20
MAXIMUM_SIZE = 500 * 1024 * 1024
HEAD_SIZE = 256 * 1024
SAMPLE_ROWS = 200


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
            raise FileProblem(
                f"The file is larger than {MAXIMUM_SIZE // 1024 // 1024} MB. Split it."
            )
        self._hash.update(piece)
        self._detector.feed(piece)
        if len(self._head) < HEAD_SIZE:
            self._head += piece[: HEAD_SIZE - len(self._head)]

    def finish(self) -> TakenFile:
        """Raises FileProblem when this is no table."""
        form = find_form(bytes(self._head), self._detector.encoding)
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

    def __init__(self, import_: Import) -> None:
        super().__init__()
        self._parts = ImportPart.objects.filter(of=import_)
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
    return cast("BinaryIO", io.BufferedReader(StoredFile(import_), 1 << 16))


@contextmanager
def opened_on_disk(import_: Import) -> Iterator[BinaryIO]:
    """The file's bytes in a temporary file: rows are read while a COPY has the connection."""
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(opened(import_), copy, PART_SIZE)
        copy.seek(0)
        yield cast("BinaryIO", copy)


def form_of(import_: Import) -> Form:
    return Form(**import_.form)


def sample_of(stream: BinaryIO, form: Form) -> Sample:
    """The first rows; raises FileProblem when even these can't be read."""
    table = open_table(stream, form)
    return Sample(table.columns, list(islice(table.rows, SAMPLE_ROWS)))
