"""How surveys put words together."""

from __future__ import annotations

from django.utils.translation import gettext as _


def quoted(words: object) -> str:
    return _("“{words}”").format(words=words)
