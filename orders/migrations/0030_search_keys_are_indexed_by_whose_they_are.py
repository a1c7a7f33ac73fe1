from django.db import migrations, models

from shopdesk.base.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False  # the indexes are built beside the work

    dependencies = [
        ("orders", "0029_calls_are_chosen_along_an_index"),
    ]

    operations = [
        AddIndexBeside(
            model_name="searchkey",
            index=models.Index(
                condition=models.Q(("order__isnull", False)),
                fields=["order"],
                name="search_key_of_order",
            ),
        ),
        AddIndexBeside(
            model_name="searchkey",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)),
                fields=["customer"],
                name="search_key_of_customer",
            ),
        ),
    ]
