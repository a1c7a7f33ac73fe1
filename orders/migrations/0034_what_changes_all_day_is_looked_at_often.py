from typing import Any

from django.db import migrations

# What waits is a handful among years of what is done, and it is all that the desk asks for. PostgreSQL looks anew when a
# tenth of a table has changed: at a million calls it would go on planning for none that wait, whatever waits by then.
SETTINGS = {
    "call_task": "autovacuum_analyze_scale_factor = 0.005, autovacuum_vacuum_scale_factor = 0.02, fillfactor = 85",
    "orders": "autovacuum_analyze_scale_factor = 0.005",
    "hold": "autovacuum_analyze_scale_factor = 0.01",
}


def look_often(apps: Any, schema_editor: Any) -> None:
    """Have PostgreSQL look at these tables more often, and leave room for a call's row beside the one it was."""
    if schema_editor.connection.vendor == "postgresql":
        for table, settings in SETTINGS.items():
            schema_editor.execute(f'ALTER TABLE "{table}" SET ({settings})')


def look_as_usual(apps: Any, schema_editor: Any) -> None:
    """Take it back."""
    if schema_editor.connection.vendor == "postgresql":
        for table, settings in SETTINGS.items():
            names = ", ".join(one.split(" = ")[0] for one in settings.split(", "))
            schema_editor.execute(f'ALTER TABLE "{table}" RESET ({names})')


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0033_search_keys_are_not_looked_up_one_by_one"),
    ]

    operations = [migrations.RunPython(look_often, look_as_usual)]
