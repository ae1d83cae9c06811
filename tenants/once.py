"""What is looked up once while figures or a page are made, as nobody changes it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from tenants.context import schema_name

P = ParamSpec("P")
Found = TypeVar("Found")

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("known", default=None)


@contextmanager
def looking_once() -> Iterator[None]:
    """Within it, what is marked `once` is looked up the first time that somebody asks."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(look: Callable[P, Found]) -> Callable[P, Found]:
    """Of a function of what the database says, for each company and arguments, which are hashable.
    Outside of `looking_once` it looks every time."""

    @wraps(look)
    def looked(*args: P.args, **kwargs: P.kwargs) -> Found:
        known = _known.get()
        if known is None:
            return look(*args, **kwargs)
        key = (look, schema_name(), args, *kwargs.items())
        if key not in known:
            known[key] = look(*args, **kwargs)
        found: Found = known[key]
        return found

    return looked
