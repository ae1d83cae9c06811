"""Rows of lists of customers, written at once: hundreds of cells cost a template its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formatting import format_number
from accounts.notations import EN_DASH
from csm_portal.templatetags import portal
from customers import one
from customers.one import within
from metrics.customer_list.columns import Column
from metrics.customer_list.listing import Row
from metrics.health import listing as health
from metrics.models import HealthScore

register = template.Library()
NONE = f'<span class="muted">{EN_DASH}</span>'


@register.simple_tag
def listed_rows(
    rows: Iterable[Row], columns: Sequence[Column], currency: str, *, may_tick: bool, listed: str
) -> SafeString:
    """A `tr` for each customer: a box to tick, the name, and a cell for each column. `listed`: what
    the customers' pages are told of the list (customers.one.opened_from)."""
    kept, address = escape(listed), _addresses("customers:detail")
    heads = [
        (
            column,
            (
                f'<td data-label="{escape(column.title)}"'
                f' class="{"numeric" if column.is_number else ""}'
            ),
            CELLS.get(column.form, _words),
        )
        for column in columns
    ]
    found = []
    for row in rows:
        name = escape(row.name)
        tick = (
            f'<td class="customer-tick"><input type="checkbox" name="pick" value="{row.id}"'
            f' aria-label="{name}"></td>'
            if may_tick
            else ""
        )
        href = f"{address(row.id)}?{kept}"
        cells = "".join(
            f'{begun}{" is-none" if row.values[column.key] is None else ""}">'
            f"{written(row, row.values[column.key], currency)}</td>"
            for column, begun, written in heads
        )
        found.append(
            f'<tr>{tick}<td class="customer-name"><a class="cell-main" href="{href}">{name}</a>'
            f'<span class="cell-sub">{escape(row.external_id)}</span></td>{cells}</tr>'
        )
    return mark_safe("\n".join(found))  # noqa: S308 - every text in it is escaped


@register.simple_tag
def health_rows(
    rows: Iterable[health.Row], currency: str, *, has_models: bool, listed: str
) -> SafeString:
    """A `tr` for each customer by its score; with `has_models` also which model gave it. `listed`
    as of `listed_rows`."""
    kept, address = escape(listed), _addresses("metrics:customer_health")
    badges = {
        band: portal.kept("metrics/_band.html", band=band) for band in HealthScore.Band.values
    }
    covered, monthly = escape(_("coverage {coverage} %")), escape(_("by the month"))
    score, change, paid, at_risk, renewal = (
        f'<td class="numeric" data-label="{escape(label)}">'
        for label in (_("Score"), _("30 days"), _("MRR"), _("MRR at risk"), _("Renewal"))
    )
    no_change, no_risk = (
        begun.replace("numeric", "numeric cell-none") for begun in (change, at_risk)
    )
    found = []
    for row in rows:
        href = f"{address(row.customer_id)}?{kept}"
        coverage = covered.format(coverage=row.coverage)
        model = f'<span class="cell-sub">{escape(row.model)}</span>' if has_models else ""
        mrr = conditional_escape(portal.money(row.mrr, currency))
        renews = _days(row, row.renews_in, currency)
        if row.renews_in is None:
            renews = f'<span class="muted">{monthly}</span>'
        found.append(
            f'<tr><td><a class="cell-main" href="{href}">{escape(row.name)}</a>'
            f'<span class="cell-sub">{escape(row.external_id)}</span></td>'
            f"{score}<span><strong>{row.score}</strong>"
            f'<span class="cell-sub">{coverage}</span></span></td>'
            f"{no_change if row.change is None else change}"
            f"{_change(row, row.change, currency)}</td>"
            f"{paid}{mrr}</td>"
            f"{at_risk + mrr if row.band == 'red' else no_risk + NONE}</td>"
            f"{renewal}{renews}</td>"
            f'<td class="health-band">{badges[row.band]}{model}</td></tr>'
        )
    return mark_safe("\n".join(found))  # noqa: S308 - every text in it is escaped


def _addresses(route: str) -> Callable[[int], str]:
    """The address of a route with one number in it, by that number."""
    before, after = reverse(route, args=[0]).split("/0/")
    return lambda number: f"{before}/{number}/{after}"


@register.simple_tag(takes_context=True)
def in_list(context: Context, href: str) -> str:
    """An address that a customer's page leads to: its other pages are told the list that it was
    opened from."""
    kept = one.in_list(context["request"])
    is_own = kept and href.startswith(context["customer"].get_absolute_url())
    return within(href, kept) if is_own else href


def _money(row: Row, value: Any, currency: str) -> str:
    if not row.is_paying:
        return f'<span class="muted">{escape(_("not paying"))}</span>'
    return NONE if value is None else conditional_escape(portal.money(value, currency))


def _score(row: Row, value: Any, currency: str) -> str:
    if value is None:
        return NONE
    badge = portal.kept("metrics/_band.html", band=row.band)
    return f'<span class="nowrap">{value} {badge}</span>'


def _change(_row: object, value: Any, currency: str) -> str:
    if value is None:
        return NONE
    tone = " change-good" if value > 0 else " change-bad" if value < 0 else ""
    said = conditional_escape(portal.signed_number(value))
    return f'<span class="change{tone}">{said}</span>'


def _days(_row: object, value: Any, currency: str) -> str:
    if value is None:
        return NONE
    if value == 0:
        return escape(_("today"))
    return escape(ngettext("{count} day", "{count} days", value).format(count=format_number(value)))


def _day(_row: object, value: Any, currency: str) -> str:
    if value is None:
        return NONE
    return f'<span class="nowrap">{conditional_escape(portal.day(value))}</span>'


def _count(_row: object, value: Any, currency: str) -> str:
    return NONE if value is None else conditional_escape(portal.number(value))


def _words(_row: object, value: Any, currency: str) -> str:
    return NONE if value is None else escape(value)


CELLS: dict[str, Callable[[Row, Any, str], str]] = {
    "money": _money,
    "score": _score,
    "change": _change,
    "days": _days,
    "day": _day,
    "count": _count,
    "words": _words,
}
