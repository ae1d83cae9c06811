"""Where one is in a long list."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from django.utils.translation import gettext as _

from accounts.formatting import format_number


def summary_of(page: Page[Any]) -> str:
    """ "1-50 of 7,043", with an en dash."""
    return _("{first}\N{EN DASH}{last} of {count}").format(
        first=format_number(page.start_index()),
        last=format_number(page.end_index()),
        count=format_number(page.paginator.count),
    )
