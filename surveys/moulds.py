"""Rendering a mail's templates once for all who read the same but for names and links.

A mould is the rendered text with a mark wherever a value stands that differs from reader to
reader; filling the marks gives what rendering would have given (tests compare the two).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape

from tenants.mail import render_text
from tenants.validators import one_line

# Of the context of emails/survey; texts that name the reader, and links. Templates only print
# them, or ask whether they are empty.
VARYING = (
    *("subject", "greeting", "question", "choose", "lowest_label", "highest_label"),
    *("why_you", "unsubscribe", "unsubscribe_href"),
)
OPEN, CLOSE = "\ue000", "\ue001"  # of no language: for private use
# Also as repr writes them, in whatever a template may read of its context.
_MARKS = (OPEN, CLOSE, ascii(OPEN)[1:-1], ascii(CLOSE)[1:-1])
_MARK = re.compile(f"{OPEN}([a-z_0-9-]+){CLOSE}")
MOST = 500
_moulds: dict[Any, tuple[str, str, str]] = {}


def render(template: str, context: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML of a survey's mail."""
    values = {name: str(context[name]) for name in VARYING}
    for item in context["scores"]:
        values[f"href-{item['score']}"] = item["href"]
        values[f"label-{item['score']}"] = item["label"]
    rest = {name: value for name, value in context.items() if name not in (*VARYING, "scores")}
    shared = repr(sorted(rest.items(), key=lambda one: one[0]))
    if any(mark in text for mark in _MARKS for text in (*values.values(), shared)):
        return _rendered(template, context)  # somebody uses our marks
    scores = tuple(item["score"] for item in context["scores"])
    empty = tuple(name for name, value in values.items() if not value)
    key = (template, shared, scores, empty)
    mould = _moulds.get(key)
    if mould is None:
        if len(_moulds) >= MOST:
            _moulds.clear()
        mould = _moulds[key] = _rendered(template, {**context, **_marked(values, scores)})
    subject, text, html = mould
    return (
        one_line(_fill(subject, values, str)),
        _fill(text, values, str),
        _fill(html, values, escape),
    )


def _marked(values: Mapping[str, str], scores: tuple[int, ...]) -> dict[str, Any]:
    marks = {name: f"{OPEN}{name}{CLOSE}" if value else "" for name, value in values.items()}
    named = {name: marks[name] for name in VARYING}
    cells = [
        {"score": score, "href": marks[f"href-{score}"], "label": marks[f"label-{score}"]}
        for score in scores
    ]
    return {**named, "scores": cells}


def _rendered(template: str, context: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        one_line(render_text(f"{template}.subject.txt", context)),
        render_text(f"{template}.txt", context),
        render_to_string(f"{template}.html", dict(context)),
    )


def _fill(mould: str, values: Mapping[str, str], made: Callable[[str], str]) -> str:
    """One pass: what a value contains is never looked at again."""
    return _MARK.sub(lambda mark: str(made(values[mark[1]])), mould)
