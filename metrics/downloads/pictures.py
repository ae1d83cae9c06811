"""The charts of the pages as pictures, from the same specs: in the look of the portal's own sheet,
with title and legend, since no page stands around them."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles import finders

if TYPE_CHECKING:  # Altair takes a second to import, and memory
    from metrics.charts.specs import Spec

SVG, PNG = "svg", "png"
CONTENT_TYPES = {SVG: "image/svg+xml", PNG: "image/png"}
WIDTH, HEIGHT = 800, 360
SCALE = 2
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*light-dark\(\s*(#[0-9a-f]+)\s*,\s*(#[0-9a-f]+)\s*\)")
_FACTS = ("data", "datasets", "domain")
_USED = re.compile(r"var\(--([a-z0-9-]+)\)")


def picture(
    spec: Spec,
    kind: str,
    *,
    title: str,
    subtitle: str | Sequence[str],
    is_dark: bool = False,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> bytes:
    """A chart as SVG or PNG (twice the size, for screens that show so much). Reads nothing but
    the spec: no address in it is followed. `title` empty: none, where words stand beside it;
    `subtitle`: also of several lines; `size`: of the chart, without what stands around it."""
    import vl_convert  # a large library; most requests ask for no picture

    whole = _with_colours(_dressed(spec, title, subtitle, size), is_dark=is_dark)
    if kind == SVG:
        made: str = vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
        return made.encode()
    drawn: bytes = vl_convert.vegalite_to_png(whole, scale=SCALE, allowed_base_urls=[])
    return drawn


def _dressed(spec: Spec, title: str, subtitle: str | Sequence[str], size: tuple[int, int]) -> Spec:
    width, height = size
    whole = deepcopy(spec) | {"width": width, "height": height, "padding": 20 if title else 8}
    if title:
        whole["title"] = {"text": title, "subtitle": subtitle, "anchor": "start", "offset": 16}
    whole["background"] = "var(--surface)"
    words = {"labelColor": "var(--text-secondary)", "titleColor": "var(--text-secondary)"}
    whole["config"] = {
        **whole.get("config", {}),
        "view": {"stroke": None},
        "axis": {
            **words,
            "gridColor": "var(--chart-grid)",
            "domainColor": "var(--chart-axis)",
            "tickColor": "var(--chart-axis)",
        },
        "legend": {**words, "orient": "top", "title": None},
        "title": {"color": "var(--text)", "subtitleColor": "var(--text-muted)", "fontSize": 16},
    }
    _show_legends(whole)
    return whole


def _show_legends(node: Any) -> None:
    """The page has a legend of its own, so the specs hide theirs."""
    if isinstance(node, dict):
        colour = node.get("color")
        if isinstance(colour, dict) and "field" in colour:
            colour.pop("legend", None)
        for one in node.values():
            _show_legends(one)
    elif isinstance(node, list):
        for one in node:
            _show_legends(one)


@functools.cache
def _tokens() -> dict[str, tuple[str, str]]:
    """The colours of the portal's sheet: (light, dark) by name."""
    found = finders.find("portal/css/tokens.css")
    if not isinstance(found, str):
        raise FileNotFoundError("portal/css/tokens.css")
    sheet = Path(found).read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in _TOKEN.findall(sheet)}


def _with_colours(node: Any, *, is_dark: bool) -> Any:
    """The same with colours where the sheet's names stood."""
    if isinstance(node, dict):
        return {
            # Facts are not looked into: a segment may be called like a colour.
            key: one if key in _FACTS else _with_colours(one, is_dark=is_dark)
            for key, one in node.items()
        }
    if isinstance(node, list):
        return [_with_colours(one, is_dark=is_dark) for one in node]
    if isinstance(node, str) and (used := _USED.fullmatch(node)):
        return _tokens()[used[1]][is_dark]
    return node
