"""Small line pictures out of a list of numbers, as SVG without styles."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.formatting import Number, to_decimal

WIDTH = 120
HEIGHT = 32
PADDING = 3

Point = tuple[float, float]


def runs_of_points(values: Sequence[Number]) -> list[list[Point]]:
    """Where each value lies in the picture, one list per unbroken run; None breaks the line."""
    decimals = [to_decimal(value) for value in values]
    numbers = [None if decimal is None else float(decimal) for decimal in decimals]
    known = [number for number in numbers if number is not None]
    if not known:
        return []
    low, high = min(known), max(known)
    step = (WIDTH - 2 * PADDING) / max(len(numbers) - 1, 1)
    room = HEIGHT - 2 * PADDING
    runs: list[list[Point]] = [[]]
    for index, number in enumerate(numbers):
        if number is None:
            runs.append([])
            continue
        height = 0.5 if high == low else (number - low) / (high - low)
        runs[-1].append((round(PADDING + index * step, 1), round(PADDING + (1 - height) * room, 1)))
    return [run for run in runs if run]


def line_of(run: Sequence[Point]) -> str:
    """The path data that joins the points."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in run)


def area_of(run: Sequence[Point]) -> str:
    """The path data of the surface between the points and the foot of the picture."""
    return f"{line_of(run)}V{HEIGHT}H{run[0][0]:g}Z"


def sparkline_svg(values: Sequence[Number], *, title: str, description: str = "") -> SafeString:
    """The picture, named by `title`; nothing where there is no value to draw."""
    runs = runs_of_points(values)
    if not runs:
        return SafeString()
    x, y = runs[-1][-1]
    lines = [run for run in runs if len(run) > 1]
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" width="{}" height="{}" '
        'preserveAspectRatio="none" role="img">'
        "<title>{}</title>{}{}{}"
        # A line of no length with round ends: a dot that stays round however the picture is pulled.
        '<path class="sparkline-last" d="M{} {}h0"></path></svg>',
        *(WIDTH, HEIGHT, WIDTH, HEIGHT, title),
        format_html("<desc>{}</desc>", description) if description else "",
        format_html_join(
            "", '<path class="sparkline-area" d="{}"></path>', ((area_of(run),) for run in lines)
        ),
        format_html_join(
            "", '<path class="sparkline-line" d="{}"></path>', ((line_of(run),) for run in lines)
        ),
        *(f"{x:g}", f"{y:g}"),
    )
