"""All tables of delivery."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from shopdesk.base.laying import LayTables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LayTables(
            [
                migrations.CreateModel(
                    name="RegisterColumns",
                    fields=[
                        (
                            "courier",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="columns",
                                serialize=False,
                                to="orders.courier",
                            ),
                        ),
                        ("waybill", models.CharField(max_length=100)),
                        ("amount", models.CharField(max_length=100)),
                        ("fee", models.CharField(blank=True, max_length=100)),
                        ("net", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "register_columns",
                    },
                ),
                migrations.CreateModel(
                    name="CourierAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "adapter",
                            models.CharField(
                                choices=[
                                    ("own", "our own couriers: page and phone"),
                                    ("http", "any service, by this desk's own protocol"),
                                    ("cdek", "CDEK, API v2"),
                                    ("easypost", "EasyPost, tracking only"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=300)),
                        ("login", models.CharField(blank=True, max_length=150)),
                        ("secret", models.TextField(blank=True)),
                        ("hook_secret", models.TextField(blank=True)),
                        ("token", models.TextField(blank=True)),
                        ("token_until", models.DateTimeField(null=True)),
                        ("options", models.JSONField(blank=True, default=dict)),
                        ("makes_waybills", models.BooleanField(default=False)),
                        ("poll_minutes", models.PositiveIntegerField(default=0)),
                        ("heard_at", models.DateTimeField(null=True)),
                        (
                            "courier",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="account", to="orders.courier"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "courier_account",
                    },
                ),
                migrations.CreateModel(
                    name="Handoff",
                    fields=[
                        ("number", models.BigAutoField(primary_key=True, serialize=False)),
                        ("ship_on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("loading", "loading"),
                                    ("closed", "closed"),
                                    ("accepted", "accepted"),
                                    ("accepted_with_difference", "accepted with a difference"),
                                    ("void", "void"),
                                ],
                                default="open",
                                max_length=24,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("hash", models.CharField(blank=True, max_length=64)),
                        ("places", models.PositiveIntegerField(default=0)),
                        ("weight_g", models.PositiveIntegerField(default=0)),
                        ("cod_minor", models.BigIntegerField(default=0)),
                        ("declared_minor", models.BigIntegerField(default=0)),
                        ("currency", models.CharField(max_length=3)),
                        ("accepted_at", models.DateTimeField(null=True)),
                        ("accepted_how", models.CharField(blank=True, max_length=12)),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="handoffs",
                                to="orders.courier",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="handoffs",
                                to="orders.location",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "handoff",
                    },
                ),
                migrations.CreateModel(
                    name="HandoffLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("on", "on the act"),
                                    ("accepted", "accepted"),
                                    ("missing", "missing"),
                                    ("rejected", "rejected"),
                                    ("back", "brought back"),
                                ],
                                default="on",
                                max_length=8,
                            ),
                        ),
                        ("weight_g", models.PositiveIntegerField()),
                        ("cod_minor", models.BigIntegerField(default=0)),
                        ("declared_minor", models.BigIntegerField(default=0)),
                        ("state_at", models.DateTimeField()),
                        (
                            "handoff",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="delivery.handoff"
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="act_lines",
                                to="orders.parcel",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "handoff_line",
                    },
                ),
                migrations.CreateModel(
                    name="NextWaybill",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=100)),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.courier"
                            ),
                        ),
                        (
                            "journal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="next_waybills",
                                to="orders.parcel",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "next_waybill",
                    },
                ),
                migrations.CreateModel(
                    name="Register",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reference", models.CharField(max_length=64)),
                        ("currency", models.CharField(max_length=3)),
                        ("sha256", models.CharField(max_length=64)),
                        ("total_minor", models.BigIntegerField()),
                        ("fees_minor", models.BigIntegerField()),
                        ("bank_reference", models.CharField(blank=True, max_length=64)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="registers",
                                to="orders.courier",
                            ),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "register",
                    },
                ),
                migrations.CreateModel(
                    name="Return",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("refused", "refused at the door"),
                                    ("uncollected", "uncollected"),
                                    ("after_inspection", "after inspection before paying"),
                                    ("after_delivery", "after delivery"),
                                    ("damaged", "damaged"),
                                    ("exchange", "exchange"),
                                    ("no_order", "without an order"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("announced", "announced"),
                                    ("on_the_way", "on the way"),
                                    ("received", "received"),
                                    ("inspected", "inspected"),
                                ],
                                default="announced",
                                max_length=10,
                            ),
                        ),
                        ("reference", models.CharField(blank=True, max_length=64)),
                        ("reason", models.CharField(blank=True, max_length=64)),
                        ("waybill", models.CharField(blank=True, max_length=64)),
                        ("check_at", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField(null=True)),
                        ("inspected_at", models.DateTimeField(null=True)),
                        (
                            "location",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.location"),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="orders.order",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="orders.parcel",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "return",
                    },
                ),
                migrations.CreateModel(
                    name="ReturnLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("to_bin", models.PositiveIntegerField(default=0)),
                        ("to_quarantine", models.PositiveIntegerField(default=0)),
                        ("to_scrap", models.PositiveIntegerField(default=0)),
                        ("missing", models.PositiveIntegerField(default=0)),
                        (
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
                                max_length=11,
                            ),
                        ),
                        (
                            "inspected_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="return_lines",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="delivery.return"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.product"),
                        ),
                    ],
                    options={
                        "db_table": "return_line",
                    },
                ),
                migrations.CreateModel(
                    name="ReturnPhoto",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                    },
                ),
                migrations.CreateModel(
                    name="Shipment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("state", models.CharField(default="accepted", max_length=20)),
                        ("state_at", models.DateTimeField()),
                        ("check_at", models.DateTimeField(null=True)),
                        ("flag", models.CharField(blank=True, max_length=40)),
                        ("currency", models.CharField(max_length=3)),
                        ("due_minor", models.BigIntegerField(default=0)),
                        ("reduced_minor", models.BigIntegerField(default=0)),
                        ("collected_minor", models.BigIntegerField(default=0)),
                        ("written_off_minor", models.BigIntegerField(default=0)),
                        ("remitted_minor", models.BigIntegerField(default=0)),
                        ("fees_minor", models.BigIntegerField(default=0)),
                        ("started_at", models.DateTimeField()),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipments",
                                to="orders.courier",
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shipment", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "shipment",
                    },
                ),
                migrations.CreateModel(
                    name="RegisterLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("waybill", models.CharField(max_length=100)),
                        ("amount_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("matched", "matched"),
                                    ("partial", "a part of it"),
                                    ("fee", "a fee alone"),
                                    ("short", "short"),
                                    ("over", "over"),
                                    ("unknown", "unknown parcel"),
                                    ("duplicate", "paid before"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("differs_minor", models.BigIntegerField(default=0)),
                        ("remitted_minor", models.BigIntegerField(default=0)),
                        ("kept_minor", models.BigIntegerField(default=0)),
                        ("is_open", models.BooleanField(default=False)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "register",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="delivery.register",
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="register_lines",
                                to="delivery.shipment",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "register_line",
                    },
                ),
                migrations.CreateModel(
                    name="FailureDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("failed_at", models.DateTimeField()),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("again", "try again"),
                                    ("address", "go to another address"),
                                    ("back", "bring it back"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("on", models.DateField(null=True)),
                        ("hours", models.CharField(blank=True, max_length=20)),
                        ("at", models.DateTimeField()),
                        (
                            "journal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="delivery.shipment",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "failure_decision",
                    },
                ),
                migrations.CreateModel(
                    name="CashEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("due", "due"),
                                    ("reduced", "reduced"),
                                    ("collected", "collected"),
                                    ("remitted", "remitted"),
                                    ("fee", "fee"),
                                    ("written_off", "written off"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("source", models.CharField(max_length=45)),
                        ("target", models.CharField(max_length=45)),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cash",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="delivery.cashentry",
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cash", to="delivery.shipment"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "cash_entry",
                    },
                ),
                migrations.CreateModel(
                    name="ShipmentEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("event_id", models.CharField(max_length=100)),
                        ("parcel_raw", models.CharField(max_length=100)),
                        ("code", models.CharField(max_length=64)),
                        ("state", models.CharField(max_length=20)),
                        ("reason", models.CharField(blank=True, max_length=64)),
                        ("data", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="orders.courier"
                            ),
                        ),
                        (
                            "journal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipment_events",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="courier_events",
                                to="orders.parcel",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "shipment_event",
                    },
                ),
                migrations.CreateModel(
                    name="EventReading",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("state", models.CharField(max_length=20)),
                        ("at", models.DateTimeField()),
                        (
                            "journal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.parcel",
                            ),
                        ),
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reading",
                                to="delivery.shipmentevent",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "event_reading",
                    },
                ),
                migrations.CreateModel(
                    name="SignedCopy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, unique=True)),
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
                            "handoff",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="copies",
                                to="delivery.handoff",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "signed_copy",
                    },
                ),
                migrations.CreateModel(
                    name="Waybill",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=40, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("wanted", "wanted"),
                                    ("asked", "asked for"),
                                    ("made", "made"),
                                    ("refused", "refused"),
                                    ("voiding", "being taken back"),
                                    ("void", "taken back"),
                                ],
                                default="wanted",
                                max_length=8,
                            ),
                        ),
                        ("external_id", models.CharField(blank=True, max_length=64)),
                        ("number", models.CharField(blank=True, db_index=True, max_length=64)),
                        ("refusal", models.CharField(blank=True, max_length=300)),
                        ("tries", models.PositiveIntegerField(default=0)),
                        ("next_at", models.DateTimeField(null=True)),
                        ("polled_at", models.DateTimeField(null=True)),
                        ("by_hand", models.BooleanField(default=False)),
                        ("wanted_at", models.DateTimeField()),
                        ("made_at", models.DateTimeField(null=True)),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waybills",
                                to="orders.courier",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="waybills", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "waybill",
                    },
                ),
                migrations.CreateModel(
                    name="CourierCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=64)),
                        ("means", models.CharField(max_length=20)),
                        ("says", models.CharField(blank=True, max_length=200)),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="orders.courier"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "courier_code",
                        "constraints": [models.UniqueConstraint(fields=("courier", "code"), name="courier_code_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CourierMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("body", models.TextField(blank=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "received"),
                                    ("applied", "applied"),
                                    ("ignored", "says nothing of parcels"),
                                    ("failed", "not understood"),
                                ],
                                default="received",
                                max_length=8,
                            ),
                        ),
                        ("why", models.CharField(blank=True, max_length=200)),
                        ("events", models.PositiveIntegerField(default=0)),
                        ("times", models.PositiveIntegerField(default=1)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="orders.courier",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "courier_message",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "received")), fields=["id"], name="courier_message_waits"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("courier", "sha256"), name="courier_message_once")
                        ],
                    },
                ),
                migrations.AddIndex(
                    model_name="handoff",
                    index=models.Index(fields=["courier", "state", "number"], name="handoff_by_courier"),
                ),
                migrations.AddConstraint(
                    model_name="handoffline",
                    constraint=models.UniqueConstraint(fields=("handoff", "parcel"), name="handoff_line_once"),
                ),
                migrations.AddConstraint(
                    model_name="handoffline",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["on", "accepted"])),
                        fields=("parcel",),
                        name="handoff_line_one_act",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="nextwaybill",
                    constraint=models.UniqueConstraint(
                        fields=("courier", "number", "parcel"), name="next_waybill_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="register",
                    constraint=models.UniqueConstraint(fields=("courier", "reference"), name="register_once"),
                ),
                migrations.AddConstraint(
                    model_name="return",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("parcel__isnull", False), models.Q(("state", "inspected"), _negated=True)),
                        fields=("parcel",),
                        name="return_open_once_per_parcel",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="return",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("reference",),
                        name="return_reference",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="returnline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("to_bin"), "+", models.F("to_quarantine")
                                        ),
                                        "+",
                                        models.F("to_scrap"),
                                    ),
                                    "+",
                                    models.F("missing"),
                                ),
                            )
                        ),
                        name="return_line_adds_up",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="returnline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="return_line_quantity"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="returnphoto",
                    constraint=models.UniqueConstraint(fields=("parent", "sha256"), name="return_photo_once"),
                ),
                migrations.AddIndex(
                    model_name="shipment",
                    index=models.Index(
                        condition=models.Q(("check_at__isnull", False)), fields=["check_at"], name="shipment_check"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="shipment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("collected_minor__gte", 0),
                            ("due_minor__gte", 0),
                            ("fees_minor__gte", 0),
                            ("reduced_minor__gte", 0),
                            ("remitted_minor__gte", 0),
                            ("written_off_minor__gte", 0),
                        ),
                        name="shipment_money",
                    ),
                ),
                migrations.AddIndex(
                    model_name="registerline",
                    index=models.Index(
                        condition=models.Q(("is_open", True)), fields=["register"], name="register_line_open"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="registerline",
                    constraint=models.UniqueConstraint(fields=("register", "position"), name="register_line_once"),
                ),
                migrations.AddConstraint(
                    model_name="registerline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor__gte", 0),
                            ("fee_minor__gte", 0),
                            ("kept_minor__gte", 0),
                            ("remitted_minor__gte", 0),
                        ),
                        name="register_line_money",
                    ),
                ),
                migrations.AddIndex(
                    model_name="failuredecision",
                    index=models.Index(fields=["shipment", "failed_at"], name="failure_decision_of"),
                ),
                migrations.AddIndex(
                    model_name="cashentry",
                    index=models.Index(fields=["source", "currency"], name="cash_entry_source"),
                ),
                migrations.AddIndex(
                    model_name="cashentry",
                    index=models.Index(fields=["target", "currency"], name="cash_entry_target"),
                ),
                migrations.AddConstraint(
                    model_name="cashentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="cash_entry_amount"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="cashentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True), name="cash_entry_moves"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="shipmentevent",
                    constraint=models.UniqueConstraint(fields=("courier", "event_id"), name="shipment_event_once"),
                ),
                migrations.AddIndex(
                    model_name="eventreading",
                    index=models.Index(fields=["parcel"], name="event_reading_parcel"),
                ),
                migrations.AddConstraint(
                    model_name="signedcopy",
                    constraint=models.UniqueConstraint(fields=("handoff", "sha256"), name="signed_copy_once"),
                ),
                migrations.AddIndex(
                    model_name="waybill",
                    index=models.Index(
                        condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="waybill_due"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="waybill",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["wanted", "asked", "made", "voiding"])),
                        fields=("order",),
                        name="waybill_one_live",
                    ),
                ),
            ]
        ),
    ]
