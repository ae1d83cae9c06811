"""Migration operations that are safe while the portal runs."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations.operations import AddIndex
from django.db.models import Model


class AddIndexOnline(AddIndexConcurrently):
    """An index, made while others write when the table has rows.

    A new company's tables are empty: there it is made plainly, because CONCURRENTLY waits for
    every transaction of the whole database. The migration needs `atomic = False`.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        how = self._way(to_state.apps.get_model(app_label, self.model_name), schema_editor)
        how.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        how = self._way(from_state.apps.get_model(app_label, self.model_name), schema_editor)
        how.database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _way(self, model: type[Model], schema_editor: Any) -> type[AddIndex]:
        """Which operation does it; both leave schemas alone that don't have the table."""
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return AddIndex
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 - a table's name
            (has_rows,) = cursor.fetchone()
        return AddIndexConcurrently if has_rows else AddIndex
