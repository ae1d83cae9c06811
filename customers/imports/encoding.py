"""Which encoding a file is in, found in one pass over its bytes as they arrive."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

UTF8, UTF8_BOM, WINDOWS = "utf-8", "utf-8-sig", "cp1252"
LABELS = {
    UTF8: "UTF-8",
    UTF8_BOM: gettext_noop("UTF-8 with a byte order mark"),
    "utf-16": "UTF-16",
    "utf-16-le": gettext_noop("UTF-16 (little endian)"),
    "utf-16-be": gettext_noop("UTF-16 (big endian)"),
    WINDOWS: "Windows-1252",
}
_SAMPLE = 64 * 1024
# Single-byte encodings of Latin letters look alike to a guesser; Windows-1252 stands for them.
_LATIN_NAMES = (
    "cp1252 cp1250 cp1254 cp1257 latin_1 iso8859_1 iso8859_2 iso8859_3 iso8859_4 iso8859_9"
    " iso8859_10 iso8859_13 iso8859_14 iso8859_15 iso8859_16 cp437 cp500 cp775 cp850 cp852 cp857"
    " cp858 cp860 cp861 cp863 cp865 cp037 cp1026 cp1140 cp273 mac_latin2 mac_roman mac_iceland"
    " mac_turkish hp_roman8 cp1258"
)
_LATIN = frozenset(_LATIN_NAMES.split())


def label_of(encoding: str) -> str:
    """What people call it, where it has such a name."""
    return _(LABELS[encoding]) if encoding in LABELS else encoding


@dataclass
class EncodingDetector:
    """Feed it every byte of a file, in pieces, then ask for `encoding`.

    UTF-8 is believed only when all of the file is UTF-8. A file that is mostly UTF-8 with a few
    broken bytes is called UTF-8 too: reading it then names the row and column of the first one.
    """

    _head: bytearray = field(default_factory=bytearray)
    _odd_bytes: bytearray = field(default_factory=bytearray)
    _utf8: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("strict")
    )
    _is_utf8: bool = True
    _multibyte_characters: int = 0
    _broken_bytes: int = 0

    def feed(self, piece: bytes) -> None:
        if len(self._head) < _SAMPLE:
            self._head += piece[: _SAMPLE - len(self._head)]
        if self._is_utf8:
            try:
                text = self._utf8.decode(piece)
            except UnicodeDecodeError:
                self._is_utf8 = False
            else:
                self._multibyte_characters += 0 if text.isascii() else 1
        if not self._is_utf8:
            self._weigh(piece)

    def _weigh(self, piece: bytes) -> None:
        """Counts what in `piece` is good and what is broken UTF-8, and keeps a sample of it."""
        if len(self._odd_bytes) >= _SAMPLE:
            return
        text = piece.decode("utf-8", errors="replace")
        broken = text.count("\N{REPLACEMENT CHARACTER}")
        self._broken_bytes += broken
        self._multibyte_characters += sum(not c.isascii() for c in text) - broken
        if broken:
            lines = [line for line in piece.splitlines() if not line.isascii()]
            self._odd_bytes += b"\n".join(lines)[:_SAMPLE]

    @property
    def encoding(self) -> str:
        """A codec name of Python's."""
        head = bytes(self._head)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if head.startswith(codecs.BOM_UTF8):
            return UTF8_BOM
        unmarked = _unmarked_utf16(head)
        if unmarked:
            return unmarked
        is_mostly_utf8 = 0 < self._multibyte_characters >= self._broken_bytes
        if self._is_whole_utf8() or is_mostly_utf8:
            return UTF8
        return _single_byte(bytes(self._odd_bytes))

    def _is_whole_utf8(self) -> bool:
        if not self._is_utf8:
            return False
        pending, _ = self._utf8.getstate()
        return not pending


def _unmarked_utf16(head: bytes) -> str:
    """UTF-16 without a mark: of mostly Latin text every other byte is 0."""
    if len(head) < 4:
        return ""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > half * 0.3 and even == 0:
        return "utf-16-le"
    if even > half * 0.3 and odd == 0:
        return "utf-16-be"
    return ""


def _single_byte(sample: bytes) -> str:
    best = from_bytes(sample).best() if len(sample) >= 32 else None
    if best is None or best.encoding in _LATIN or best.encoding.startswith("utf"):
        return WINDOWS
    return best.encoding
