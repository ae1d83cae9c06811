"""The API's JSON, beside what REST framework's own writer makes of the same."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer

from accounts.api.rendering import FastJSONRenderer


class Word(StrEnum):
    ONE = "one"


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        {"a": [1, -2.5, 1e-7, 1e16, True, None, 'ä\u2028\x00"\\']},
        {"day": dt.date(2026, 2, 28), "time": dt.time(9, 30)},
        {"at": dt.datetime(2026, 2, 28, 1, 2, 3, 456789, tzinfo=dt.UTC)},
        {"at": dt.datetime(2026, 2, 28, 1, 2, tzinfo=ZoneInfo("Europe/Berlin"))},
        {"decimal": Decimal("1.50"), "id": uuid.UUID(int=7), "lazy": gettext_lazy("Yes")},
        {Word.ONE: Word.ONE, 7: "a number", None: "nothing"},
        {"whole": 10**30},
        ({"tuple": (1, 2)}, {"dict": {}.keys()}),
    ],
)
def test_says_the_same(data: Any) -> None:
    ours, theirs = FastJSONRenderer().render(data), JSONRenderer().render(data)
    assert ours == theirs or json.loads(ours) == json.loads(theirs)


def test_indents_where_that_is_asked() -> None:
    asked = "application/json; indent=2"
    assert FastJSONRenderer().render({"a": [1]}, asked) == JSONRenderer().render({"a": [1]}, asked)


def test_refuses_what_json_has_no_word_for() -> None:
    with pytest.raises(TypeError):
        FastJSONRenderer().render({"a": object()})
