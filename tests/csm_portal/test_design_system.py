"""What holds for every template and sheet: readable colours, nothing inline, no missing icon."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from csm_portal.views.styleguide import ICONS

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "csm_portal" / "static" / "portal"
PAGES = sorted(
    path for path in TEMPLATES.rglob("*.html") if "emails" not in path.relative_to(TEMPLATES).parts
)

SURFACES = ("canvas", "surface", "surface-raised", "surface-sunken", "surface-hover")
WORDS = ("text", "text-secondary", "text-muted", "accent-text", "good", "warning", "bad")


def colours() -> dict[str, tuple[str, str]]:
    """Every colour token: its value in light and in dark."""
    source = (STATIC / "css" / "tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", source)
    return {name: (light, dark) for name, light, dark in pairs}


COLOURS = colours()


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio: 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def worst_contrast(front: str, back: str) -> float:
    """Of two tokens, in the theme where they differ less."""
    return min(
        contrast(one, other) for one, other in zip(COLOURS[front], COLOURS[back], strict=True)
    )


def test_contrast_is_wcag_s() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("back", [*SURFACES, "surface-selected"])
@pytest.mark.parametrize("front", WORDS)
def test_words_can_be_read_on_every_ground(front: str, back: str) -> None:
    assert worst_contrast(front, back) >= 4.5


@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("good", "good-soft"),
        ("warning", "warning-soft"),
        ("bad", "bad-soft"),
        ("accent-text", "accent-soft"),
        ("text-secondary", "neutral-soft"),
        ("text", "bad-soft"),
        ("chart-label", "surface"),
    ],
)
def test_words_can_be_read_on_their_soft_ground(front: str, back: str) -> None:
    assert worst_contrast(front, back) >= 4.5


@pytest.mark.parametrize("back", ["accent", "accent-hover", "danger", "danger-hover"])
def test_words_on_pressed_buttons_can_be_read(back: str) -> None:
    assert min(contrast("#ffffff", colour) for colour in COLOURS[back]) >= 4.5


GRAPHICS = [name for name in COLOURS if name.startswith(("series-", "band-"))]


@pytest.mark.parametrize("front", [*GRAPHICS, "line-control", "focus"])
def test_shapes_stand_out_from_their_ground(front: str) -> None:
    assert min(worst_contrast(front, back) for back in ("surface", "canvas")) >= 3


def test_every_series_has_its_colour() -> None:
    gains = ("new", "expansion", "reactivation", "resume")
    losses = ("contraction", "churn", "pause")
    others = ("transfer", "fx", "promoter", "passive", "detractor")
    assert {f"series-{name}" for name in gains + losses + others} <= set(COLOURS)


# Machado, Oliveira and Fernandes 2009, severity 1: how linear RGB looks without one kind of cone.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def lab_as_seen(colour: str, kind: str) -> tuple[float, float, float]:
    """The colour in CIELAB (D65) as somebody with that blindness sees it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    ]
    seen = [
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, linear, strict=True))))
        for row in BLINDNESS[kind]
    ]
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (
        sum(weight * part for weight, part in zip(row, seen, strict=True)) / white
        for row, white in zip(to_xyz, (0.9505, 1.0, 1.089), strict=True)
    )
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


TOLD_APART = [
    ("new", "churn"),
    ("new", "expansion"),
    ("new", "contraction"),
    ("expansion", "contraction"),
    ("expansion", "churn"),
    ("contraction", "churn"),
    ("reactivation", "churn"),
    ("reactivation", "contraction"),
    ("promoter", "detractor"),
    ("promoter", "passive"),
    ("passive", "detractor"),
]


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize(("one", "other"), TOLD_APART)
def test_series_stay_apart_for_the_colour_blind(one: str, other: str, kind: str) -> None:
    for theme in (0, 1):
        first = lab_as_seen(COLOURS[f"series-{one}"][theme], kind)
        second = lab_as_seen(COLOURS[f"series-{other}"][theme], kind)
        distance = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
        assert distance >= 10, f"{one} and {other}, {('light', 'dark')[theme]}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_page_has_an_inline_style_or_script(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source)
    # Data for a script is fine; code must come from a file.
    scripts = re.findall(r"<script\b([^>]*)>", source)
    assert all("src=" in script or "application/json" in script for script in scripts)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", source)


def symbols() -> set[str]:
    return set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))


def test_every_icon_a_template_names_is_drawn_and_shown_in_the_style_guide() -> None:
    named: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text()
        named.update(re.findall(r'{% icon "([\w-]+)" %}', source))
        named.update(re.findall(r'icon="([\w-]+)"', source))
    assert named <= symbols()
    assert set(ICONS) == symbols()


def test_every_token_a_sheet_uses_is_defined() -> None:
    sheets = [path.read_text() for path in STATIC.rglob("*.css")]
    defined = set(re.findall(r"(--[\w-]+):", "\n".join(sheets)))
    used = set(re.findall(r"var\((--[\w-]+)", "\n".join(sheets)))
    assert used <= defined


def test_every_component_says_what_it_is_for() -> None:
    for path in (TEMPLATES / "components").glob("_*.html"):
        assert re.match(r"{# .{10,}#}\n", path.read_text()), path.name


@pytest.mark.parametrize(
    ("value", "is_long"), [(99_999.99, False), (999_999.99, False), (2_328_132.0, True)]
)
def test_a_figure_too_long_for_half_a_phone_is_written_smaller(
    value: float, *, is_long: bool
) -> None:
    figure = {"label": "ARR", "value": value, "unit": "money", "currency": "USD"}
    shown = render_to_string("components/_stat.html", figure)
    assert ("stat-value-long" in shown) is is_long
