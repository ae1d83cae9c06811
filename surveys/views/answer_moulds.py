"""The question as everybody finds it who has not answered: rendered once for all who read the same.

A mail has a link per score, and mail scanners fetch them all. A mould is the page with a mark
wherever the name of the contact or the customer stands; filling the marks gives what rendering
would have given (tests compare the two), as surveys.moulds does for mails.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import replace

from django.template.loader import render_to_string
from django.utils.html import escape

from surveys.moulds import CLOSE, OPEN
from surveys.reading import Reading
from surveys.views.answer_pages import Said, question_context

TEMPLATE = "surveys/answer.html"
# What differs from reader to reader.
VARYING = ("contact", "customer")
MOST = 500
_MARK = re.compile(f"{OPEN}([a-z]+){CLOSE}")
_moulds: dict[Hashable, str] = {}


def question_page(reading: Reading, texts: tuple[Hashable, ...], score: int | None) -> str:
    """The page with this score chosen, or none. `texts`: whatever the campaign says and asks."""
    names = reading.names
    if any(mark in name for mark in (OPEN, CLOSE) for name in names.values()) or _has_marks(texts):
        return _rendered(reading, score)  # somebody uses our marks
    empty = tuple(not names[name] for name in VARYING)
    key = (texts, reading.language, names["company"], score, empty)
    mould = _moulds.get(key)
    if mould is None:
        if len(_moulds) >= MOST:
            _moulds.clear()
        marked = {name: f"{OPEN}{name}{CLOSE}" if names[name] else "" for name in VARYING}
        mould = _rendered(replace(reading, names={**names, **marked}), score)
        _moulds[key] = mould
    return _MARK.sub(lambda mark: escape(names[mark[1]]), mould)


def _has_marks(texts: tuple[Hashable, ...]) -> bool:
    # JSON may write them as they are or by their number.
    return any(OPEN in text or "ue000" in text for text in texts if isinstance(text, str))


def _rendered(reading: Reading, score: int | None) -> str:
    """Without the request: nothing of the page is of it."""
    return render_to_string(TEMPLATE, question_context(reading, Said(score)))
