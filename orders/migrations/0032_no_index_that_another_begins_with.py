from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT
# By the names that the framework gave them; the last are for `LIKE` on codes, which nobody asks.
DROPPED = {
    "call_task_taken_by_id_23f0d8e9": '"call_task" ("taken_by_id")',
    "journal_event_order_id_adc3a696": '"journal_event" ("order_id")',
    "orders_channel_id_0b5c8a7e": '"orders" ("channel_id")',
    "orders_customer_id_b7016332": '"orders" ("customer_id")',
    "order_line_order_id_b9148391": '"order_line" ("order_id")',
    "order_line_product_id_e620902d": '"order_line" ("product_id")',
}
OF_CODES = ("orders_channel_id_0b5c8a7e_like", "orders_courier_id_1aa0ca80_like", "orders_location_id_d255caf1_like")


def key(to: Any, **options: Any) -> models.ForeignKey:
    return models.ForeignKey(to=to, db_index=False, **options)


class Migration(migrations.Migration):
    """Drop indexes alone: fields altered as a whole would have their foreign keys looked through anew."""

    dependencies = [
        ("orders", "0031_search_keys_need_no_index_of_both"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "calltask", "taken_by",
                    key(settings.AUTH_USER_MODEL, null=True, on_delete=PROTECT, related_name="+"),
                ),
                migrations.AlterField(
                    "journalevent", "order", key("orders.order", null=True, on_delete=PROTECT, related_name="events")
                ),
                migrations.AlterField(
                    "order", "channel", key("orders.channel", on_delete=PROTECT, related_name="orders")
                ),
                migrations.AlterField(
                    "order", "customer", key("orders.customer", null=True, on_delete=PROTECT, related_name="orders")
                ),
                migrations.AlterField(
                    "orderline", "order", key("orders.order", on_delete=PROTECT, related_name="lines")
                ),
                migrations.AlterField(
                    "orderline", "product", key("orders.product", null=True, on_delete=PROTECT, related_name="lines")
                ),
            ],
            database_operations=[
                *(
                    migrations.RunSQL(f'DROP INDEX IF EXISTS "{name}"', f'CREATE INDEX "{name}" ON {columns}')
                    for name, columns in DROPPED.items()
                ),
                *(migrations.RunSQL(f'DROP INDEX IF EXISTS "{name}"', migrations.RunSQL.noop) for name in OF_CODES),
            ],
        ),
    ]  # fmt: skip
