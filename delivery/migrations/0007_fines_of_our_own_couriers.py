import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0006_returns_that_wait_at_their_courier"),
        ("orders", "0021_free_days_of_returns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="cashentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("due", "due"),
                    ("reduced", "reduced"),
                    ("collected", "collected"),
                    ("remitted", "remitted"),
                    ("fee", "fee"),
                    ("written_off", "written off"),
                    ("fee_due", "fee to be kept"),
                    ("fine", "fine"),
                    ("fine_ended", "fine paid"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="cashentry",
            name="shipment",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="cash", to="delivery.shipment"
            ),
        ),
        migrations.CreateModel(
            name="FineReason",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("usual_minor", models.BigIntegerField(default=0)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "fine_reason",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("usual_minor__gte", 0)), name="fine_reason_money")
                ],
            },
        ),
        migrations.CreateModel(
            name="Fine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[("paid", "paid in cash"), ("pay", "taken off the pay"), ("withdrawn", "withdrawn")],
                        max_length=9,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "courier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fines", to="orders.courier"
                    ),
                ),
                (
                    "end_entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="delivery.cashentry",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fine", to="delivery.cashentry"
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.parcel"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fines", to="delivery.finereason"
                    ),
                ),
            ],
            options={
                "db_table": "fine",
                "indexes": [models.Index(condition=models.Q(("ended", "")), fields=["courier"], name="fine_open")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="fine_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_entry", None), ("ended", "")),
                            models.Q(models.Q(("ended", ""), _negated=True), ("end_entry__isnull", False)),
                            _connector="OR",
                        ),
                        name="fine_end",
                    ),
                ],
            },
        ),
    ]
