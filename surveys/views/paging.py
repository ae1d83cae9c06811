"""Where one is in a long list."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page


def summary_of(page: Page[Any]) -> str:
    """ "1-50 of 7,043", with an en dash."""
    return f"{page.start_index():,}\N{EN DASH}{page.end_index():,} of {page.paginator.count:,}"
