"""The portal's own words in mails and on answer pages, in the languages of a campaign."""

from __future__ import annotations

from surveys.models.campaign import Language
from surveys.wording.arabic import ARABIC
from surveys.wording.dutch import DUTCH
from surveys.wording.english import ENGLISH
from surveys.wording.french import FRENCH
from surveys.wording.german import GERMAN
from surveys.wording.italian import ITALIAN
from surveys.wording.shape import KindWords, Wording
from surveys.wording.spanish import SPANISH

__all__ = ["ENGLISH", "WORDINGS", "KindWords", "Wording"]

WORDINGS: dict[str, Wording] = {
    Language.ENGLISH: ENGLISH,
    Language.GERMAN: GERMAN,
    Language.FRENCH: FRENCH,
    Language.SPANISH: SPANISH,
    Language.ITALIAN: ITALIAN,
    Language.DUTCH: DUTCH,
    Language.ARABIC: ARABIC,
}
