"""What holds of a value and its interval."""

from __future__ import annotations

from metrics.estimates import Estimate
from metrics.series import Value


def assert_held(name: str, found: Estimate | Value) -> None:
    """The value is not outside of its interval, to the last digit."""
    if found.value is None:
        return
    if found.low is not None:
        assert found.low <= found.value, (name, found.low, found.value)
    if found.high is not None:
        assert found.value <= found.high, (name, found.value, found.high)
