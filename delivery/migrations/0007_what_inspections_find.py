"""What the inspection of a return finds, line by line, and photos of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0006_tries_in_vain"),
        ("orders", "0018_limits_of_counting_and_the_ledger_by_product"),
    ]

    operations = [
        migrations.AddField(
            "returnline",
            "found",
            models.CharField(
                blank=True,
                choices=[
                    ("unused", "as it was sold"),
                    ("opened", "opened, complete"),
                    ("incomplete", "something is missing from it"),
                    ("worn", "used or worn"),
                    ("transport", "damaged on the way"),
                    ("defect", "does not work"),
                    ("other_goods", "other goods than we sent"),
                    ("other", "other"),
                ],
                default="",
                max_length=11,
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="ReturnPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                ("media_type", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="delivery.return"
                    ),
                ),
            ],
            options={
                "db_table": "return_photo",
                "constraints": [models.UniqueConstraint(fields=("parent", "sha256"), name="return_photo_once")],
            },
        ),
    ]
