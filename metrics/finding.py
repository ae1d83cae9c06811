"""What the search of the whole portal finds here: metrics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.search import Finder, Found, fits
from metrics.registry import metrics


def _metrics(words: str, user: User | None, most: int) -> Iterator[Found]:
    del user
    found = (metric for metric in metrics() if fits(words, metric.name, metric.key))
    for metric in islice(found, most):
        href = reverse("metrics:detail", args=[metric.key])
        yield Found(metric.name, href, metric.question.words, "metrics")


FINDER = Finder("metrics", _("Metrics"), _metrics, position=40)
