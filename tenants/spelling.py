"""Letters where only a to z can stand."""

from __future__ import annotations

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def german_letters(text: str) -> str:
    """`text` in lower case with ä, ö, ü and ß as German writes them without: ae, oe, ue, ss."""
    return text.lower().translate(_GERMAN)
