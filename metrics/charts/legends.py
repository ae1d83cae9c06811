"""The legends beside charts."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.words import said

Legend = list[dict[str, str]]


def said_legend(entries: Sequence[dict[str, str]]) -> Legend:
    """The entries with their labels in the reader's language."""
    return [{**one, "label": said(one["label"])} for one in entries]
