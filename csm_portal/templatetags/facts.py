"""Facts and where they came from. The rows of a list are written at once: hundreds of cells cost a
template its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr, truncatechars, yesno
from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.notations import EN_DASH
from csm_portal.templatetags import portal
from customers.fact_rows import Cell, FactRow
from customers.imports.fields import Kind
from customers.models import Source

register = template.Library()
NONE = mark_safe(f'<span class="muted">{EN_DASH}</span>')  # noqa: S308 - no text in it
OF_FORM = {"number": "numeric", "money": "numeric", "day": "nowrap", "instant": "nowrap"}


@register.simple_tag
def fact_value(cell: Cell) -> str:
    """A field's value as its form is written; a dash where there is none."""
    if cell.value is None or cell.value == "":
        return NONE
    return conditional_escape(VALUES.get(cell.form, _text)(cell))


def _text(cell: Cell) -> str:
    value = str(cell.value)
    if not value.startswith(("https://", "http://")):
        return escape(value)
    return format_html('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>', value)


VALUES: dict[str, Callable[[Cell], str]] = {
    "day": lambda cell: portal.day(cell.value),
    "instant": lambda cell: portal.moment(cell.value),
    "money": lambda cell: portal.money(cell.value, cell.currency),
    "number": lambda cell: portal.number(cell.value),
    "yes_no": lambda cell: str(yesno(cell.value, _("yes,no"))),
    "json": lambda cell: format_html('<code class="wrap">{}</code>', str(cell.value)),
    "word": lambda cell: cell.word,
    "lines": lambda cell: linebreaksbr(cell.value),
}


@register.simple_tag
def fact_source(fact: Any, *, may_work: bool) -> str:
    """Where a version came from. `fact` has a `source`, else perhaps an `origin` and its
    `origin_href`."""
    source: Source | None = fact.source
    if source is None:
        href, origin = getattr(fact, "origin_href", ""), getattr(fact, "origin", "")
        if href:
            return format_html('<a href="{}">{}</a>', href, origin)
        return format_html('<span class="muted">{}</span>', origin or EN_DASH)
    if source.kind == Source.Kind.IMPORT and source.reference_id and may_work:
        href = reverse("customers:import_detail", args=[source.reference_id])
        return format_html('<a href="{}">{}</a>', href, str(source))
    return escape(str(source))


@register.simple_tag
def fact_rows(
    kind: Kind,
    rows: Iterable[tuple[FactRow, Sequence[Cell]]],
    *,
    is_of_one: bool,
    may_work: bool,
) -> SafeString:
    """A `tr` for each fact: its title, its customer unless all are of one, its cells, its
    source."""
    sources: dict[int | None, str] = {}
    found = []
    whose, source = _label(_("Customer")), _label(_("Source"))
    for row, cells in rows:
        if row.source_id is None or row.source_id not in sources:
            sources[row.source_id] = fact_source(row, may_work=may_work)
        customer = "" if is_of_one else f"<td{whose}>{_customer(row)}</td>"
        values = "".join(map(_value, cells))
        found.append(
            f"<tr>{_title(kind, row)}{customer}{values}<td{source}><span>{sources[row.source_id]}"
            f'<span class="cell-sub nowrap">{conditional_escape(portal.moment(row.recorded_at))}'
            "</span></span></td></tr>"
        )
    return mark_safe("\n".join(found))  # noqa: S308 - every text in it is escaped


def _title(kind: Kind, row: FactRow) -> str:
    title, key = row.title, row.external_id
    is_short = title == key and len(title) <= 24
    href = reverse("customers:fact_detail", args=[kind.key, row.id])
    shown = escape(_cut(title, 80) or _("without an id"))
    below = f'<span class="cell-sub">{escape(_cut(key, 40))}</span>' if key and title != key else ""
    return (
        f"<td{_class('nowrap' if is_short else None)}>"
        f'<a class="cell-main" href="{href}" dir="auto">{shown}</a>{below}</td>'
    )


def _cut(text: str, size: int) -> str:
    return truncatechars(text, size) if len(text) > size else text


def _value(cell: Cell) -> str:
    name = OF_FORM.get(cell.form)
    if cell.value is None or cell.value == "":
        none = f"cell-none {name}" if name else "cell-none"
        return f"<td{_class(none)}>{NONE}</td>"
    label = _label(cell.field.shown_label)
    return f"<td{_class(name)}{label}><span>{fact_value(cell)}</span></td>"


def _label(words: str) -> str:
    return f' data-label="{escape(words)}"'


def _customer(row: FactRow) -> str:
    if row.customer is None:
        return NONE
    href = row.customer.get_absolute_url()
    return f'<a href="{href}" dir="auto">{escape(row.customer.name)}</a>'


def _class(name: str | None) -> str:
    return f' class="{name}"' if name else ""
