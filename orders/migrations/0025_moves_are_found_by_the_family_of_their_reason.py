import django.db.models
from django.db import migrations

import orders.models.stock
from shopdesk.base.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [
        ("orders", "0024_what_was_wanted_in_vain_before"),
    ]

    operations = [
        AddIndexBeside(
            model_name="stockmove",
            index=django.db.models.Index(
                orders.models.stock.Family("reason"),
                orders.models.stock.Backwards("id"),
                name="stock_move_by_family",
            ),
        ),
        migrations.RemoveIndex(model_name="stockmove", name="stock_move_by_reason"),
    ]
