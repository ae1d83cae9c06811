"""What changed, as reports say it: the sentences of the overview."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.changed import sentences
from metrics.periods import Period
from metrics.shared import Shared
from tenants.models import Company


@dataclass(frozen=True)
class Told:
    """A sentence, and the path of the page with its rows."""

    text: str
    href: str


def told(company: Company, period: Period, shared: Shared) -> list[Told]:
    """The sentences, the weightiest first."""
    found = sentences(company, period, as_of=shared.as_of, shared=shared)
    return [Told(one.text, one.href) for one in found]
