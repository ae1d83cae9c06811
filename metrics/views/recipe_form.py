"""A health model's recipe as a form: what it shows, and what it says when it is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from metrics.health.curves import CurveError, checked
from metrics.health.drawing import Drawn, drawn
from metrics.health.recipe import AMBER_FROM, GREEN_FROM, HEAVIEST
from metrics.health.signals.signal import Group, Signal

USUAL_WEIGHT = 10.0
SLIDER_TO = 100
MOST_DRAWN = 50
"""Of more signals, only those that are used have fields for their curve: a form has 1,000 at most.
"""


@dataclass(frozen=True)
class Row:
    """A signal in the form; texts are as they were typed. `share`: of all weights, 0 to 1."""

    signal: Signal
    is_used: bool
    weight: str
    heaviest: int
    share: float
    missing: str
    points: Sequence[tuple[str, str]]
    drawn: Drawn | None
    problem: str

    @property
    def id(self) -> str:
        return self.signal.key.replace(":", "-")


@dataclass(frozen=True)
class Part:
    """The signals of one kind; those that are used come first."""

    group: Group
    rows: Sequence[Row]

    @property
    def used(self) -> Sequence[Row]:
        return [row for row in self.rows if row.is_used]

    @property
    def share(self) -> float:
        return sum(row.share for row in self.rows)


@dataclass(frozen=True)
class RecipeForm:
    """All signals there are, and the scores that bands begin with."""

    parts: Sequence[Part]
    green_from: str
    amber_from: str


def said_by(post: QueryDict) -> dict[str, Any]:
    """What a sent form says, for metrics.health.recipe.read; what is no number stays a text, which
    that refuses."""
    return {
        "signals": [_signal(post, key) for key in post.getlist("use")],
        "green_from": _number(post.get("green_from", "")),
        "amber_from": _number(post.get("amber_from", "")),
    }


def _signal(post: QueryDict, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {"signal": key, "weight": _number(post.get(f"weight:{key}", ""))}
    missing = post.get(f"missing:{key}", "").strip()
    found["missing"] = _number(missing) if missing else None
    measures, heights = post.getlist(f"x:{key}"), post.getlist(f"y:{key}")
    pairs = [
        [_number(x), _number(y)]
        for x, y in zip(measures, heights, strict=False)
        if x.strip() or y.strip()
    ]
    if measures:
        is_whole = all(isinstance(one, float) for pair in pairs for one in pair)
        found["curve"] = sorted(pairs) if is_whole else pairs  # one added may belong in between
    return found


def form_of(
    said: Mapping[str, Any], known: Mapping[str, Signal], problems: Mapping[str, str] | None = None
) -> RecipeForm:
    """The form that says what a recipe says, or what was sent with its `problems` by signal."""
    problems = problems or {}
    held = {row["signal"]: row for row in said.get("signals", [])}
    weights = {key: _weight(row.get("weight")) for key, row in held.items()}
    total = sum(weights.values()) or 1.0
    heaviest = max(SLIDER_TO, math.ceil(max(weights.values(), default=0)))
    rows = [
        _row(
            signal,
            held.get(key),
            share=weights.get(key, 0.0) / total,
            heaviest=heaviest,
            problem=problems.get(key, ""),
            is_drawn=key in held or len(known) <= MOST_DRAWN,
        )
        for key, signal in known.items()
    ]
    return RecipeForm(
        parts=[part for part in (_part(group, rows) for group in Group) if part.rows],
        green_from=_text(said.get("green_from", GREEN_FROM)),
        amber_from=_text(said.get("amber_from", AMBER_FROM)),
    )


def _part(group: Group, rows: Sequence[Row]) -> Part:
    own = [row for row in rows if row.signal.group is group]
    return Part(group, sorted(own, key=lambda row: not row.is_used))


def _row(
    signal: Signal,
    said: Mapping[str, Any] | None,
    *,
    share: float,
    heaviest: int,
    problem: str,
    is_drawn: bool,
) -> Row:
    held = said or {}
    pairs = held.get("curve")
    if not isinstance(pairs, list):
        pairs = signal.curve.pairs()
    missing = held.get("missing")
    return Row(
        signal=signal,
        is_used=said is not None,
        weight=_text(held.get("weight", USUAL_WEIGHT)),
        heaviest=heaviest,
        share=share,
        missing="" if missing is None else _text(missing),
        points=[(_text(x), _text(y)) for x, y in pairs] if is_drawn else [],
        drawn=_drawn(pairs, signal),
        problem=problem,
    )


def _drawn(pairs: Sequence[object], signal: Signal) -> Drawn | None:
    try:
        return drawn(checked(pairs, signal.direction))
    except CurveError:
        return None


def _weight(value: object) -> float:
    """For shares; what is no weight counts as none."""
    if isinstance(value, int | float) and 0 <= value <= HEAVIEST:
        return float(value)
    return 0.0


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _text(value: object) -> str:
    """A number as it is typed; anything else as it was."""
    if isinstance(value, int | float) and math.isfinite(value):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)
