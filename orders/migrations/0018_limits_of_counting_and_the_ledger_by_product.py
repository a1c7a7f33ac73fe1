"""The owner's limits of counting, and the indexes by which ten million moves are read."""

import django.db.models.deletion
from django.db import migrations, models


def take_time(apps, schema_editor):
    """Let the indexes take as long as ten million rows need; no statement of the desk may."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_customers_joined_and_marked")]

    operations = [
        migrations.RunPython(take_time, migrations.RunPython.noop),
        migrations.AddField("shop", "count_again_pieces", models.PositiveIntegerField(default=2)),
        migrations.AddField("shop", "count_again_minor", models.BigIntegerField(default=100_000)),
        migrations.AddIndex("stockmove", models.Index(fields=["product", "id"], name="stock_move_by_product")),
        migrations.AddIndex("stockmove", models.Index(fields=["reason", "id"], name="stock_move_by_reason")),
        migrations.AddIndex("stockmove", models.Index(fields=["at", "product"], name="stock_move_by_day")),
        migrations.AlterField(
            "stockmove",
            "product",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="orders.product"
            ),
        ),
    ]
