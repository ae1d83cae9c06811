"""Components that are rendered once for all who show the same."""

from __future__ import annotations

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

KEPT = (
    '{% kept "components/_score_buttons.html" name="s" legend=legend value=value errors=errors %}'
)
PLAIN = (
    '{% include "components/_score_buttons.html" with name="s" legend=legend value=value'
    " errors=errors only %}"
)


@pytest.mark.parametrize("value", [None, 0, 9])
@pytest.mark.parametrize("errors", [[], ["Choose <one>."]])
@pytest.mark.parametrize("legend", ["How & why?", "<b>How?</b>", mark_safe("<b>How?</b>")])
def test_it_is_what_rendering_it_would_give(
    legend: str, value: int | None, errors: list[str]
) -> None:
    context = {"legend": legend, "value": value, "errors": errors}
    engine = engines["django"]
    for _ in range(2):
        assert engine.from_string(KEPT).render(context) == engine.from_string(PLAIN).render(context)


def test_a_plain_page_has_the_head_of_all_pages() -> None:
    assert render_to_string("components/_head.html").strip() in render_to_string("plain.html")
