"""The currencies a company may count in: ISO 4217, active codes of money (no metals, no tests)."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale
from babel.numbers import get_territory_currencies
from django.utils.translation import gettext as _

from tenants.languages import language

COMMON = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "SEK", "NOK", "DKK", "PLN", "INR")
_PLACE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?-(?P<code>[a-z]{2})\b", re.IGNORECASE)
_OTHERS = """
AED AFN ALL AMD AOA ARS AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CDF CLP CNY COP CRC CUP CVE CZK DJF DOP DZD EGP ERN ETB FJD FKP GEL GHS GIP GMD GNF GTQ GYD
HKD HNL HTG HUF IDR ILS IQD IRR ISK JMD JOD KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NPR NZD OMR
PAB PEN PGK PHP PKR PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SGD SHP SLE SOS SRD SSP STN SVC
SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VED VES VND VUV WST XAF XCD XCG
XOF XPF YER ZAR ZMW ZWG
"""


def usual_currency(accepted: str = "") -> str:
    """What a reader counts in: a first guess, to be chosen otherwise. `accepted`: their header
    Accept-Language, whose first place tells; without one it is by the language in force."""
    if place := _PLACE.match(accepted.strip()):
        used = get_territory_currencies(place["code"].upper())
        if used and used[-1] in {*COMMON, *_OTHERS.split()}:
            return used[-1]
    return "EUR" if language() == "de" else "USD"


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Grouped choices of a form field: the common ones first, each by its code and its name."""
    names = _names(language())

    def named(code: str) -> tuple[str, str]:
        return code, f"{code} \u2013 {names[code]}" if code in names else code

    return [
        (_("Common"), [named(code) for code in COMMON]),
        (_("All others"), [named(code) for code in _OTHERS.split()]),
    ]


@lru_cache(maxsize=8)
def _names(code: str) -> dict[str, str]:
    return dict(Locale.parse(code, sep="-").currencies)
