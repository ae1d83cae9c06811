"""Which versions of a model, and which horizon, a request asks the record of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from metrics.health.past import HORIZONS, USUAL_HORIZON
from metrics.models import HealthModel, HealthProof, HealthVersion

DRAFT = "draft"
ASKED = ("version", "against", "horizon")


class ChoiceError(ValueError):
    """What cannot be asked, in words that say what can."""


@dataclass(frozen=True)
class Chosen:
    model: HealthModel
    version: HealthVersion
    against: HealthVersion | None
    horizon: int

    @property
    def proof(self) -> HealthProof | None:
        """What is kept of it. Costs a query."""
        return (
            HealthProof.objects.filter(version=self.version, against=self.against)
            .select_related("version", "against")
            .first()
        )


def chosen(model: HealthModel, params: Mapping[str, str]) -> Chosen:
    """`version` and `against`: a number or `draft` (default: the version in force, else the draft;
    against nothing). Raises ChoiceError. A query."""
    versions = list(HealthVersion.objects.filter(model=model))  # the latest number first
    published = [one for one in versions if one.number is not None]
    usual = (published or versions)[:1]
    if not usual:
        raise ChoiceError(_("The model has neither a version nor a draft."))
    said = params.get("version", "")
    version = _found(versions, said, "version") if said else usual[0]
    said = params.get("against", "")
    against = _found(versions, said, "against") if said else None
    if against == version:
        raise ChoiceError(
            _("A version is compared with another one: version and against are alike.")
        )
    return Chosen(model, version, against, _horizon(params.get("horizon", "")))


def key_of(version: HealthVersion) -> str:
    return DRAFT if version.number is None else str(version.number)


def _found(versions: list[HealthVersion], said: str, name: str) -> HealthVersion:
    for one in versions:
        if key_of(one) == said:
            return one
    known = ", ".join(map(key_of, versions))
    raise ChoiceError(
        _("The model has no {name} {said!r}; there are {known}.").format(
            name=name, said=said[:40], known=known
        )
    )


def _horizon(said: str) -> int:
    if not said:
        return USUAL_HORIZON
    for one in HORIZONS:
        if str(one) == said:
            return one
    raise ChoiceError(
        _("The horizon is one of {horizons} days; got {said!r}.").format(
            horizons=", ".join(map(str, HORIZONS)), said=said[:40]
        )
    )
