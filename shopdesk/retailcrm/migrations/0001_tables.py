"""All tables of retailcrm."""

import django.db.models.deletion
from django.db import migrations, models

from shopdesk.base.laying import LayTables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_tables"),
    ]

    operations = [
        LayTables(
            [
                migrations.CreateModel(
                    name="Pack",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("purchase_price_minor", models.BigIntegerField(null=True)),
                        ("shipped_on", models.DateField(null=True)),
                        ("invoice_number", models.CharField(blank=True, max_length=64)),
                        ("note_number", models.CharField(blank=True, max_length=64)),
                        ("removed_at", models.DateTimeField(null=True)),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="packs", to="orders.orderline"
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.location"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "pack",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("quantity__gte", 1)), name="pack_quantity")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PromisedPayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(blank=True, db_index=True, max_length=64)),
                        ("type", models.CharField(max_length=40)),
                        ("status", models.CharField(max_length=40)),
                        ("amount_minor", models.BigIntegerField()),
                        ("booked_minor", models.BigIntegerField(default=0)),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("removed_at", models.DateTimeField(null=True)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promised_payments",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "promised_payment",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                fields=("order", "external_id"),
                                name="promised_payment_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gte", 0), ("booked_minor__gte", 0)),
                                name="promised_payment_amount",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShopCustomer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(blank=True, max_length=64)),
                        ("first_name", models.CharField(blank=True, max_length=150)),
                        ("last_name", models.CharField(blank=True, max_length=150)),
                        ("patronymic", models.CharField(blank=True, max_length=150)),
                        ("email", models.CharField(blank=True, db_index=True, max_length=254)),
                        ("phones", models.JSONField(blank=True, default=list)),
                        ("address", models.JSONField(blank=True, default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.channel"
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shop_customers",
                                to="orders.customer",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "shop_customer",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                fields=("channel", "external_id"),
                                name="shop_customer_once",
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
