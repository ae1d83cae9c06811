"""Reading what a call to the surveys' API holds, and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.actions.refusals import Refused
from accounts.api.errors import Problem
from surveys.content import ContentError

Json = dict[str, Any]


def body_of(
    request: Request, shape: type[serializers.Serializer[Any]], *, partial: bool = False
) -> Json:
    """The members of the body. Raises a problem on unknown members and wrong types."""
    data = request.data
    if not data and not isinstance(data, dict):
        data = {}
    writable = [name for name, field in shape().fields.items() if not field.read_only]
    if not isinstance(data, dict):
        raise Problem(400, "not_an_object", f"The body is an object with {', '.join(writable)}.")
    unknown = sorted(set(data) - set(writable))
    if unknown:
        raise Problem(
            400,
            "unknown_member",
            f"There is no {unknown[0][:100]!r} here; only {', '.join(writable)}.",
        )
    found = shape(data=data, partial=partial)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


@contextmanager
def refusals() -> Iterator[None]:
    """What an action refuses, as a problem: 400 where the content is wrong, else 409."""
    try:
        yield
    except ContentError as error:
        where = ".".join(filter(None, ["content", error.language, error.field, error.question]))
        raise serializers.ValidationError({where: [error.message]}) from None
    except Refused as refusal:
        if refusal.code == "scale_unfit":
            raise serializers.ValidationError({"scale": [refusal.message]}) from None
        raise Problem(409, refusal.code, refusal.message) from None
