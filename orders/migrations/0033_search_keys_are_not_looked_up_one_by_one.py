from typing import Any

import django.db.models.deletion
from django.db import migrations, models

CASCADE = django.db.models.deletion.CASCADE
CONSTRAINTS = ("search_key_order_id_dbdcc221_fk_orders_number", "search_key_customer_id_db1ca531_fk_customer_id")


def drop(apps: Any, schema_editor: Any) -> None:
    """Drop the constraints alone. SQLite cannot without writing the table anew, and looks keys up for nearly nothing."""
    if schema_editor.connection.vendor == "postgresql":
        for name in CONSTRAINTS:
            schema_editor.execute(f'ALTER TABLE "search_key" DROP CONSTRAINT IF EXISTS "{name}"')


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0032_no_index_that_another_begins_with"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="searchkey",
                    name=name,
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=CASCADE,
                        related_name="search_keys",
                        to=to,
                    ),
                )
                for name, to in (("order", "orders.order"), ("customer", "orders.customer"))
            ],
            database_operations=[migrations.RunPython(drop, migrations.RunPython.noop)],
        ),
    ]
