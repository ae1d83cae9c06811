"""By what customers with a score are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from metrics.dimensions import attribute_keys
from metrics.models import HealthModel, HealthScore

LONGEST = 200
MOST_DAYS = 3660
FILTERS = ("q", "band", "model", "by", "segment", "drop", "renews_within")


class FilterError(ValueError):
    """What is wrong with a filter, in words; `name` is the filter's."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`bands`: any of them; `drop`: at least so many points in 30 days; `renews_within`: days."""

    words: str = ""
    bands: tuple[str, ...] = ()
    model: int | None = None
    by: str = ""
    segment: str = ""
    drop: int | None = None
    renews_within: int | None = None

    @property
    def is_any(self) -> bool:
        return self != Filters()


def filters_of(params: Mapping[str, str]) -> Filters:
    """Out of a query string; `band` may be several with commas. Raises FilterError."""
    by, segment = params.get("by", ""), params.get("segment", "")
    if by and by not in attribute_keys():
        known = ", ".join(attribute_keys()) or _("none is known yet")
        raise FilterError(
            "by", _("by must be one of {known}; got {by}.").format(known=known, by=by[:100])
        )
    if bool(by) != bool(segment):
        raise FilterError("segment", _("A segment needs both: by, the attribute, and its value."))
    model = number_of(params, "model", 2**31)
    if model is not None and not HealthModel.objects.filter(pk=model).exists():
        raise FilterError("model", _("There is no health model {model}.").format(model=model))
    return Filters(
        words=words_of(params),
        bands=bands_of(params),
        model=model,
        by=by,
        segment=segment.replace("\0", "")[:LONGEST],
        drop=number_of(params, "drop", 100),
        renews_within=number_of(params, "renews_within", MOST_DAYS),
    )


def words_of(params: Mapping[str, str]) -> str:
    return " ".join(params.get("q", "").replace("\0", "").split())[:LONGEST]


def bands_of(params: Mapping[str, str]) -> tuple[str, ...]:
    bands = tuple(one.strip() for one in params.get("band", "").split(",") if one.strip())
    for band in bands:
        if band not in HealthScore.Band.values:
            known = ", ".join(HealthScore.Band.values)
            raise FilterError(
                "band",
                _("band must be one of {known}; got {band}.").format(known=known, band=band[:100]),
            )
    return bands


def number_of(params: Mapping[str, str], name: str, most: int, *, digits: int = 10) -> int | None:
    """A whole number from 0 to `most`, written with up to `digits`; None where there is none."""
    text = params.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= digits and int(text) <= most):
        raise FilterError(
            name,
            _("{name} must be a whole number from 0 to {most}; got {text}.").format(
                name=name, most=most, text=text[:40]
            ),
        )
    return int(text)
