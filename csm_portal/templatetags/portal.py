"""Filters and tags of the portal's templates; a builtin library, so no template loads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from html import escape
from itertools import chain
from secrets import token_hex
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import formatting
from accounts.formatting import Change, Number, Unit
from accounts.models import AuditEntry
from accounts.notations import EN_DASH
from accounts.permissions import Permission, has_permission
from csm_portal.audit_values import subject_in_words
from csm_portal.audit_words import actor_of, details_of, words_of
from csm_portal.templatetags.sparklines import sparkline_svg
from metrics import part_names
from metrics import words as metrics_words
from metrics.definition import Metric
from metrics.series import Series
from tenants import languages

register = template.Library()
register.filter(languages.mid_sentence)


NO_VALUE, NONE = gettext_lazy("No value"), gettext_lazy("None")
NO_DATE, NOT_YET = gettext_lazy("No date"), gettext_lazy("Not yet")


def or_dash(text: str, reason: str | Promise = "") -> str:
    """The text, or a dash that says why there is none."""
    if text:
        return text
    reason = reason or NO_VALUE
    return format_html(
        '<span class="no-value" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        *(reason, EN_DASH, reason),
    )


@register.filter
def crossed(names: Sequence[str]) -> str:
    """ "north x Pro", with a multiplication sign that is read out as "and"."""
    sign = format_html(
        ' <span aria-hidden="true">\u00d7</span><span class="visually-hidden">{}</span> ',
        _("and"),
    )
    return format_html_join(sign, "{}", ((name,) for name in names))


@register.filter
def n_label(n: int, metric: Metric) -> str:
    """The word behind the n of a metric: "customer" of 1, "customers" of 2."""
    return metric.n_label(n)


@register.filter
def money(value: Number, currency: str) -> str:
    """ "$419,206.80"."""
    return or_dash(formatting.format_money(value, currency))


@register.filter
def money_short(value: Number, currency: str) -> str:
    """ "$419.2k"."""
    return or_dash(formatting.format_money_short(value, currency))


@register.filter
def signed_money(value: Number, currency: str) -> str:
    """ "+$1,200.00"."""
    return or_dash(formatting.format_money(value, currency, plus=True))


@register.filter
def share(value: Number, places: int = 2) -> str:
    """A fraction as per cent."""
    return or_dash(formatting.format_share(value, places))


@register.filter
def share_short(value: Number) -> str:
    """ "27 %", "0.5 %"."""
    return or_dash(formatting.format_share_short(value))


@register.filter
def signed_share(value: Number, places: int = 2) -> str:
    """A difference of fractions in percentage points."""
    return or_dash(formatting.format_points(value, places))


@register.filter
def number(value: Number, places: int | None = None) -> str:
    """ "7,043"."""
    return or_dash(formatting.format_number(value, places))


@register.filter
def signed_number(value: Number, places: int | None = None) -> str:
    """ "+12"."""
    return or_dash(formatting.format_number(value, places, plus=True))


@register.filter
def nps(value: Number) -> str:
    """A score of -100 to 100 with one decimal."""
    return or_dash(formatting.format_number(value, 1))


@register.filter
def day(value: date | datetime | None) -> str:
    """ "22 Nov 2025"."""
    return or_dash(formatting.format_day(value), NO_DATE)


@register.filter
def month(value: date | datetime | None) -> str:
    """ "Nov 2025"."""
    return or_dash(formatting.format_month(value), NO_DATE)


@register.filter
def moment(value: datetime | None) -> str:
    """ "22 Nov 2025, 14:05"."""
    return or_dash(formatting.format_moment(value), NOT_YET)


@register.filter
def coded(text: str) -> SafeString:
    """Text with what stands between backticks as code."""
    pieces = text.split("`")
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", piece) if number % 2 else piece,)
            for number, piece in enumerate(pieces)
        ),
    )


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word: "AB"."""
    words = str(name).split("@", 1)[0].replace(".", " ").replace("_", " ").split()
    ends = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in ends).upper()


@register.simple_tag
def metric_value(value: Number, unit: Unit, currency: str = "", reason: str = "") -> str:
    """A metric's value as its unit is written; where there is none, a dash with the reason."""
    return or_dash(formatting.format_metric(value, unit, currency), reason and said(reason))


@register.simple_tag
def cells(form: str, *values: Any, currency: str = "", places: int | None = None) -> SafeString:
    """A numeric `td` for each value, written as `money`, `share` or `number` of it; a list or tuple
    stands for its items. At once: hundreds of cells cost a template its time."""
    write: Callable[[Number], str]
    match form:
        case "money":
            write = partial(formatting.format_money, currency=currency)
        case "share":
            write = partial(formatting.format_share, places=2 if places is None else places)
        case "number":
            write = partial(formatting.format_number, places=places)
        case _:
            raise ValueError(f"{form} is none of money, share and number")
    flat = chain.from_iterable(
        value if isinstance(value, list | tuple) else (value,) for value in values
    )
    return _cells(map(write, flat))


def _cells(texts: Iterable[str], reason: str | Promise = "") -> SafeString:
    return mark_safe(  # noqa: S308 - every text in it is escaped
        "".join(
            f'<td class="numeric">{escape(text) if text else or_dash("", reason)}</td>'
            for text in texts
        )
    )


@register.simple_tag
def part_cells(value: Any, names: Sequence[str], series: Any) -> SafeString:
    """A numeric `td` for each of these parts of a `metrics.values.Value`; a dash where it has no
    such part. At once, as `cells`."""
    unit_of, currency = series.computation.unit_of, series.currency or ""
    return _cells(
        (
            formatting.format_metric(value.parts.get(name), unit_of(name), currency)
            for name in names
        ),
        NONE,
    )


@register.simple_tag
def row_part(name: str, part: Any, series: Series) -> str:
    """A part of a row of an explanation: a text stays as it is."""
    if isinstance(part, str):
        return part
    unit: Any = series.computation.row_unit_of(name)
    return metric_value(part, unit, series.currency or "")


@register.filter
def any_has(rows: Iterable[object], name: str) -> bool:
    """Whether a row says something under this name: a column of nothing is not shown."""
    return any(getattr(row, name) for row in rows)


@register.filter
def words(name: str) -> str:
    """A name of the API's as people write it, in their language: "first_response" is "first
    response"."""
    return _(part_names.plain(name))


@register.filter
def said(text: str | None) -> str:
    """What is kept in English (a reason why there is no value), in the reader's language."""
    return metrics_words.said(text)


@register.filter
def split_label(name: str) -> str:
    """What values are split by, one name or several with commas, as pages call it."""
    return ", ".join(map(part_names.split_label, name.split(",")))


@register.simple_tag
def change_of(
    value: Number, previous: Number, unit: Unit, currency: str = "", better: str = ""
) -> Change | None:
    """The change since `previous`, to be kept `as` a name; see `formatting.change_between`."""
    return formatting.change_between(
        value, previous, unit=unit, currency=currency or "", better=better or ""
    )


@register.simple_tag
def period_label(start: date, end: date) -> str:
    """The name of a half-open period."""
    return formatting.format_period(start, end)


@register.simple_tag
def score_range(minimum: int, maximum: int) -> list[int]:
    """Every score from the lowest to the highest, to be kept `as` a name."""
    return list(range(minimum, maximum + 1))


@register.simple_tag
def kept(template: str, **values: Any) -> SafeString:
    """A component that is made of these values and nothing else, rendered once per process for
    all who show the same in one language and notation. For pages that have to be quick; values are
    texts, numbers or lists. With others, which may change, it is rendered anew."""
    held = {name: _hashable(one) for name, one in values.items()}
    # A text that is safe as it is equals one that is not, and is another.
    safe = tuple(sorted(name for name, one in held.items() if isinstance(one, SafeData)))
    key = tuple(sorted(held.items()))
    if not _is_hashable(key):
        return render_to_string(template, values)
    return _kept(template, key, safe, languages.tongue())


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    # Looked up once, and not whenever it is compared.
    return str(value) if isinstance(value, Promise) else value


@lru_cache(maxsize=2048)
def _kept(
    template: str, values: tuple[tuple[str, Any], ...], safe: tuple[str, ...], tongue: str
) -> SafeString:
    return render_to_string(template, dict(values))


@register.simple_tag
def notation() -> str:
    """The tag of the notation in force, for scripts that write figures; "" is the portal's own."""
    return languages.notation()


# Pictures that point along the line: turned round where lines run from right to left.
POINTING = frozenset({"arrow-right", "chevron-left", "chevron-right", "logout", "external"})


@register.simple_tag
def icon(name: str) -> SafeString:
    """One picture of `portal/icons.svg`; decoration only, so words must stand beside it."""
    return _picture(name, static("portal/icons.svg"))


@lru_cache(maxsize=256)
def _picture(name: str, sheet: str) -> SafeString:
    return format_html(
        '<svg class="icon{}" width="16" height="16" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        *(" icon-pointing" if name in POINTING else "", sheet, name),
    )


@register.simple_tag
def field_widget(field: BoundField) -> SafeString:
    """What a field is filled in with, without a placeholder that only repeats the label."""
    placeholder = field.field.widget.attrs.get("placeholder")
    is_repeated = placeholder is not None and str(placeholder) == str(field.label)
    return field.as_widget(attrs={"placeholder": False} if is_repeated else None)


@register.simple_tag
def sparkline(values: Sequence[Number], title: str, description: str = "") -> SafeString:
    """A small line of the values; None leaves a gap."""
    return sparkline_svg(values, title=title, description=description)


FRAMES = frozenset({"card", "table"})
"""Components that are made of their arguments and the body alone: what is around it is `kept`."""
_BODY = SafeString(token_hex())


@register.simple_block_tag(takes_context=True)
def component(context: Context, content: SafeString, name: str, **arguments: object) -> str:
    """Render `components/_<name>.html` around the body, which it finds as `content`.

    The component sees its arguments, the request and the CSRF token (one of FRAMES its arguments
    alone), and nothing of the page.
    """
    if name in FRAMES:
        frame = kept(f"components/_{name}.html", content=_BODY, **arguments)
        return mark_safe(frame.replace(_BODY, content))  # noqa: S308 - both are rendered
    engine = context.template.engine  # type: ignore[union-attr]  # bound while rendering
    passed = {
        key: context[key] for key in ("request", "csrf_token") if context.get(key) is not None
    }
    return engine.get_template(f"components/_{name}.html").render(
        context.new({**passed, **arguments, "content": content})
    )


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One entry of the side navigation. `is_main`: a phone's bar has it, not the sheet of more."""

    key: str
    label: str
    href: str
    is_current: bool
    is_main: bool
    shortcut: str = ""


SECTIONS = (
    ("today", gettext_noop("Today"), "metrics:today"),
    ("overview", gettext_noop("Overview"), "metrics:overview"),
    ("customers", gettext_noop("Customers"), "customers:list"),
    ("renewals", gettext_noop("Renewals"), "metrics:renewals"),
    ("health", gettext_noop("Health"), "metrics:health"),
    ("metrics", gettext_noop("Metrics"), "metrics:index"),
    ("campaigns", gettext_noop("Surveys"), "surveys:campaign_list"),
    ("reports", gettext_noop("Reports"), "metrics:reports"),
    ("data", gettext_noop("Data"), "metrics:data"),
    ("settings", gettext_noop("Settings"), "accounts:settings"),
)
OWN = {"settings": "accounts:profile"}
MAIN_SECTIONS = ("today", "overview", "customers", "renewals")
# By section: the key that goes there after "g".
SHORTCUTS = {
    "today": "t",
    "overview": "o",
    "customers": "c",
    "renewals": "r",
    "health": "h",
    "metrics": "m",
    "campaigns": "s",
    "reports": "p",
    "data": "d",
    "settings": "e",
}
# The first prefix that fits a route's name says which section it belongs to.
SECTION_OF_ROUTE = (
    ("metrics:today", "today"),
    ("metrics:overview", "overview"),
    ("metrics:customer_", "customers"),
    ("metrics:health", "health"),
    ("metrics:report", "reports"),
    ("metrics:board_report", "reports"),
    ("metrics:share", "reports"),
    ("metrics:digest", "reports"),
    ("metrics:renewal", "renewals"),
    ("metrics:data", "data"),
    ("metrics:freshness", "data"),
    ("metrics:", "metrics"),
    ("customers:task", "today"),
    ("customers:mention", "today"),
    ("customers:import", "data"),
    ("customers:export", "data"),
    ("customers:fact", "data"),
    ("customers:exchange", "data"),
    ("customers:stream", "data"),
    ("customers:", "customers"),
    ("surveys:", "campaigns"),
    ("accounts:", "settings"),
    ("account_", "settings"),
)


def section_of(route: str) -> str:
    """The key of the section a route belongs to, "" for none."""
    return next((key for prefix, key in SECTION_OF_ROUTE if route.startswith(prefix)), "")


@register.filter
def audit_action(code: str) -> str:
    return words_of(code)


@register.filter
def audit_actor(entry: AuditEntry) -> str:
    return actor_of(entry)


@register.filter
def audit_subject(entry: AuditEntry) -> str:
    return subject_in_words(entry)


@register.filter
def audit_detail(entry: AuditEntry) -> list[tuple[str, str]]:
    return details_of(entry)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[NavigationEntry]:
    """The sections of the company's pages; `nav_current` in the context overrides the route. The
    settings of who does not administer are their own."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request is not None else None
    may_administer = has_permission(getattr(request, "user", None), Permission.ADMINISTER)
    current = context.get("nav_current") or section_of(match.view_name if match else "")
    return [
        NavigationEntry(
            key=key,
            label=_(label),
            href=reverse(route if may_administer else OWN.get(key, route)),
            is_current=key == current,
            is_main=key in MAIN_SECTIONS,
            shortcut=SHORTCUTS.get(key, ""),
        )
        for key, label, route in SECTIONS
    ]
