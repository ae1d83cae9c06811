"""The bodies the API takes: JSON as its standard has it, within limits."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal

import pytest
from rest_framework.exceptions import ParseError

from accounts.api.parsing import MOST_VALUES, parsed


def test_what_json_has() -> None:
    assert parsed(b'{"a": [1, -2, 0.1, 1e3, true, null, "\\ud83d\\ude00 \\\\ud800", {}]}') == {
        "a": [1, -2, Decimal("0.1"), Decimal("1e3"), True, None, "\U0001f600 \\ud800", {}]
    }
    assert parsed(b"12345678901234567890.123456789") == Decimal("12345678901234567890.123456789")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Expecting value"),
        (b"{", "line 1 column 2"),
        (b'{"a": NaN}', "no NaN in JSON"),
        (b"[Infinity]", "no Infinity"),
        (b"[-Infinity]", "no -Infinity"),
        (b"[1e999]", "1e999 is out of range"),
        (b"[-1E+999999999999999999999]", "out of range"),
        (b"[1e-999999999]", "out of range"),
        (b"[" + b"9" * 5000 + b"]", "4300"),
        (b"[1,]", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1, "b": 2, "a": 3}', "the name 'a' twice"),
        (b'["\xff"]', "not UTF-8: byte 2"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        (b'["\\ud800"]', "half of a character"),
        (b'{"\\uDFFF": 1}', "half of a character"),
        (b'["a\nb"]', "control character"),
        (b"[" * 100_000 + b"]" * 100_000, "too deeply"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "too deeply"),
        (b"[" + b"1," * MOST_VALUES + b"1]", "more than 500,000 values"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else None,
)
def test_what_json_has_not(body: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parsed(body)


@pytest.mark.parametrize("value", [b"0.1", b'"ab"', b"{}", b"[]"])
def test_memory_is_bounded(value: bytes) -> None:
    """As many of the values that take most memory for their text as are taken at all."""
    count = MOST_VALUES - 1 if value in (b"0.1", b'"ab"') else MOST_VALUES // 2 - 1
    body = b"[" + b",".join([value] * count) + b"]"
    tracemalloc.start()
    try:
        assert len(parsed(body)) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 * 1024 * 1024
