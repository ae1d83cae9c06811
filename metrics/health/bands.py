"""Bands in words within a sentence."""

from __future__ import annotations

from django.utils.translation import pgettext


def band_word(band: str) -> str:
    """ "green": of a band, or of none ("none")."""
    words = {
        "green": pgettext("band", "green"),
        "amber": pgettext("band", "amber"),
        "red": pgettext("band", "red"),
    }
    return words.get(band, band)
