"""All tables of limits."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from shopdesk.base.laying import LayTables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LayTables(
            [
                migrations.CreateModel(
                    name="LimitSet",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("role", models.CharField(default="manager", max_length=10)),
                        ("discount_percent", models.PositiveSmallIntegerField(default=100)),
                        ("own_orders", models.BooleanField(default=False)),
                        ("export", models.BooleanField(default=True)),
                        ("cost", models.BooleanField(default=True)),
                        ("confirm_unspoken", models.BooleanField(default=True)),
                        ("statuses", models.JSONField(null=True)),
                        ("write_off_minor", models.BigIntegerField(null=True)),
                        (
                            "person",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "limit_set",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("person", None)), fields=("role",), name="limit_set_once_per_role"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("discount_percent__lte", 100)), name="limit_set_discount"
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
