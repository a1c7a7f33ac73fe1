"""Indexes for migrations: on a table of years they are built beside the work, not in front of it."""

from typing import Any

from django.db import migrations


class AddIndexBeside(migrations.AddIndex):
    """Build an index while others write, as `CREATE INDEX CONCURRENTLY` of PostgreSQL does; plainly elsewhere.

    Belongs into a migration of its own with `atomic = False`: PostgreSQL does this in no transaction. One that was cut
    off leaves a broken index of this name, which the next try takes away first.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it; as long as that takes, not as long as a statement of the desk may."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (usual,) = cursor.fetchone()
            cursor.execute("SET statement_timeout = 0")
            try:
                schema_editor.execute(schema_editor._delete_index_sql(model, self.index.name, concurrently=True))
                schema_editor.add_index(model, self.index, concurrently=True)
            finally:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [usual])
