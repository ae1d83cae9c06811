"""Links that show one thing to outsiders: what they may be about, their tokens, and finding them.

A token is 256 random bits. It is shown once, to who made the link, and kept as a hash that takes in
the company, so a row copied elsewhere opens nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.secrets import hash_secret, new_secret
from metrics.dimensions import UnknownSegmentError, dimension
from metrics.models import ReportSettings, ShareLink
from metrics.periods import Grain
from metrics.registry import UnknownMetricError, metric

PURPOSE = "metrics.share_link"
SPANS = (6, 12, 24, 36)
GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER)
LONGEST_DAYS = 366


class SelectionError(ValueError):
    """What cannot be shared, in words; `field` is what is wrong."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Selection:
    """What of a metric a link shows: the last `span` periods of `grain`, split `by`. It is fixed;
    the figures are those of the day on which somebody looks."""

    metric: str
    grain: str = "month"
    span: int = 12
    by: str = ""

    @classmethod
    def read(cls, values: dict[str, Any]) -> Selection:
        """Raises SelectionError, which says what is allowed."""
        try:
            one = metric(str(values.get("metric", "")))
        except UnknownMetricError:
            raise SelectionError("metric", _("Say which metric.")) from None
        grain, by = str(values.get("grain") or "month"), str(values.get("by") or "")
        if grain not in GRAINS:
            raise SelectionError(
                "grain", _("grain is one of {grains}.").format(grains=", ".join(GRAINS))
            )
        span = values.get("span") or 12
        if not str(span).isdecimal() or int(span) not in SPANS:
            raise SelectionError(
                "span", _("span is one of {spans}.").format(spans=", ".join(map(str, SPANS)))
            )
        try:
            dimension(by, one)
        except UnknownSegmentError as error:
            raise SelectionError("by", str(error)) from None
        return cls(one.key, grain, int(span), by)

    def json(self) -> dict[str, Any]:
        return asdict(self)


def token_and_hash() -> tuple[str, str]:
    """A new token, and what is kept of it."""
    token = new_secret()
    return token, hash_secret(purpose=PURPOSE, secret=token)


def find(token: str) -> ShareLink | None:
    """The link of a token, also one that is over; None for none of this company's."""
    found = ShareLink.objects.select_related("report").defer("report__file")
    return found.filter(token_hash=hash_secret(purpose=PURPOSE, secret=token)).first()


def note_use(link: ShareLink, now: dt.datetime | None = None) -> None:
    ShareLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1, used_at=now or timezone.now())


def may_share(user: User) -> bool:
    """Admins and owners may make links; managers where the company says so."""
    if has_permission(user, Permission.ADMINISTER):
        return True
    return has_permission(user, Permission.WORK) and ReportSettings.held().managers_may_share


def about(link: ShareLink) -> str:
    """What a link shows, in words."""
    if link.what == ShareLink.What.OVERVIEW:
        return _("Overview")
    if link.what == ShareLink.What.REPORT:
        if link.report is None:
            return _("Board report")
        return _("Board report, {name}").format(name=link.report.name)
    said = Selection(**link.selection)
    span = span_words(said.grain, said.span)
    words = _("{name}, {span}, by {by}") if said.by else _("{name}, {span}")
    return words.format(name=_name(said.metric), span=span, by=said.by)


def span_words(grain: str, count: int) -> str:
    """ "12 months"."""
    match grain:
        case "week":
            words = ngettext("{count} week", "{count} weeks", count)
        case "quarter":
            words = ngettext("{count} quarter", "{count} quarters", count)
        case _other:
            words = ngettext("{count} month", "{count} months", count)
    return words.format(count=count)


def _name(key: str) -> str:
    try:
        return metric(key).name
    except UnknownMetricError:
        return key
