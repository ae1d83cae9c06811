"""Texts as they are compared: without regard to case, accents and spaces."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """`text` in lower case, without accents, spaces made single: what is searched and compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.split())
