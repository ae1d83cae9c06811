"""A customer's scores as they are kept: spans, changes of band, and why a day has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from accounts.formatting import format_day
from metrics.health import signals
from metrics.health.applying import in_force, sorted_out
from metrics.health.hooks import BandChange
from metrics.models import HealthScore, Movement

_SPANS = "SELECT * FROM metrics_healthscore WHERE customer_id = %s ORDER BY starts_on"


def spans_of(customer: int) -> list[HealthScore]:
    """All of a customer's spans, the oldest first. A query."""
    return list(HealthScore.objects.raw(_SPANS, [customer]))


def spans_with_models(customer: int) -> list[HealthScore]:
    """The same with their versions and models. A query."""
    spans = HealthScore.objects.filter(customer_id=customer).order_by("starts_on")
    return list(spans.select_related("version__model"))


def span_on(spans: Sequence[HealthScore], day: dt.date) -> HealthScore | None:
    """The one that holds on a day."""
    for span in spans:
        if span.starts_on <= day and (span.ends_on is None or day < span.ends_on):
            return span
    return None


def band_changes(spans: Sequence[HealthScore]) -> list[BandChange]:
    """Where a span adjoins one of another band; the oldest first."""
    return [
        BandChange(span.customer_id, on=span.starts_on, was=before.band, now=span.band)
        for before, span in pairwise(spans)
        if before.ends_on == span.starts_on and before.band != span.band
    ]


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why a customer has no score on a day, in a sentence. `latest`: the last day it had one,
    if it had."""

    words: str
    latest: dt.date | None = None


def why_unscored(customer: int, day: dt.date, spans: Sequence[HealthScore]) -> Unscored:
    """Of a day that no span holds. A few queries."""
    latest = None
    for span in spans:
        if span.ends_on is not None and span.ends_on <= day:
            latest = span.ends_on - dt.timedelta(days=1)
    held = Movement.objects.filter(customer_id=customer, day__lte=day)
    last = held.order_by("-day", "-position").first()
    if last is None or not last.is_paying:
        return Unscored(_("It did not pay on that day, and only who pays has a score."), latest)
    if spans and day < spans[0].starts_on:
        return Unscored(
            _("Its scores begin on {day}.").format(day=format_day(spans[0].starts_on)),
            latest,
        )
    models = [one.model for one in in_force(signals.known())]
    if not sorted_out(models, day, [customer]):
        return Unscored(_("No health model is for this customer."), latest)
    return Unscored(_("Nothing that its health model weighs was measured."), latest)
