"""The models whose rows say where they came from, and what points at them."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models
from django.db.models import ForeignObjectRel

from customers.models import Change, FormerValue, Import, Source

Model = type[models.Model]


def _sourced() -> list[Model]:
    """The models whose rows say which source they are of."""
    not_facts: set[Model] = {FormerValue, Import}
    return [
        model
        for model in apps.get_models()
        if model._meta.managed
        and model not in not_facts
        and not model.__name__.startswith("Stream")
        and any(f.name == "source" and f.related_model is Source for f in model._meta.fields)
    ]


def _is_versioned(model: Model) -> bool:
    return any(field.name == "superseded_at" for field in model._meta.fields)


def versioned() -> list[Model]:
    return [model for model in _sourced() if _is_versioned(model)]


def unversioned() -> list[Model]:
    """Those first that point at others of them: they go first."""
    left = [model for model in _sourced() if not _is_versioned(model)]
    ordered: list[Model] = []
    while left:
        free = [
            model
            for model in left
            if not any(
                relation.related_model in left and relation.related_model is not model
                for relation in _relations(model)
            )
        ]
        ordered += free
        left = [model for model in left if model not in free]
    return ordered


def _relations(model: Model) -> list[ForeignObjectRel]:
    """Every foreign key that points at the model, the hidden ones too."""
    return [
        field
        for field in model._meta.get_fields(include_hidden=True)
        if isinstance(field, ForeignObjectRel) and not field.many_to_many
    ]


def dependents(model: Model) -> Iterator[tuple[str, str, str]]:
    """(table, column, condition on `x`) of rows that would be missed if they went along.

    What was derived from facts, closed versions and what goes itself are not.
    """
    for relation in _relations(model):
        other: Model = relation.related_model
        fields = {field.name for field in other._meta.fields}
        if other is Change or not fields & {"source", "recorded_at", "made_at"}:
            continue
        table = other._meta.db_table
        where = ""
        if "superseded_at" in fields:
            where = (
                "AND x.superseded_at IS NULL AND NOT EXISTS (SELECT FROM undo_close u"
                f" WHERE u.tab = '{table}' AND u.id = x.id)"
            )
        elif "source" in fields and other._meta.managed:
            where = (
                f"AND NOT EXISTS (SELECT FROM undo_gone u WHERE u.tab = '{table}' AND u.id = x.id)"
            )
        elif not other._meta.managed:
            where = "AND x.source_id <> %(source)s"
        yield table, str(relation.field.column), where


def delete_rows(model: Model, ids: str) -> None:
    """Delete the rows whose primary keys `ids` (SQL) selects, with what Django would delete along,
    in one statement per table."""
    for relation in _relations(model):
        other: Model = relation.related_model
        column = relation.field.column
        on_delete = relation.on_delete
        where = f"{column} IN ({ids})"
        if on_delete is models.SET_NULL:
            _execute(f"UPDATE {other._meta.db_table} SET {column} = NULL WHERE {where}")
        elif on_delete is models.CASCADE and other is not model:
            key = _key_of(other)
            delete_rows(other, f"SELECT {key} FROM {other._meta.db_table} WHERE {where}")
    _execute(f"DELETE FROM {model._meta.db_table} WHERE {_key_of(model)} IN ({ids})")


def _key_of(model: Model) -> str:
    """The column of its primary key."""
    field = model._meta.pk
    assert field is not None
    assert field.column is not None
    return field.column


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
