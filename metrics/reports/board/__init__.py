"""The board report: everything in it as plain values, and the document that shows them."""

from metrics.reports.board.document import Document, render
from metrics.reports.board.gathering import SECTIONS, gather

__all__ = ["SECTIONS", "Document", "gather", "render"]
