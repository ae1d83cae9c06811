"""What a request asks of the renewals: which days, whose, and in which order. Pages and API share
it; a page shows what it can and says what it could not, the API refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from customers.owners import EVERYBODY, PARAMETER, Owned, owned_of
from metrics.contributions.due import Days
from metrics.dimensions import attribute_keys
from metrics.models import HealthScore
from metrics.periods import DAY, Grain, advance, floor
from metrics.pickers import Pairs, read_day
from metrics.query import unknown
from metrics.renewals.listing import NO_BAND, ORDERS, Filters, Listing
from metrics.renewals.relations import OUTCOMES
from tenants.models import Company

PRESETS: Pairs = [
    ("month", gettext_noop("This month")),
    ("next_month", gettext_noop("Next month")),
    ("quarter", gettext_noop("This quarter")),
    ("next_quarter", gettext_noop("Next quarter")),
    ("90", gettext_noop("Next 90 days")),
    ("365", gettext_noop("Next 365 days")),
    ("last_quarter", gettext_noop("Last quarter")),
    ("last_year", gettext_noop("Last year")),
    ("custom", gettext_noop("Other dates")),
]
USUAL = "quarter"
LONGEST_DAYS = 3 * 366
LONGEST = 200
DECIDED: Pairs = [
    ("", gettext_noop("Decided or not")),
    ("open", gettext_noop("Not decided yet")),
    ("agreed", gettext_noop("Renewing")),
    ("cancelled", gettext_noop("Cancelled")),
    ("renewed", gettext_noop("Renewed")),
    ("lost", gettext_noop("Not renewed")),
    ("undecided", gettext_noop("Due, and neither yet")),
]
TAKEN = ("preset", "start", "end", "shown", "grain", "due", "band", "decided", "by", "segment")
SORTING = ("sort", "reverse", "page")


@dataclass
class Asked:
    """`preset` "custom": the dates themselves. `problems`: what could not be."""

    preset: str
    start: dt.date
    end: dt.date
    which: Days
    filters: Filters
    order: str
    is_reverse: bool
    problems: list[str] = field(default_factory=list)

    @property
    def last_day(self) -> dt.date:
        return self.end - DAY

    @property
    def query(self) -> str:
        """The same rows in the same order, named by dates: for the address of a file."""
        filters = self.filters
        asked = {
            "start": self.start.isoformat(),
            "end": self.last_day.isoformat(),
            "due": self.which.value,
            PARAMETER: filters.owned.choice,
            "band": ",".join(filters.bands),
            "decided": ",".join(filters.outcomes),
            "by": filters.by,
            "segment": filters.segment,
            "sort": self.order,
            "reverse": "1" if self.is_reverse else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})

    def listing(self, company: Company, today: dt.date) -> Listing:
        return Listing(company, today, self.start, self.end, self.which, self.filters)


def asked_of(
    params: Mapping[str, str], *, today: dt.date, user: User | None, more: tuple[str, ...] = ()
) -> Asked:
    """`user` None: without one everybody's customers are meant. Costs up to two queries."""
    problems = []
    problem = unknown(params, (*TAKEN, PARAMETER, *SORTING, *more))
    if problem:
        problems.append(problem)
    preset, start, end = _days(params, today, problems)
    return Asked(
        preset,
        start,
        end,
        Days(_one_of(params, "due", [one.value for one in Days], Days.LONGER.value, problems)),
        _filters(params, user, problems),
        _one_of(params, "sort", list(ORDERS), "next", problems),
        params.get("reverse") == "1",
        problems,
    )


def _one_of(
    params: Mapping[str, str], name: str, known: list[str], usual: str, problems: list[str]
) -> str:
    asked = params.get(name) or usual
    if asked in known:
        return asked
    problems.append(
        _("{name} must be one of {known}; got {asked}.").format(
            name=name, known=", ".join(known), asked=asked[:100]
        )
    )
    return usual


def _filters(params: Mapping[str, str], user: User | None, problems: list[str]) -> Filters:
    bands = _several(params, "band", [*HealthScore.Band.values, NO_BAND], problems)
    outcomes = _several(params, "decided", list(OUTCOMES), problems)
    by, segment = params.get("by", ""), params.get("segment", "")
    keys = attribute_keys() if by else []
    if by and by not in keys:
        known = ", ".join(keys) or _("none is known yet")
        problems.append(_("by must be one of {known}; got {by}.").format(known=known, by=by[:100]))
        by = ""
    if bool(params.get("by")) != bool(segment):
        problems.append(_("A segment needs both: by, the attribute, and its value."))
        by = ""
    return Filters(
        owned=_owned(params, user),
        bands=bands,
        outcomes=outcomes,
        by=by,
        segment=segment.replace("\0", "")[:LONGEST] if by else "",
    )


def _owned(params: Mapping[str, str], user: User | None) -> Owned:
    if user is not None:
        return owned_of(params, user)
    return owned_of(params, User()) if params.get(PARAMETER) else EVERYBODY


def _several(
    params: Mapping[str, str], name: str, known: list[str], problems: list[str]
) -> tuple[str, ...]:
    """Several with commas."""
    asked = [one.strip() for one in params.get(name, "").split(",") if one.strip()]
    wrong = [one for one in asked if one not in known]
    if wrong:
        problems.append(
            _("{name} must be one of {known}; got {wrong}.").format(
                name=name, known=", ".join(known), wrong=wrong[0][:100]
            )
        )
        return ()
    return tuple(dict.fromkeys(asked))


def _days(
    params: Mapping[str, str], today: dt.date, problems: list[str]
) -> tuple[str, dt.date, dt.date]:
    """(preset, first day, first day after). Edited dates count as other dates."""
    dates = f"{params.get('start')}/{params.get('end')}"
    is_edited = params.get("shown", dates) != dates or (
        "preset" not in params and "start" in params
    )
    preset = "custom" if is_edited else params.get("preset") or USUAL
    if preset == "custom":
        try:
            return "custom", *_custom(params)
        except ValueError as error:
            problems.append(
                _("{error} Shown instead: {usual}.").format(error=error, usual=_("this quarter"))
            )
            preset = USUAL
    if preset not in dict(PRESETS):
        allowed = ", ".join(name for name, _words in PRESETS)
        problems.append(
            _("preset must be one of {allowed}; got {preset}.").format(
                allowed=allowed, preset=preset[:100]
            )
        )
        preset = USUAL
    return preset, *span(preset, today)


def span(preset: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days of a preset that is not "custom"."""
    if preset.isdecimal():
        return today, today + int(preset) * DAY
    where, _, name = preset.rpartition("_")
    grain = Grain(name)
    start = advance(floor(today, grain), grain, {"": 0, "next": 1, "last": -1}[where])
    return start, advance(start, grain)


def _custom(params: Mapping[str, str]) -> tuple[dt.date, dt.date]:
    start, last = read_day(params.get("start", "")), read_day(params.get("end", ""))
    if start is None or last is None or not 1900 < start.year < 2900 or last.year > 2900:
        raise ValueError(_("The first and the last day must be days as YYYY-MM-DD."))
    if last < start:
        raise ValueError(
            _("The first day must not be after the last; got {start} and {last}.").format(
                start=start, last=last
            )
        )
    if (last - start).days > LONGEST_DAYS:
        raise ValueError(
            _("At most {longest_days} days can be shown at once.").format(longest_days=LONGEST_DAYS)
        )
    return start, last + DAY
