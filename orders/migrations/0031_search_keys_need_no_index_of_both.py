import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Drop the two indexes alone: the field altered as a whole would have its foreign key looked through anew."""

    dependencies = [
        ("orders", "0030_search_keys_are_indexed_by_whose_they_are"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="searchkey",
                    name="order",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_keys",
                        to="orders.order",
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    'DROP INDEX IF EXISTS "search_key_order_id_dbdcc221"',
                    'CREATE INDEX "search_key_order_id_dbdcc221" ON "search_key" ("order_id")',
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="searchkey",
                    name="customer",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_keys",
                        to="orders.customer",
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    'DROP INDEX IF EXISTS "search_key_customer_id_db1ca531"',
                    'CREATE INDEX "search_key_customer_id_db1ca531" ON "search_key" ("customer_id")',
                ),
            ],
        ),
    ]
