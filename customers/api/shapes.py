"""The shapes of the API's description (OpenAPI), made from the kinds' fields.

They describe only: rows are checked where all rows are, in customers.actions.facts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rest_framework import serializers

from customers.api.kinds import (
    ATTRIBUTES,
    EXTERNAL_ID,
    camel,
    fields_out,
    has_attributes_out,
    holds_json,
    is_whole,
)
from customers.api.writing import MOST_ROWS, OUTCOMES
from customers.imports.fields import (
    Currency,
    Day,
    Email,
    Field,
    Instant,
    Kind,
    LongText,
    Number,
    Text,
    Word,
    YesNo,
)
from customers.imports.kinds import KINDS

Shape = type[serializers.Serializer[Any]]


def _shape(name: str, fields: dict[str, Any], description: str = "") -> Shape:
    """A serializer class of that name. Made so, since fields like `errors` and `label` have the
    names of what every serializer has."""
    return type(name, (serializers.Serializer,), {"__doc__": description, **fields})


ERROR = _shape(
    "FieldError",
    {
        "field": serializers.CharField(help_text="Its name; empty: the row as a whole."),
        "code": serializers.CharField(help_text="required, unknown_field or invalid."),
        "message": serializers.CharField(),
    },
)


def _problem_fields() -> dict[str, Any]:
    words = ("type", "title", "detail", "code", "message")
    return {name: serializers.CharField() for name in words} | {
        "status": serializers.IntegerField(),
        "errors": ERROR(many=True, required=False),
    }


PROBLEM = _shape(
    "Problem",
    _problem_fields(),
    "What went wrong (RFC 9457). `code` does not change; `detail` and `message` are the same.",
)
SOURCE = _shape(
    "Source",
    {
        "kind": serializers.CharField(help_text="import, api_key, webhook, user or command."),
        "label": serializers.CharField(),
        "id": serializers.IntegerField(),
    },
    "Where it came from.",
)
_ROW_RESULT = _shape(
    "RowResult",
    {
        "row": serializers.IntegerField(help_text="Its place in what was sent, from 0."),
        "outcome": serializers.ChoiceField(choices=OUTCOMES),
        "external_id": serializers.CharField(allow_null=True),
        "errors": ERROR(many=True),
    },
)
_COUNTS = _shape("Counts", {outcome: serializers.IntegerField() for outcome in OUTCOMES})


def _results(*, required: bool) -> dict[str, Any]:
    return {
        "is_stored": serializers.BooleanField(required=required),
        "counts": _COUNTS(required=required),
        "results": _ROW_RESULT(many=True, required=required),
    }


BULK_RESULT = _shape(
    "BulkResult", _results(required=True), "`results` are in the order of the rows."
)
BULK_PROBLEM = _shape(
    "BulkProblem",
    _problem_fields() | _results(required=False),
    "Nothing was stored; `results` say what would have become of the good rows.",
)


@lru_cache
def shapes_of(key: str) -> KindShapes:
    """The shapes of the kind of that key, the same ones each time: each has one name."""
    return KindShapes(KINDS[key])


class KindShapes:
    """The shapes of one kind."""

    def __init__(self, kind: Kind) -> None:
        name = camel(kind)
        self.row = _shape(f"{name}Row", _row_fields(kind), kind.description)
        self.item = _shape(name, _item_fields(kind), kind.description)
        self.stored = _shape(f"{name}Stored", _stored_fields(kind), _STORED)
        self.page = _shape(f"{name}Page", _page_fields(self.item))
        self.bulk = _shape(f"{name}Bulk", _bulk_fields(self.row))
        version = _shape(f"{name}Version", _item_fields(kind) | _closed_fields())
        self.history = _shape(f"{name}Versions", {"results": version(many=True)})


_STORED = (
    "What became of the row, and the fact as it is held now; of the fact only its id for a key"
    " that cannot read."
)


def _row_fields(kind: Kind) -> dict[str, Any]:
    fields = {
        field.name: _field(field, required=field.is_required, allow_null=not field.is_required)
        for field in kind.fields
    }
    if kind.takes_attributes:
        fields[ATTRIBUTES] = serializers.DictField(
            child=serializers.CharField(max_length=200, allow_null=True),
            required=False,
            help_text="Further attributes by name; null clears one, those left out are kept.",
        )
    return fields


def _item_fields(kind: Kind, *, is_required: bool = True) -> dict[str, Any]:
    fields = {
        field.name: _field(field, required=is_required, allow_null=not field.is_required)
        for field in fields_out(kind)
    }
    if has_attributes_out(kind):
        fields[ATTRIBUTES] = serializers.DictField(
            child=serializers.CharField(), required=is_required, help_text="As they are today."
        )
    fields["source"] = SOURCE(required=is_required)
    fields["recorded_at"] = serializers.DateTimeField(
        required=is_required, help_text="When we learned of it, in this form."
    )
    return fields


def _stored_fields(kind: Kind) -> dict[str, Any]:
    fields = _item_fields(kind, is_required=False)
    own = {
        "outcome": serializers.ChoiceField(choices=OUTCOMES[:-1]),
        "message": serializers.CharField(required=False, help_text="Why a row was ignored."),
        EXTERNAL_ID: serializers.CharField(allow_null=True, help_text="As given, or as made."),
    }
    return fields | own


def _page_fields(item: Shape) -> dict[str, Any]:
    return {
        "next": serializers.CharField(
            allow_null=True, help_text="The address of the next page; null on the last."
        ),
        "results": item(many=True),
    }


def _bulk_fields(row: Shape) -> dict[str, Any]:
    return {
        "rows": serializers.ListField(child=row(), max_length=MOST_ROWS),
        "mode": serializers.ChoiceField(
            choices=("all", "good"),
            default="all",
            help_text="all: one row in error keeps all from being stored; good: the others are.",
        ),
    }


def _closed_fields() -> dict[str, Any]:
    return {
        "superseded_at": serializers.DateTimeField(
            allow_null=True, help_text="When a correction or removal closed it; null: it holds."
        ),
        "closed_by": SOURCE(allow_null=True),
    }


def _field(field: Field, **given: Any) -> Any:
    made, options = _made_of(field)
    return made(help_text=field.help, **options, **given)


def _made_of(field: Field) -> tuple[Any, dict[str, Any]]:
    """DRF's field for ours, and what it takes."""
    kind = field.type
    if holds_json(field):
        return serializers.DictField, {"child": serializers.JSONField()}
    match kind:
        case Number() if is_whole(field):
            least = {} if kind.is_signed else {"min_value": 0}
            return serializers.IntegerField, least
        case Number():
            digits = kind.whole_digits + kind.decimals
            least = {} if kind.is_signed else {"min_value": 0}
            return serializers.DecimalField, {
                "max_digits": digits,
                "decimal_places": kind.decimals,
                **least,
            }
        case Word():
            return serializers.ChoiceField, {"choices": kind.keys}
        case Text() | LongText():
            return serializers.CharField, {"max_length": kind.maximum}
        case Currency():
            return serializers.CharField, {"min_length": 3, "max_length": 3}
        case Email():
            return serializers.EmailField, {"max_length": 254}
        case Day():
            return serializers.DateField, {}
        case Instant():
            return serializers.DateTimeField, {}
        case YesNo():
            return serializers.BooleanField, {}
        case _:
            return serializers.CharField, {}
