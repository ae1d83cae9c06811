"""The PDF: typst sets what `gather` found.

Everything reaches the document as JSON values and is shown as text; none of it is ever part of the
markup, so that nothing a company or its contacts wrote can be code. The fonts are Noto's, out of
wheels, so that a report looks alike on every machine and names in any of their scripts can be read.
No file but the template and no network is read.

What contacts wrote may have characters that no font can show. The standard forbids these, and a
report is worth more than the standard: then it is set without.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TEMPLATE = Path(__file__).parent / "report.typ"
STANDARD: Final = "ua-1"
"""PDF/UA-1: tagged, with a title, a language, and words for every picture."""
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Categories of what is no character to show: controls, halves of pairs, private and unassigned."""


@dataclass(frozen=True)
class Document:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


@functools.cache
def _fonts() -> Any:
    """Loaded once in a process: 0.05 s, and the largest is only mapped."""
    import typst

    folders = [
        str(importlib.resources.files(name)) for name in ("manimgx_fonts", "manimgx_fonts_cjk")
    ]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def render(data: dict[str, Any], *, made_at: dt.datetime) -> Document:
    """The document of the values. Raises typst.TypstError where it can't be set."""
    import typst  # a large library; most processes make no report

    compiler = typst.Compiler(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_shown(data), ensure_ascii=False)},
    )
    stamp = made_at.replace(microsecond=0)
    try:
        made = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=stamp)
    except typst.TypstError:
        made = compiler.compile(format="pdf", timestamp=stamp)
    if not isinstance(made, bytes):
        raise TypeError("A PDF is one file.")
    pages = json.loads(compiler.query("<last-page>", field="value", one=True))
    return Document(made, int(pages))


def _shown(value: Any) -> Any:
    """The same with a replacement character for what is none."""
    if isinstance(value, str):
        return "".join(
            "\ufffd" if unicodedata.category(one) in _NO_TEXT and one not in "\n\t" else one
            for one in value
        )
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    return value
