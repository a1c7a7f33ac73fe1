from django.db import migrations, models

from shopdesk.base.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [
        ("orders", "0027_search_keys_need_no_other_index"),
    ]

    operations = [
        AddIndexBeside(
            model_name="order",
            index=models.Index(fields=["number", "customer"], name="order_walk"),
        ),
    ]
