"""Properties that nothing could go through."""

from __future__ import annotations

import json

import pytest

from customers.erasing.sought import Sought
from customers.imports.parsing import BadValue
from customers.usage.properties import parse_properties


def nested(depth: int, leaf: str = '"x"') -> str:
    return '{"a":' * depth + leaf + "}" * depth


@pytest.mark.parametrize("leaf", ['"x"', '"\\u0000"', "1.5"])
def test_properties_nested_too_deeply_are_a_bad_value(leaf: str) -> None:
    for depth in (300, 900, 5000):
        with pytest.raises(BadValue):
            parse_properties(nested(depth, leaf))


def test_an_erasure_gets_through_the_deepest_that_are_taken() -> None:
    taken = parse_properties(nested(250, '"ann@one.example"'))
    clean = Sought(addresses=["ann@one.example"]).certain.text_or_json(taken)
    assert json.loads(clean) == json.loads(nested(250, '"[erased]"'))
