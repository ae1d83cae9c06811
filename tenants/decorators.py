"""What views of the public host declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def public_page(
    view: Callable[Parameters, Answer],
) -> Callable[Parameters, Answer]:
    """Declare that a view belongs to the public host, where nobody is signed in."""
    view.open_reason = "a page of the public host, where nobody signs in"  # type: ignore[attr-defined]
    return view
