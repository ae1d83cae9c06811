"""Reading the body of a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.actions.refusals import Refused
from accounts.api.errors import Problem


def known(data: Any, fields: Sequence[str]) -> dict[str, Any]:
    """The body, an object with none but these members. Raises Problem."""
    allowed = ", ".join(fields)
    if not isinstance(data, dict):
        raise Problem(400, "not_an_object", f"The body is an object with any of {allowed}.")
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise Problem(
            400, "unknown_member", f"There is no {unknown[0][:100]!r} here; only {allowed}."
        )
    return data


@contextmanager
def refusing(status: int = 409) -> Iterator[None]:
    """What an action refuses, as a problem."""
    try:
        yield
    except Refused as refusal:
        raise Problem(status, refusal.code, refusal.message) from None
    except ValidationError as error:
        raise serializers.ValidationError(error.message_dict) from None
