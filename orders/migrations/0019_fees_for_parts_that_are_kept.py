import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0018_parts_are_found_by_their_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="courier",
            name="fee_exempt",
            field=models.CharField(blank=True, db_default="damaged defect", default="damaged defect", max_length=300),
        ),
        migrations.AddField(
            model_name="order",
            name="cod_fee_fixed_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="cod_fee_permille",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="BuyoutFee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("sum_from_minor", models.BigIntegerField(default=0)),
                ("sum_to_minor", models.BigIntegerField(null=True)),
                ("fee_minor", models.BigIntegerField(default=0)),
                ("fee_permille", models.PositiveIntegerField(default=0)),
                (
                    "courier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="buyout_fees", to="orders.courier"
                    ),
                ),
            ],
            options={
                "db_table": "buyout_fee",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fee_minor__gte", 0), ("fee_permille__lte", 1000), ("sum_from_minor__gte", 0)
                        ),
                        name="buyout_fee_money",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sum_to_minor__isnull", True),
                            ("sum_to_minor__gt", models.F("sum_from_minor")),
                            _connector="OR",
                        ),
                        name="buyout_fee_sums",
                    ),
                ],
            },
        ),
    ]
