"""What the API offers of each kind of fact. A kind appears as soon as it can be read."""

from __future__ import annotations

from customers.imports.fields import (
    AttributeName,
    Currency,
    Email,
    Field,
    Kind,
    Number,
    Text,
    Word,
    YesNo,
)
from customers.imports.kinds import KINDS

ATTRIBUTES = "attributes"
EXTERNAL_ID = "external_id"
# How the reading of a kind with versions leaves out those that are closed.
CURRENT = "f.superseded_at IS NULL"


def offered() -> list[Kind]:
    """The kinds of the API, in the order in which they can be brought in."""
    return [kind for kind in KINDS.values() if kind.group == "facts" and kind.read is not None]


def fields_out(kind: Kind) -> list[Field]:
    """The fields that come out again; the others only say how a row is to be taken."""
    return [field for field in kind.fields if kind.read and field.name in kind.read.columns]


def has_attributes_out(kind: Kind) -> bool:
    return kind.takes_attributes and kind.read is not None and ATTRIBUTES in kind.read.columns


def is_versioned(kind: Kind) -> bool:
    """Whether closed versions are kept under the same id."""
    if kind.model is None or kind.read is None or CURRENT not in kind.read.tables:
        return False
    names = {field.name for field in kind.model._meta.get_fields()}
    return {"superseded_at", "closed_by"} <= names


def rows_by(kind: Kind) -> str:
    """The field that tells several rows of one id apart; empty where an id has one row."""
    return kind.rows_by


def is_whole(field: Field) -> bool:
    """Whether it holds a number without decimals."""
    return isinstance(field.type, Number) and field.type.decimals == 0


def holds_json(field: Field) -> bool:
    """Whether it is an object of JSON in the API, where a file has its text."""
    return bool(getattr(field.type, "is_json", False))


def can_equal(field: Field) -> bool:
    """Whether it can be filtered by its value: short texts, words, references, yes or no."""
    return isinstance(field.type, Text | Word | Email | Currency | YesNo | AttributeName)


def has_order(field: Field) -> bool:
    """Whether it is a day or an instant, so that it can be filtered from and to."""
    return field.type.sql_type in {"date", "timestamptz"}


def camel(kind: Kind) -> str:
    """`ticket_stages` is `TicketStages`: what its shapes are called."""
    return "".join(word.title() for word in kind.key.split("_"))
