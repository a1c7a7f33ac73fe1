from django.db import migrations, models

from shopdesk.base.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [
        ("orders", "0025_moves_are_found_by_the_family_of_their_reason"),
    ]

    operations = [
        AddIndexBeside(
            model_name="searchkey",
            index=models.Index(
                fields=["key"],
                include=("order", "customer"),
                name="search_key_found",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
