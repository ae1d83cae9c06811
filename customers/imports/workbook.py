"""The inside of an XLSX workbook, read without trusting a byte of it, in bounded memory.

A workbook is a zip archive of XML. Nothing is inflated beyond a budget that is shared by all of
its parts, texts go to a temporary file, no document type is taken (so no entity can grow), and
every tag, text and list has an end that is checked while reading.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import IO, Any, BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from accounts.formatting import format_number
from customers.imports.limits import (
    MAXIMUM_INFLATED,
    MAXIMUM_RATIO,
    MAXIMUM_SHARED_TEXTS,
    MAXIMUM_WORKBOOK_CELL,
)
from customers.imports.problems import FileProblem

CHUNK = 64 * 1024
_RATIO_COUNTS_FROM = 16 << 20
_MAXIMUM_DIRECTORY = 4 << 20
_MAXIMUM_LIST = 100_000
_MAXIMUM_TAG = 4 << 20
_END, _END64_LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_DAMAGED = gettext_noop("The workbook is damaged; open it in a spreadsheet and save it again.")
_OTHERS = (
    (
        "xl/workbook.bin",
        gettext_noop("The file is a binary workbook (.xlsb); save it as .xlsx or CSV."),
    ),
    ("word/document.xml", gettext_noop("The file is a text document; save its table as CSV.")),
    ("ppt/presentation.xml", gettext_noop("The file is a presentation; save its table as CSV.")),
    (
        "Index/Document.iwa",
        gettext_noop("The file is a Numbers document; export it as .xlsx or CSV."),
    ),
    (
        "content.xml",
        gettext_noop("The file is an OpenDocument spreadsheet (.ods); save it as .xlsx or CSV."),
    ),
)


class Archive:
    """The parts of a workbook, inflated piece by piece within one budget."""

    def __init__(self, file: BinaryIO) -> None:
        self.size = _checked_size(file)
        self.inflated = 0
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            raise FileProblem(_(_DAMAGED)) from None
        self.names = {name.lstrip("/"): name for name in self._zip.namelist()}

    def check(self) -> None:
        """Raises FileProblem for what is no workbook, or says itself that it is too large."""
        self._refuse_others()
        self._refuse_bombs()

    def close(self) -> None:
        self._zip.close()

    def _refuse_others(self) -> None:
        for name, message in _OTHERS:
            if name in self.names:
                raise FileProblem(_(message))
        if "xl/workbook.xml" not in self.names:
            raise FileProblem(_("The file is a zip archive, not a workbook; unpack it first."))

    def _refuse_bombs(self) -> None:
        """By what the archive says of itself; `pieces` watches what it really holds."""
        said = 0
        for info in self._zip.infolist():
            if info.flag_bits & 1:
                raise FileProblem(
                    _("The workbook is protected by a password; save it without one.")
                )
            if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise FileProblem(_(_DAMAGED))
            said += info.file_size if info.filename.endswith((".xml", ".rels")) else 0
        self._refuse_size(said)

    def _refuse_size(self, inflated: int) -> None:
        if inflated > MAXIMUM_INFLATED:
            raise FileProblem(
                _(
                    "The workbook unpacks to more than {maximum_inflated} MB. Split it, or save it "
                    "as CSV."
                ).format(maximum_inflated=format_number(MAXIMUM_INFLATED >> 20))
            )
        if inflated > max(_RATIO_COUNTS_FROM, MAXIMUM_RATIO * self.size):
            raise FileProblem(
                _(
                    "The workbook unpacks to more than {maximum_ratio} times its size, which no "
                    "real one does."
                ).format(maximum_ratio=MAXIMUM_RATIO)
            )

    def pieces(self, name: str) -> Iterator[bytes]:
        """The part's bytes; raises FileProblem when it is not there or too large."""
        try:
            with self._zip.open(self.names[name]) as part:
                while piece := part.read(CHUNK):
                    self.inflated += len(piece)
                    self._refuse_size(self.inflated)
                    yield piece
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
            raise FileProblem(_(_DAMAGED)) from None


def _checked_size(file: BinaryIO) -> int:
    """The archive's bytes. Its list of parts is looked at before zipfile reads it whole."""
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(max(0, size - (64 * 1024 + 22)))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise FileProblem(_("The workbook is cut off; send it again."))
    directory = struct.unpack_from("<L", tail, at + 12)[0]
    if at >= 20 and tail[at - 20 : at - 16] == _END64_LOCATOR:
        file.seek(min(struct.unpack_from("<Q", tail, at - 12)[0], size))
        record = file.read(56)
        directory = struct.unpack_from("<Q", record, 40)[0] if len(record) == 56 else size
    if directory > _MAXIMUM_DIRECTORY:
        raise FileProblem(_(_DAMAGED))
    file.seek(0)
    return size


Start = Callable[[str, dict[str, str]], None]


class Reader:
    """Feeds a part to handlers. Names come as the file writes them, without their prefix."""

    def __init__(
        self, start: Start, end: Callable[[str], None], text: Callable[[str], None] | None = None
    ) -> None:
        self._start, self._end = start, end
        self._prefix = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._first
        parser.EndElementHandler = end
        if text is not None:
            parser.CharacterDataHandler = text

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        """Finds the prefix out by the root; most files have none, and then it costs nothing."""
        self._prefix = name.find(":") + 1
        if self._prefix:
            start, end, prefix = self._start, self._end, self._prefix
            self._parser.StartElementHandler = lambda name, a: start(name[prefix:], a)
            self._parser.EndElementHandler = lambda name: end(name[prefix:])
        else:
            self._parser.StartElementHandler = self._start
        self._start(name[self._prefix :], attributes)

    def read(self, pieces: Iterator[bytes]) -> Iterator[None]:
        """Gives way after each piece."""
        fed = 0
        try:
            for piece in pieces:
                self._parser.Parse(piece, False)
                fed += len(piece)
                if fed - max(0, self._parser.CurrentByteIndex) > _MAXIMUM_TAG:
                    raise FileProblem(_(_DAMAGED))
                yield
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            raise FileProblem(_(_DAMAGED)) from None
        yield


def _refuse_doctype(*_about: Any) -> None:
    raise FileProblem(_("The workbook has a document type declaration, which no real one has."))


def read_all(
    archive: Archive,
    name: str,
    start: Start,
    end: Callable[[str], None] = lambda name: None,
    text: Callable[[str], None] | None = None,
) -> None:
    for _piece in Reader(start, end, text).read(archive.pieces(name)):
        pass


class SharedTexts:
    """The workbook's texts by number, kept in a temporary file."""

    def __init__(self, archive: Archive, name: str, file: IO[bytes]) -> None:
        self._file = file
        self._ends = array("Q", [0])
        self._at = 0
        self._parts: list[str] = []
        self._length = 0
        self._is_text = False
        self._is_phonetic = False
        if name in archive.names:
            read_all(archive, name, self._begin, self._finish, self._add)
        self._file.flush()
        self.get = lru_cache(maxsize=20_000)(self._get)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._is_text = not self._is_phonetic
        elif name == "rPh":
            self._is_phonetic = True
        elif name == "si":
            self._parts.clear()
            self._length = 0

    def _add(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)
            self._length += len(text)
            if self._length > MAXIMUM_WORKBOOK_CELL:
                raise too_long(None)

    def _finish(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            if len(self._ends) > MAXIMUM_SHARED_TEXTS:
                raise FileProblem(
                    _(
                        "The workbook has more than {maximum_shared_texts} different texts. Split"
                        " it, or save it as CSV."
                    ).format(maximum_shared_texts=format_number(MAXIMUM_SHARED_TEXTS))
                )
            content = "".join(self._parts).encode("utf-8", "replace")
            self._file.write(content)
            self._at += len(content)
            self._ends.append(self._at)

    def _get(self, number: str) -> str:
        try:
            index = int(number)
            if index < 0:
                raise IndexError(index)
            begin, end = self._ends[index], self._ends[index + 1]
        except (ValueError, IndexError):
            raise FileProblem(_(_DAMAGED)) from None
        return os.pread(self._file.fileno(), end - begin, begin).decode()


def too_long(row: int | None) -> FileProblem:
    return FileProblem(
        _(
            "A cell has more than {maximum_workbook_cell} characters, which no spreadsheet takes."
        ).format(maximum_workbook_cell=format_number(MAXIMUM_WORKBOOK_CELL)),
        row=row,
    )


# What a number with a style is: a plain number unless listed here.
DATE, TIME, DURATION = "date", "time", "duration"


def date_styles(archive: Archive, name: str) -> dict[str, str]:
    """{number of a style: date, time or duration} for the styles that are one of these."""
    if name not in archive.names:
        return {}
    codes: dict[str, str] = {str(number): code for number, code in BUILTIN_FORMATS.items()}
    styles: list[str] = []
    path: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt" and path[-1:] == ["numFmts"]:
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:1000]
        elif tag == "xf" and path[-1:] == ["cellXfs"]:
            styles.append(attributes.get("numFmtId", "0"))
        path.append(tag)
        if max(len(codes), len(styles), len(path)) > _MAXIMUM_LIST:
            raise FileProblem(_(_DAMAGED))

    def end(tag: str) -> None:
        path.pop()

    read_all(archive, name, start, end)
    kinds = {number: _kind_of(code) for number, code in codes.items()}
    return {str(n): kind for n, code in enumerate(styles) if (kind := kinds.get(code, ""))}


def _kind_of(code: str) -> str:
    if is_timedelta_format(code):
        return DURATION
    if not is_date_format(code):
        return ""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", code.split(";")[0]).lower()
    return TIME if "h" in bare and not set(bare) & {"d", "y"} else DATE


def sheet_parts(archive: Archive) -> tuple[list[tuple[str, str]], bool]:
    """(name, part) of each worksheet in order, hidden ones last; whether days count from 1904."""
    targets = _targets(archive)
    shown: list[tuple[str, str]] = []
    hidden: list[tuple[str, str]] = []
    is_1904 = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal is_1904
        if tag == "workbookPr":
            is_1904 = attributes.get("date1904", "") in {"1", "true", "on"}
        elif tag == "sheet" and len(shown) + len(hidden) < 1000:
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            if part := targets.get(relation):
                kept = hidden if attributes.get("state", "visible") != "visible" else shown
                kept.append((attributes.get("name", "")[:200], part))

    read_all(archive, "xl/workbook.xml", start)
    return shown + hidden, is_1904


def _targets(archive: Archive) -> dict[str, str]:
    """{relation: part} of the worksheets."""
    found: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if len(found) < 1000 and path in archive.names:
                found[attributes.get("Id", "")] = path

    read_all(archive, "xl/_rels/workbook.xml.rels", start)
    return found
