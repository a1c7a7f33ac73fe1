"""Orders that go out instead of what comes back are linked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_what_was_sold_is_read_from_an_index")]

    operations = [
        migrations.AlterField(
            "orderlink",
            "kind",
            models.CharField(
                choices=[
                    ("related", "belongs to"),
                    ("copy", "copied from"),
                    ("split", "cut off from"),
                    ("merged", "merged into"),
                    ("exchange", "goes out instead of"),
                ],
                max_length=8,
            ),
        ),
    ]
