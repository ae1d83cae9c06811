"""How a delimited file writes its rows, found from how it begins."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.encoding import UTF8, label_of
from customers.imports.problems import FileProblem
from customers.imports.quoting import DELIMITERS, find_delimiter, find_quote

DELIMITER_LABELS = {
    ",": gettext_noop("comma"),
    ";": gettext_noop("semicolon"),
    "\t": gettext_noop("tab"),
    "|": gettext_noop("vertical bar"),
}
_HEAD_CHARACTERS = 64 * 1024
_NOT_TEXT = {
    b"PK\x03\x04": gettext_noop("The file is a zip archive; unpack it first."),
    b"\xd0\xcf\x11\xe0": gettext_noop("The file is an old Excel workbook; save it as CSV."),
    b"%PDF": gettext_noop("The file is a PDF; save the table as CSV."),
    b"\x1f\x8b": gettext_noop("The file is compressed (gzip); unpack it first."),
}
EMPTY = gettext_noop(
    "The file is empty. Send one with the columns' names in its first row and data below."
)


@dataclass(frozen=True)
class Form:
    """How a file writes its rows. `skipped`: lines before the header (Excel's `sep=;`)."""

    encoding: str = UTF8
    delimiter: str = ","
    quote: str = '"'
    skipped: int = 0

    def in_words(self) -> str:
        return _("{encoding}, {delimiter} separated").format(
            encoding=label_of(self.encoding), delimiter=_(DELIMITER_LABELS[self.delimiter])
        )


def find_form(head: bytes, encoding: str) -> Form:
    """The form of a file that begins with `head`; raises FileProblem when it is no table."""
    for magic, message in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileProblem(_(message))
    text = head.decode(encoding, errors="replace")[:_HEAD_CHARACTERS]
    if not text.strip("\ufeff\r\n\t \0"):
        raise FileProblem(_(EMPTY))
    first, _end, rest = text.lstrip("\ufeff").partition("\n")
    if first.lower().startswith("sep=") and len(first.strip("\r")) == 5:
        delimiter = first.strip("\r")[4]
        if delimiter in DELIMITERS:
            return Form(encoding, delimiter, find_quote(rest, delimiter), skipped=1)
    delimiter = find_delimiter(text)
    return Form(encoding, delimiter, find_quote(text, delimiter))
