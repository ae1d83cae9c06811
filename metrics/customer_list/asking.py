"""What a request asks the list for: filters, order and columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from accounts.models import User
from metrics.actions.saved_views import columns_of
from metrics.customer_list import columns as known_columns
from metrics.customer_list.columns import NAME, Column, UnknownColumnError
from metrics.customer_list.filters import ATTRIBUTE, NAMES, Filters, filters_of, is_filter
from metrics.health.filters import FilterError
from metrics.models import ListPage

SORTING = ("sort", "reverse", "columns")
ATTRIBUTE_FORM = ("by", "segment")
"""An attribute and its value, as a form sends them: `a.<by>=<segment>`."""


@dataclass(frozen=True)
class Asked:
    """`problems`: what could not be done as asked, in sentences; `kept`: the part of the query
    that a view, a file and the next page are of; `is_chosen`: the columns are somebody's choice."""

    filters: Filters
    columns: list[Column]
    order: Column
    is_reverse: bool
    kept: dict[str, str]
    there: dict[str, Column]
    is_chosen: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def query(self) -> str:
        return urlencode(self.kept)


def asked_of(
    params: Mapping[str, str], user: User | None, *, others: tuple[str, ...] = ()
) -> Asked:
    """What the parameters ask for; `others` may be there too and are left to the caller. What is
    wrong stands in `problems`, and is left out."""
    problems: list[str] = []
    kept = _kept(params)
    taken = {*SORTING, *ATTRIBUTE_FORM, *others}
    beyond = sorted(name for name in params if not is_filter(name) and name not in taken)
    if beyond:
        problems.append(
            _("Only {known} can be given; got {beyond}.").format(
                known=", ".join([*NAMES, "a.<attribute>", *SORTING, *others]),
                beyond=beyond[0][:100],
            )
        )
    try:
        filters = filters_of(kept, user)
    except FilterError as error:
        problems.append(_("{error} Shown without filters.").format(error=error))
        filters = Filters()
    there = known_columns.known()
    chosen, is_chosen = _columns(kept, there, user, problems)
    order = _order(kept, there, problems)
    return Asked(
        filters, chosen, order, kept.get("reverse") == "1", kept, there, is_chosen, problems
    )


def _kept(params: Mapping[str, str]) -> dict[str, str]:
    found = {
        name: value
        for name, value in params.items()
        if value.strip() and (is_filter(name) or name in SORTING)
    }
    by, segment = (params.get(name, "").strip() for name in ATTRIBUTE_FORM)
    if by and segment:
        found[f"{ATTRIBUTE}{by}"] = segment
    return found


def _columns(
    kept: Mapping[str, str], there: dict[str, Column], user: User | None, problems: list[str]
) -> tuple[list[Column], bool]:
    """Those asked for, else those that the user chose, else the usual ones."""
    if "columns" in kept:
        try:
            return known_columns.chosen(kept["columns"].split(","), there), True
        except UnknownColumnError as error:
            problems.append(str(error))
    own = columns_of(user, ListPage.CUSTOMERS) if user else None
    if own is not None:
        return [there[key] for key in own if key in there], True
    return known_columns.default(there), False


def _order(kept: Mapping[str, str], there: dict[str, Column], problems: list[str]) -> Column:
    name = kept.get("sort", NAME.key)
    if name == NAME.key:
        return NAME
    found = there.get(name)
    if found is None or found.order is None:
        known = ", ".join([NAME.key, *(key for key, one in there.items() if one.order is not None)])
        problems.append(
            _("sort must be one of {known}; got {name}.").format(known=known, name=name[:40])
        )
        return NAME
    return found
