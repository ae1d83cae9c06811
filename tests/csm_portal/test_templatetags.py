"""How values are written, and the tags that pages are built with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import engines
from django.template.context import make_context
from django.test import RequestFactory
from django.utils import timezone

from accounts import formatting
from accounts.formatting import Number, Unit
from accounts.notations import EN_DASH, NO_BREAK_SPACE
from csm_portal.templatetags import portal
from csm_portal.templatetags.sparklines import HEIGHT, WIDTH, runs_of_points, sparkline_svg
from tenants.languages import speaking


def rendered(source: str, **context: Any) -> str:
    template = engines["django"].from_string(source)
    return str(template.render(context)).strip()


def plain(text: str) -> str:
    """With the spaces and dashes of a keyboard, so that expectations can be read."""
    for special, usual in (
        (NO_BREAK_SPACE, " "),
        (formatting.MINUS, "-"),
        (EN_DASH, "-"),
    ):
        text = text.replace(special, usual)
    return text


def test_signs_and_spaces_are_those_of_print() -> None:
    assert formatting.format_money(-1, "USD") == "\u2212$1.00"
    assert formatting.format_share(0.5, 0) == "50\u00a0%"
    assert formatting.format_period(date(2025, 11, 3), date(2025, 11, 5)) == "3 \u2013 4 Nov 2025"


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (Decimal("419206.80"), "USD", "$419,206.80"),
        ("166.6666666667", "USD", "$166.67"),
        (0, "EUR", "€0.00"),
        (Decimal("-0.004"), "EUR", "€0.00"),
        (Decimal("-12.5"), "EUR", "-€12.50"),
        (1200, "CHF", "CHF 1,200.00"),
        (Decimal("1234.5"), "JPY", "¥1,235"),
        (Decimal("1.0005"), "KWD", "KWD 1.001"),
        (5, "", "5.00"),
        (None, "USD", ""),
        ("", "USD", ""),
    ],
)
def test_money_has_the_currency_s_decimals(value: Number, currency: str, expected: str) -> None:
    assert plain(formatting.format_money(value, currency)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("419206.80"), "$419.2k"),
        (999, "$999.00"),
        (Decimal("999.994"), "$999.99"),
        (Decimal("999.995"), "$1.0k"),
        (999_949, "$999.9k"),
        (999_960, "$1.00M"),
        (4_190_000, "$4.19M"),
        (Decimal("2.5e9"), "$2.50B"),
        (Decimal("7.2e12"), "$7,200.00B"),
        (-1500, "-$1.5k"),
        (None, ""),
    ],
)
def test_short_money_never_shows_a_thousand_of_a_smaller_unit(value: Number, expected: str) -> None:
    assert plain(formatting.format_money_short(value, "USD")) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formatting.format_share(Decimal("0.2749")), "27.49 %"),
        (formatting.format_share(0.0275), "2.75 %"),
        (formatting.format_share(1, 0), "100 %"),
        (formatting.format_share(Decimal("-0.1"), 1), "-10.0 %"),
        (formatting.format_share(None), ""),
        (formatting.format_points(Decimal("0.0031")), "+0.31 pp"),
        (formatting.format_points(Decimal("-0.02")), "-2.00 pp"),
        (formatting.format_points(0), "0.00 pp"),
        (formatting.format_points(None), ""),
        (formatting.format_number(7043), "7,043"),
        (formatting.format_number(Decimal("1.250")), "1.25"),
        (formatting.format_number(Decimal("100")), "100"),
        (formatting.format_number(30, 1), "30.0"),
        (formatting.format_number(-12.5, 1), "-12.5"),
        (formatting.format_number(12, plus=True), "+12"),
        (formatting.format_number(0, plus=True), "0"),
        (formatting.format_number(None), ""),
    ],
)
def test_shares_points_and_numbers(written: str, expected: str) -> None:
    assert plain(written) == expected


@pytest.mark.parametrize("value", ["abc", float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_number_is_refused(value: Number) -> None:
    with pytest.raises(ValueError, match="not a"):
        formatting.to_decimal(value)


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("share", Decimal("0.7251"), "72.51 %"),
        ("money", Decimal("64.76"), "$64.76"),
        ("count", 7043, "7,043"),
        ("score", 30, "30.0"),
        ("ratio", Decimal("4"), "4.00"),
        ("hours", Decimal("5.25"), "5.3 h"),
        ("days", 120, "120.0 d"),
        ("days", None, ""),
        ("months", Decimal("7.04"), "7.0 mo"),
        ("seconds", Decimal("45.4"), "45 s"),
        ("seconds", 725, "12 min 5 s"),
        ("seconds", 12_000, "3 h 20 min"),
        ("seconds", 0, "0 s"),
    ],
)
def test_a_metric_is_written_as_its_unit_is(unit: Unit, value: Number, expected: str) -> None:
    assert plain(formatting.format_metric(value, unit, "USD")) == expected


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="furlongs"):
        formatting.format_metric(1, "furlongs")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 1, 1), date(2026, 1, 1), "2025"),
        (date(2025, 7, 1), date(2025, 10, 1), "Q3 2025"),
        (date(2025, 8, 1), date(2025, 11, 1), "1 Aug - 31 Oct 2025"),
        (date(2025, 12, 1), date(2026, 1, 1), "Dec 2025"),
        (date(2025, 11, 22), date(2025, 11, 23), "22 Nov 2025"),
        (date(2025, 11, 3), date(2025, 11, 10), "3 - 9 Nov 2025"),
        (date(2025, 10, 27), date(2025, 11, 3), "27 Oct - 2 Nov 2025"),
        (date(2024, 12, 30), date(2025, 1, 6), "30 Dec 2024 - 5 Jan 2025"),
        (date(2024, 7, 1), date(2025, 7, 1), "1 Jul 2024 - 30 Jun 2025"),
    ],
)
def test_a_period_is_named_by_the_days_in_it(start: date, end: date, expected: str) -> None:
    assert plain(formatting.format_period(start, end)) == expected


def test_days_and_moments_are_those_of_the_active_time_zone() -> None:
    late = datetime(2025, 11, 30, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert portal.day(late) == "1 Dec 2025"
        assert portal.month(late) == "Dec 2025"
        assert portal.moment(late) == "1 Dec 2025, 08:30"
    assert portal.day(date(2025, 11, 30)) == "30 Nov 2025"


@pytest.mark.parametrize(
    ("value", "previous", "unit", "better", "expected"),
    [
        (110, 100, "money", "higher", ("+10.0 %", "up", "good", "up 10.0 %, better")),
        (90, 100, "count", "higher", ("-10.0 %", "down", "bad", "down 10.0 %, worse")),
        (5, 0, "count", "", ("+5", "up", "neutral", "up 5")),
        (5, 0, "money", "", ("+$5.00", "up", "neutral", "up $5.00")),
        (0.03, 0.02, "share", "lower", ("+1.00 pp", "up", "bad", "up 1.00 pp, worse")),
        (0.02, 0.03, "share", "lower", ("-1.00 pp", "down", "good", "down 1.00 pp, better")),
        (30, 25.5, "score", "higher", ("+4.5", "up", "good", "up 4.5, better")),
        (18.4, 21, "days", "lower", ("-2.6 d", "down", "good", "down 2.6 d, better")),
        (-50, -100, "money", "higher", ("+50.0 %", "up", "good", "up 50.0 %, better")),
        (30, 30.01, "score", "higher", ("No change", "flat", "neutral", "no change")),
    ],
)
def test_a_change_says_which_way_and_whether_that_is_good(
    value: Number, previous: Number, unit: Unit, better: str, expected: tuple[str, ...]
) -> None:
    change = portal.change_of(value, previous, unit, "USD", better)
    assert change is not None
    found = (change.text, change.direction, change.tone, change.words)
    assert tuple(map(plain, found)) == expected


@pytest.mark.parametrize(("value", "previous"), [(None, 1), (1, None), ("", 1), (1, "")])
def test_nothing_is_compared_with_nothing(value: Number, previous: Number) -> None:
    assert portal.change_of(value, previous, "count") is None


@pytest.mark.parametrize(
    "written",
    [
        lambda: portal.money(None, "USD"),
        lambda: portal.money_short(None, "USD"),
        lambda: portal.signed_money(None, "USD"),
        lambda: portal.share(None),
        lambda: portal.signed_share(None),
        lambda: portal.number(None),
        lambda: portal.signed_number(None),
        lambda: portal.nps(None),
        lambda: portal.day(None),
        lambda: portal.month(None),
        lambda: portal.moment(None),
    ],
)
def test_a_missing_value_is_a_dash_that_says_so(written: Callable[[], str]) -> None:
    text = written()
    assert EN_DASH in text
    assert 'title="' in text


def test_the_reason_of_a_missing_metric_is_shown_and_escaped() -> None:
    text = portal.metric_value(None, "share", "", "no <customers> at the start")
    assert 'title="no &lt;customers&gt; at the start"' in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Marchetti", "AM"),
        ("Ada B. C. Marchetti", "AM"),
        ("Acme", "A"),
        ("ada.marchetti@example.com", "AM"),
        ("", ""),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert portal.initials(name) == expected


def test_a_sparkline_spans_the_picture_and_breaks_where_a_value_is_missing() -> None:
    runs = runs_of_points([1, 3, None, 2, Decimal("1.5")])
    assert [len(run) for run in runs] == [2, 2]
    across = [x for run in runs for x, _ in run]
    assert across == sorted(across)
    assert (across[0], across[-1]) == (3, WIDTH - 3)
    heights = [y for run in runs for _, y in run]
    assert heights == [HEIGHT - 3, 3, 16, 22.5]  # the lowest at the foot, the highest on top


def test_a_sparkline_of_equal_values_is_a_level_line() -> None:
    ((first, second),) = runs_of_points([7, 7])
    assert first[1] == second[1] == HEIGHT / 2


def test_a_sparkline_names_itself_and_has_no_style() -> None:
    svg = sparkline_svg([1, 2, None], title="MRR & more", description="Rising")
    assert "<title>MRR &amp; more</title><desc>Rising</desc>" in svg
    assert "style" not in svg
    assert svg.count('class="sparkline-line"') == 1


@pytest.mark.parametrize("values", [[], [None, None]])
def test_a_sparkline_of_nothing_is_nothing(values: list[Number]) -> None:
    assert sparkline_svg(values, title="MRR") == ""


def test_filters_work_without_loading_a_library() -> None:
    assert rendered("{{ v|money:'USD' }}", v=Decimal("419206.8")) == "$419,206.80"
    assert plain(rendered("{{ v|share:1 }}", v=Decimal("0.2749"))) == "27.5 %"
    assert EN_DASH in rendered("{{ nothing|money:'USD' }}")


def test_a_component_gets_its_body_and_sees_nothing_of_the_page() -> None:
    source = "{% component 'card' subtitle='Given' %}<b>{{ title }}</b>{% endcomponent %}"
    page = rendered(source, title="<Page>", footer="Leaked")
    assert "<b>&lt;Page&gt;</b>" in page
    assert "Given" in page
    assert "Leaked" not in page
    assert "card-title" not in page


def test_a_component_s_argument_is_escaped() -> None:
    page = rendered("{% component 'card' title=name %}{% endcomponent %}", name="<script>")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_card_has_its_own_body_and_is_in_the_reader_s_language() -> None:
    source = "{% component 'card' title=_('Saturday') %}<b>{{ body }}</b>{% endcomponent %}"
    with speaking("de"):
        german = rendered(source, body="eins")
    with speaking("en"):
        english = rendered(source, body="two")
    assert "Samstag" in german
    assert german.count("<b>eins</b>") == 1
    assert "Saturday" in english
    assert english.count("<b>two</b>") == 1
    assert english.replace("Saturday", "Samstag").replace("two", "eins") == german


def test_a_card_s_arguments_may_be_of_any_kind() -> None:
    source = "{% component 'card' title='Left' links=links %}<b>who</b>{% endcomponent %}"
    assert "<b>who</b>" in rendered(source, links=[{"label": "Older"}])


def test_the_token_of_a_form_reaches_a_form_within_components() -> None:
    request = RequestFactory().get("/")
    template = engines["django"].from_string(
        "{% component 'card' %}{% component 'card' %}{% csrf_token %}{% endcomponent %}"
        "{% endcomponent %}"
    )
    assert "csrfmiddlewaretoken" in template.render({}, request)


class Sketch(forms.Form):
    """Two fields with placeholders: one that repeats its label, one that helps."""

    password = forms.CharField(widget=forms.TextInput(attrs={"placeholder": "Password"}))
    slug = forms.CharField(widget=forms.TextInput(attrs={"placeholder": "acme"}))


def test_a_placeholder_that_repeats_the_label_is_left_out() -> None:
    form = Sketch()
    assert "placeholder" not in portal.field_widget(form["password"])
    assert 'id="id_password"' in portal.field_widget(form["password"])
    assert 'placeholder="acme"' in portal.field_widget(form["slug"])


@pytest.mark.parametrize(
    ("route", "section"),
    [
        ("metrics:overview", "overview"),
        ("metrics:detail", "metrics"),
        ("customers:list", "customers"),
        ("customers:detail", "customers"),
        ("customers:import_list", "data"),
        ("customers:import_detail", "data"),
        ("surveys:campaign_new", "campaigns"),
        ("accounts:people", "settings"),
        ("account_change_password", "settings"),
        ("styleguide", ""),
    ],
)
def test_each_route_belongs_to_one_section(route: str, section: str) -> None:
    assert portal.section_of(route) == section


def test_navigation_marks_one_entry_and_a_page_may_overrule_the_route() -> None:
    request = RequestFactory().get("/")
    context = make_context({"request": request, "nav_current": "data"}, request)
    entries = portal.navigation(context)
    assert [entry.key for entry in entries if entry.is_current] == ["data"]
    assert [entry.href for entry in entries][:2] == ["/today/", "/"]
