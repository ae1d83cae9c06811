"""What a digest says: key figures with their change, charts, what changed, and the reader's work.

What all readers have in common (figures, charts, sentences) is made once for a period and kept for
an hour in the company's part of the cache, by language and notation; work is each reader's own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.core.cache import caches
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from customers.owners import ME, names_of, owned_of
from metrics.charts.choosing import chart_of
from metrics.downloads.pictures import PNG, picture
from metrics.freshness import freshness
from metrics.models import DigestKind
from metrics.periods import Grain, Period
from metrics.pickers import Chosen
from metrics.registry import metric
from metrics.reports.days import long_day, long_month
from metrics.reports.lines import Line, lines_of, words_of
from metrics.reports.months import twelve_months
from metrics.reports.slots import chosen_of
from metrics.reports.telling import Told, told
from metrics.reports.work import WorkList, work_of
from metrics.series import Series
from metrics.shared import Shared
from metrics.values import series
from tenants.languages import tongue
from tenants.models import Company

KEYS = (
    "mrr",
    "customers",
    "customer_churn_rate",
    "net_revenue_retention",
    "expansion_revenue",
    "nps",
    "health_score",
)
CHARTS = (
    ("mrr", gettext_noop("MRR by month")),
    ("mrr_movements", gettext_noop("MRR movements by month")),
)
SIZE = (470, 220)
"""Of a chart as a mail shows it, so that its letters are as large as those of the mail."""
KEPT_SECONDS = 3600
VERSION = 1


@dataclass(frozen=True)
class Chart:
    """A picture with its words. `name` is what the mail calls it; `alt` says what is to be seen."""

    name: str
    title: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Common:
    """`segment`: whose customers the lines are about, "" for everybody's."""

    lines: list[Line]
    segment: str
    charts: list[Chart]
    told: list[Told]


@dataclass(frozen=True)
class Content:
    """Everything that one reader's digest says. `as_of`: the day it is made on."""

    kind: str
    period: Period
    before: Period
    as_of: dt.date
    common: Common
    work: WorkList

    @property
    def period_name(self) -> str:
        return name_of(self.period, self.kind)

    @property
    def before_name(self) -> str:
        return name_of(self.before, self.kind)


def name_of(period: Period, kind: str) -> str:
    """October 2025; the week of 13 October 2025."""
    if kind == DigestKind.MONTHLY:
        return long_month(period.start)
    return _("the week of {day}").format(day=long_day(period.start))


def content_of(user: User, kind: str, *, company: Company, as_of: dt.date) -> Content:
    """The digest of the last full week or month before `as_of`. A manager's figures are of their
    own customers, where they have any."""
    chosen = chosen_of(kind, as_of=as_of, week_start=company.week_start)
    owned = owned_of({}, user)
    owners = names_of(user) if owned.choice == ME else ()
    return Content(
        kind=kind,
        period=chosen.period,
        before=chosen.before,
        as_of=as_of,
        common=_common(company, chosen, as_of, owners),
        work=work_of(user, company=company, today=as_of),
    )


def _common(company: Company, chosen: Chosen, as_of: dt.date, owners: tuple[str, ...]) -> Common:
    fresh = freshness().refreshed_at
    said = f"{chosen.period} {as_of} {fresh} {owners} {tongue()}"
    key = f"digest:{VERSION}:{hashlib.sha256(said.encode()).hexdigest()}"
    found: Common | None = caches["company"].get(key)
    if found is None:
        found = make_common(company, chosen, as_of, owners)
        caches["company"].set(key, found, KEPT_SECONDS)
    return found


def make_common(
    company: Company, chosen: Chosen, as_of: dt.date, owners: tuple[str, ...] = ()
) -> Common:
    """Figures and charts as of the day; nothing is taken from the cache."""
    shared = Shared(company, as_of)
    lines = lines_of(KEYS, chosen, shared=shared, owners=owners)
    charts = [
        chart
        for key, title in CHARTS
        if (chart := _chart(key, _(title), chosen.period, shared)) is not None
    ]
    return Common(lines.lines, lines.segment, charts, told(company, chosen.period, shared))


def _chart(key: str, title: str, period: Period, shared: Shared) -> Chart | None:
    """A company's chart of the twelve months up to the period; None where there is nothing."""
    found = series(
        metric(key),
        twelve_months(period, as_of=shared.as_of),
        company=shared.company,
        as_of=shared.as_of,
        shared=shared,
    )
    drawn = chart_of(found, Grain.MONTH)
    if "spec" not in drawn:
        return None
    png = picture(drawn["spec"], PNG, title="", subtitle="", size=SIZE)
    return Chart(name=key, title=title, alt=_alt(title, found), png=png)


def _alt(title: str, found: Series) -> str:
    """The chart in words: where the line begins and ends."""
    values = [value for value in found.totals if value.value is not None]
    if not values:
        return title
    first, last = values[0], values[-1]
    begun = words_of(first.value, found.unit, found.currency)
    ended = words_of(last.value, found.unit, found.currency)
    return _("{title}: {begun} in {first}, {ended} in {last}.").format(
        title=title,
        begun=begun,
        first=long_month(first.period.start),
        ended=ended,
        last=long_month(last.period.start),
    )
