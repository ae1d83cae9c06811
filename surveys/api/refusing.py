"""What actions of surveys refuse, as answers of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.actions.refusals import Refused
from accounts.api.errors import Problem
from surveys.content import ContentError


@contextmanager
def refusals(status: int = 409) -> Iterator[None]:
    """What an action refuses, as a problem: 400 where a value is wrong, else of the status."""
    try:
        yield
    except ContentError as error:
        where = ".".join(filter(None, ["content", error.language, error.field, error.question]))
        raise serializers.ValidationError({where: [error.message]}) from None
    except Refused as refusal:
        if refusal.code == "scale_unfit":
            raise serializers.ValidationError({"scale": [refusal.message]}) from None
        raise Problem(status, refusal.code, refusal.message) from None
    except ValidationError as error:
        raise serializers.ValidationError(error.message_dict) from None
