"""All tables of orders."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from shopdesk.base.laying import LayTables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LayTables(
            [
                migrations.CreateModel(
                    name="Caller",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="caller",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("on_calls", "on calls"), ("break", "on a break"), ("off", "off")],
                                default="off",
                                max_length=8,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("seen_at", models.DateTimeField()),
                        ("languages", models.JSONField(blank=True, default=list)),
                        ("channels", models.JSONField(blank=True, default=list)),
                        ("regions", models.JSONField(blank=True, default=list)),
                    ],
                    options={
                        "db_table": "caller",
                    },
                ),
                migrations.CreateModel(
                    name="CallScript",
                    fields=[
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("confirm", "confirm"),
                                    ("reconfirm", "agree again"),
                                    ("before_pickup", "before pickup"),
                                    ("delivery_problem", "delivery problem"),
                                    ("follow_up", "follow-up"),
                                    ("missed_call", "missed call"),
                                ],
                                max_length=20,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("text", models.TextField(blank=True)),
                        ("read_back", models.JSONField(default=list)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "call_script",
                    },
                ),
                migrations.CreateModel(
                    name="Channel",
                    fields=[
                        ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=150)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("manual", "by hand"),
                                    ("api", "API"),
                                    ("woocommerce", "WooCommerce"),
                                    ("shopify", "Shopify"),
                                    ("retailcrm", "API v5"),
                                    ("file", "file"),
                                ],
                                default="api",
                                max_length=12,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("country", models.CharField(max_length=2)),
                        ("zone", models.CharField(blank=True, max_length=64)),
                        (
                            "contact",
                            models.CharField(
                                choices=[("required", "required"), ("optional", "optional")],
                                default="required",
                                max_length=8,
                            ),
                        ),
                        ("label_map", models.JSONField(blank=True, default=dict)),
                    ],
                    options={
                        "db_table": "channel",
                    },
                ),
                migrations.CreateModel(
                    name="Courier",
                    fields=[
                        ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=150)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("own", "own couriers"),
                                    ("service", "courier service"),
                                    ("post", "post"),
                                    ("pickup_point", "pickup points"),
                                    ("pickup", "pickup at the shop"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("takes_cod", models.BooleanField(default=True)),
                        ("delivers_in_part", models.BooleanField(default=True)),
                        ("several_parcels", models.BooleanField(default=True)),
                        ("cutoff", models.TimeField(default=datetime.time(18, 0))),
                        ("days", models.PositiveSmallIntegerField(default=0)),
                        ("allows_trying_on", models.BooleanField(default=False)),
                        ("needs", models.JSONField(blank=True, default=list)),
                        ("countries", models.CharField(blank=True, max_length=100)),
                        ("heaviest_g", models.PositiveIntegerField(null=True)),
                        (
                            "label",
                            models.CharField(
                                choices=[("a6", "A6"), ("a4", "A4"), ("own", "the courier's own")],
                                default="a6",
                                max_length=3,
                            ),
                        ),
                        ("storage_days", models.PositiveSmallIntegerField(default=7)),
                        ("decide_within_hours", models.PositiveSmallIntegerField(default=48)),
                        ("check_after_days", models.PositiveSmallIntegerField(default=3)),
                        ("active", models.BooleanField(default=True)),
                    ],
                    options={
                        "db_table": "courier",
                    },
                ),
                migrations.CreateModel(
                    name="FeedHead",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.BigIntegerField(default=0)),
                        (
                            "hash",
                            models.CharField(
                                default="0000000000000000000000000000000000000000000000000000000000000000",
                                max_length=64,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "feed_head",
                    },
                ),
                migrations.CreateModel(
                    name="JournalEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seq", models.PositiveIntegerField(null=True)),
                        ("kind", models.CharField(max_length=40)),
                        ("from_status", models.CharField(blank=True, max_length=12)),
                        ("to_status", models.CharField(blank=True, max_length=12)),
                        ("actor_kind", models.CharField(max_length=10)),
                        ("actor_id", models.BigIntegerField(default=0)),
                        ("subject_kind", models.CharField(blank=True, max_length=20)),
                        ("subject_id", models.CharField(blank=True, max_length=64)),
                        ("data", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "db_table": "journal_event",
                    },
                ),
                migrations.CreateModel(
                    name="Location",
                    fields=[
                        ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=150)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("near", models.TextField(blank=True)),
                        ("serves", models.BooleanField(default=True)),
                    ],
                    options={
                        "db_table": "location",
                    },
                ),
                migrations.CreateModel(
                    name="MarkRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("after_returned", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "mark_rule",
                    },
                ),
                migrations.CreateModel(
                    name="MessageRule",
                    fields=[
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("not_reached", "could not reach you"),
                                    ("confirmed", "order confirmed"),
                                    ("handed_over", "handed to the courier"),
                                    ("waiting", "waits at the pickup point"),
                                ],
                                max_length=12,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("active", models.BooleanField(default=False)),
                        ("routes", models.JSONField(default=list)),
                        ("after_tries", models.PositiveSmallIntegerField(default=1)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "message_rule",
                    },
                ),
                migrations.CreateModel(
                    name="NoCallRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("prepaid", "paid in full"),
                                    ("loyal", "a loyal customer"),
                                    ("small_risk", "a call costs more than it may save"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("most_total_minor", models.BigIntegerField(null=True)),
                        ("least_delivered", models.PositiveIntegerField(default=3)),
                        ("most_refused", models.PositiveIntegerField(default=0)),
                        ("call_minor", models.BigIntegerField(default=0)),
                        ("refusal_minor", models.BigIntegerField(default=0)),
                        ("refusal_percent", models.PositiveSmallIntegerField(default=20)),
                        ("sample_percent", models.PositiveSmallIntegerField(default=5)),
                        ("active", models.BooleanField(default=False)),
                        ("changed_at", models.DateTimeField()),
                        ("tried_at", models.DateTimeField(null=True)),
                        ("tried", models.JSONField(blank=True, default=dict)),
                    ],
                    options={
                        "db_table": "no_call_rule",
                    },
                ),
                migrations.CreateModel(
                    name="PeriodLock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("until", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "period_lock",
                    },
                ),
                migrations.CreateModel(
                    name="PhoneLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "dials",
                            models.CharField(
                                choices=[
                                    ("tel", "the caller's own telephone (tel:)"),
                                    ("link", "a page of the provider"),
                                    ("request", "a request to the provider"),
                                ],
                                default="tel",
                                max_length=8,
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=500)),
                        (
                            "missed",
                            models.CharField(
                                choices=[
                                    ("retry", "ring back as soon as it is allowed"),
                                    ("next_day", "ring back on the next day"),
                                    ("close", "only note it"),
                                ],
                                default="retry",
                                max_length=8,
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "phone_line",
                    },
                ),
                migrations.CreateModel(
                    name="PhoneSeat",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="phone_seat",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True)),
                    ],
                    options={
                        "db_table": "phone_seat",
                    },
                ),
                migrations.CreateModel(
                    name="Shop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=150)),
                        ("zone", models.CharField(max_length=64)),
                        ("currency", models.CharField(max_length=3)),
                        ("country", models.CharField(max_length=2)),
                        ("language", models.CharField(max_length=5)),
                        ("day_cutoff", models.TimeField(default=datetime.time(0, 0))),
                        ("four_eyes", models.BooleanField(default=True)),
                        ("count_again_pieces", models.PositiveIntegerField(default=2)),
                        ("count_again_minor", models.BigIntegerField(default=100000)),
                        ("calls_from", models.TimeField(default=datetime.time(9, 0))),
                        ("calls_until", models.TimeField(default=datetime.time(20, 0))),
                        ("calls_weekdays", models.CharField(default="1234567", max_length=7)),
                        ("calls_weekend_from", models.TimeField(null=True)),
                        ("calls_weekend_until", models.TimeField(null=True)),
                        ("calls_on_holidays", models.BooleanField(default=True)),
                        ("calls_a_day", models.PositiveSmallIntegerField(default=3)),
                        ("contacts_a_day", models.PositiveSmallIntegerField(default=5)),
                        ("own_first_minutes", models.PositiveSmallIntegerField(default=10)),
                        ("first_call_limit_minutes", models.PositiveIntegerField(default=60)),
                        ("escalate_after_minutes", models.PositiveIntegerField(default=60)),
                        (
                            "missed_callback",
                            models.CharField(
                                choices=[
                                    ("retry", "stays first in the queue until somebody rings"),
                                    ("next_day", "comes at the same hour of the next day"),
                                    ("close", "ends; an order that is not agreed is left to a manager"),
                                ],
                                default="retry",
                                max_length=8,
                            ),
                        ),
                        ("missed_callback_after_minutes", models.PositiveIntegerField(default=60)),
                        ("follow_up_after_days", models.PositiveSmallIntegerField(default=7)),
                        ("confirm_within_hours", models.PositiveIntegerField(default=72)),
                        ("pay_within_hours", models.PositiveIntegerField(default=72)),
                        ("confirm_manual_within_hours", models.PositiveIntegerField(default=168)),
                        ("demo", models.BooleanField(default=False)),
                        ("demo_until", models.DateTimeField(null=True)),
                        ("demo_done", models.PositiveIntegerField(default=0)),
                        ("demo_whole", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "shop",
                    },
                ),
                migrations.CreateModel(
                    name="Zone",
                    fields=[
                        ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=150)),
                        ("places", models.JSONField(default=list)),
                    ],
                    options={
                        "db_table": "zone",
                    },
                ),
                migrations.CreateModel(
                    name="Connection",
                    fields=[
                        (
                            "channel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="connection",
                                serialize=False,
                                to="orders.channel",
                            ),
                        ),
                        ("secret", models.TextField(blank=True)),
                        ("old_secret", models.TextField(blank=True)),
                        ("old_secret_until", models.DateTimeField(null=True)),
                        ("address", models.CharField(blank=True, max_length=300)),
                        ("api_key", models.TextField(blank=True)),
                        ("api_secret", models.TextField(blank=True)),
                        ("stock_place", models.CharField(blank=True, max_length=64)),
                        ("meanings", models.JSONField(blank=True, default=dict)),
                        ("buffer", models.PositiveIntegerField(default=0)),
                        ("polls", models.BooleanField(default=False)),
                        ("tells_back", models.BooleanField(default=False)),
                        ("tells_stock", models.BooleanField(default=False)),
                        ("polled_until", models.DateTimeField(null=True)),
                        ("polled_at", models.DateTimeField(null=True)),
                        ("poll_problem", models.CharField(blank=True, max_length=40)),
                        ("told_until", models.BigIntegerField(default=0)),
                        ("pinged_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "connection",
                    },
                ),
                migrations.CreateModel(
                    name="Customer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=300)),
                        ("email", models.CharField(blank=True, db_index=True, max_length=254)),
                        ("zone", models.CharField(blank=True, max_length=64)),
                        (
                            "mark",
                            models.CharField(
                                blank=True,
                                choices=[("", "no mark"), ("vip", "VIP"), ("blocked", "blocked")],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("mark_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "mark_source",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "nobody"),
                                    ("manual", "by a person"),
                                    ("rule", "by the rule"),
                                    ("external", "from a list"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        ("tags", models.JSONField(blank=True, default=list)),
                        (
                            "consent",
                            models.CharField(
                                blank=True,
                                choices=[("", "not asked"), ("given", "given"), ("refused", "refused")],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("consent_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "joined_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="joined",
                                to="orders.customer",
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
                    ],
                    options={
                        "db_table": "customer",
                    },
                ),
                migrations.CreateModel(
                    name="CustomerConflict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("closed_by", models.CharField(blank=True, max_length=30)),
                        ("are_two", models.BooleanField(default=False)),
                        (
                            "known",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conflicts",
                                to="orders.customer",
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conflicts_too",
                                to="orders.customer",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "customer_conflict",
                    },
                ),
                migrations.CreateModel(
                    name="CustomerJoin",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("moved", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(max_length=30)),
                        ("undone_at", models.DateTimeField(null=True)),
                        ("undone_by", models.CharField(blank=True, max_length=30)),
                        (
                            "gone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="joins_gone",
                                to="orders.customer",
                            ),
                        ),
                        (
                            "kept",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="joins", to="orders.customer"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "customer_join",
                    },
                ),
                migrations.CreateModel(
                    name="CustomerPhone",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone", models.CharField(max_length=20, unique=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="phones", to="orders.customer"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "customer_phone",
                    },
                ),
                migrations.CreateModel(
                    name="Drift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("promise", models.CharField(max_length=8)),
                        ("offenders", models.JSONField(default=list)),
                        ("broken", models.PositiveIntegerField()),
                        ("found_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "stock_drift",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)), fields=("promise",), name="stock_drift_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Unplaced",
                    fields=[
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                serialize=False,
                                to="orders.journalevent",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "unplaced",
                    },
                ),
                migrations.CreateModel(
                    name="Feed",
                    fields=[
                        ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("hash", models.CharField(max_length=64)),
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="place",
                                to="orders.journalevent",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "feed",
                    },
                ),
                migrations.CreateModel(
                    name="ExpectedReceipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("supplier", models.CharField(max_length=150)),
                        ("reference", models.CharField(blank=True, max_length=100)),
                        ("due_on", models.DateField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "expected"), ("closed", "closed")], default="open", max_length=6
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "event",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.journalevent"),
                        ),
                        (
                            "location",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.location"),
                        ),
                    ],
                    options={
                        "db_table": "expected_receipt",
                    },
                ),
                migrations.CreateModel(
                    name="MessageText",
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
                                    ("not_reached", "could not reach you"),
                                    ("confirmed", "order confirmed"),
                                    ("handed_over", "handed to the courier"),
                                    ("waiting", "waits at the pickup point"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("language", models.CharField(max_length=5)),
                        ("subject", models.CharField(blank=True, max_length=200)),
                        ("text", models.TextField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "message_text",
                        "constraints": [models.UniqueConstraint(fields=("kind", "language"), name="message_text_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
                    fields=[
                        ("number", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("new", "new"),
                                    ("confirmed", "confirmed"),
                                    ("picking", "picking"),
                                    ("packed", "packed"),
                                    ("handed_over", "handed over"),
                                    ("delivered", "delivered"),
                                    ("returning", "returning"),
                                    ("returned", "returned"),
                                    ("lost", "lost"),
                                    ("cancelled", "cancelled"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=0)),
                        ("external_id", models.CharField(blank=True, max_length=64)),
                        ("body_hash", models.CharField(blank=True, max_length=64)),
                        ("placed_at", models.DateTimeField()),
                        ("taken_at", models.DateTimeField()),
                        ("status_at", models.DateTimeField()),
                        ("reserved_until", models.DateTimeField(null=True)),
                        ("promised_on", models.DateField(null=True)),
                        ("slot", models.CharField(blank=True, max_length=20)),
                        ("ship_on", models.DateField(null=True)),
                        ("contact_name", models.CharField(blank=True, max_length=300)),
                        ("contact_phone", models.CharField(blank=True, max_length=20)),
                        ("contact_phone_raw", models.CharField(blank=True, max_length=200)),
                        ("contact_email", models.CharField(blank=True, max_length=254)),
                        ("zone", models.CharField(blank=True, max_length=64)),
                        (
                            "delivery_method",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("courier", "courier"),
                                    ("post", "post"),
                                    ("pickup_point", "pickup point"),
                                    ("pickup", "pickup at the shop"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("address_text", models.TextField(blank=True)),
                        ("address_country", models.CharField(blank=True, max_length=2)),
                        ("address_region", models.CharField(blank=True, max_length=100)),
                        ("address_region_code", models.CharField(blank=True, max_length=6)),
                        ("address_postcode", models.CharField(blank=True, max_length=20)),
                        ("address_city", models.CharField(blank=True, max_length=150)),
                        ("address_street", models.CharField(blank=True, max_length=200)),
                        ("address_house", models.CharField(blank=True, max_length=40)),
                        ("address_flat", models.CharField(blank=True, max_length=40)),
                        ("address_notes", models.TextField(blank=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("items_minor", models.BigIntegerField()),
                        ("delivery_minor", models.BigIntegerField(default=0)),
                        ("fees_minor", models.BigIntegerField(default=0)),
                        ("discount_minor", models.BigIntegerField(default=0)),
                        ("total_minor", models.BigIntegerField()),
                        ("tax_minor", models.BigIntegerField(default=0)),
                        ("channel_total_minor", models.BigIntegerField(null=True)),
                        ("paid_minor", models.BigIntegerField(default=0)),
                        (
                            "payment_method",
                            models.CharField(
                                choices=[
                                    ("cod", "cash on delivery"),
                                    ("prepaid", "paid in advance"),
                                    ("card_on_delivery", "card on delivery"),
                                    ("invoice", "invoice"),
                                ],
                                default="cod",
                                max_length=16,
                            ),
                        ),
                        (
                            "policy",
                            models.CharField(
                                choices=[
                                    ("wait", "wait for everything"),
                                    ("split", "split"),
                                    ("cancel_rest", "cancel the rest"),
                                ],
                                default="wait",
                                max_length=12,
                            ),
                        ),
                        ("picking_until", models.DateTimeField(null=True)),
                        (
                            "cancel_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("bought_elsewhere", "bought elsewhere"),
                                    ("price", "price"),
                                    ("delivery_price", "delivery price"),
                                    ("delivery_time", "delivery time"),
                                    ("changed_mind", "changed their mind"),
                                    ("duplicate", "duplicate"),
                                    ("test", "test order"),
                                    ("no_contact", "no contact"),
                                    ("fake", "fake order"),
                                    ("out_of_stock", "out of stock"),
                                    ("other", "other reason"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("comment", models.TextField(blank=True)),
                        ("note", models.TextField(blank=True)),
                        ("source", models.JSONField(blank=True, default=dict)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="orders.channel"
                            ),
                        ),
                        (
                            "courier",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="orders.courier",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="orders.customer",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="orders.location"
                            ),
                        ),
                        (
                            "packer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="picking",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "orders",
                    },
                ),
                migrations.CreateModel(
                    name="NoCallDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("inputs", models.JSONField(default=dict)),
                        ("sampled", models.BooleanField(default=False)),
                        (
                            "verdict",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "not looked at"),
                                    ("right", "it was right"),
                                    ("wrong", "it should have been rung"),
                                ],
                                default="",
                                max_length=5,
                            ),
                        ),
                        ("looked_at", models.DateTimeField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                        (
                            "looked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="orders.nocallrule",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="no_call_decisions",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "no_call_decision",
                    },
                ),
                migrations.CreateModel(
                    name="Message",
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
                                    ("not_reached", "could not reach you"),
                                    ("confirmed", "order confirmed"),
                                    ("handed_over", "handed to the courier"),
                                    ("waiting", "waits at the pickup point"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("slot", models.CharField(max_length=32)),
                        ("due_at", models.DateTimeField()),
                        ("occasion_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("sending", "being sent"),
                                    ("sent", "sent"),
                                    ("failed", "refused by the provider"),
                                    ("unknown", "not known whether it went out"),
                                    ("dropped", "dropped"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "no reason"),
                                    ("stale", "too late to be of use"),
                                    ("cap", "enough calls and messages for a day"),
                                    ("no_way", "no phone, no e-mail, or no provider"),
                                    ("gone", "it is true no more"),
                                    ("off", "switched off meanwhile"),
                                    ("provider", "the provider refused it"),
                                    ("crash", "the worker stopped in the middle"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "route",
                            models.CharField(
                                blank=True,
                                choices=[("sms", "SMS"), ("messenger", "messenger"), ("email", "e-mail")],
                                max_length=10,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("sent_at", models.DateTimeField(null=True)),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "message",
                    },
                ),
                migrations.AddField(
                    model_name="journalevent",
                    name="order",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="orders.order"
                    ),
                ),
                migrations.CreateModel(
                    name="InboundMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("webhook", "sent by the shop"),
                                    ("poll", "fetched by the desk"),
                                    ("test", "test message"),
                                    ("part", "part of a batch"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("topic", models.CharField(blank=True, max_length=60)),
                        ("delivery_id", models.CharField(blank=True, max_length=100)),
                        ("body", models.TextField(blank=True)),
                        ("body_hash", models.CharField(max_length=64)),
                        ("is_cleaned", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "waits"),
                                    ("applied", "applied"),
                                    ("ignored", "nothing new"),
                                    ("failed", "failed"),
                                ],
                                default="received",
                                max_length=8,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=40)),
                        ("detail", models.JSONField(blank=True, default=dict)),
                        ("external_id", models.CharField(blank=True, max_length=64)),
                        ("understood", models.JSONField(null=True)),
                        ("times", models.PositiveIntegerField(default=1)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("received_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="orders.channel",
                            ),
                        ),
                        (
                            "part_of",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="orders.inboundmessage",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages_in",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "inbound_message",
                    },
                ),
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("client", models.CharField(max_length=80)),
                        ("key", models.CharField(max_length=255)),
                        ("body_hash", models.CharField(max_length=64)),
                        ("answer", models.JSONField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "order",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "idempotency_key",
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("awaiting_payment", "awaiting payment"),
                                    ("high_risk", "high risk"),
                                    ("bad_address", "bad address"),
                                    ("bad_phone", "bad phone"),
                                    ("unknown_item", "unknown item"),
                                    ("out_of_stock", "out of stock"),
                                    ("duplicate", "duplicate"),
                                    ("unknown_date", "unknown date"),
                                    ("other", "other"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        ("until", models.DateTimeField(null=True)),
                        ("role", models.CharField(default="manager", max_length=10)),
                        ("opened_at", models.DateTimeField()),
                        ("opened_by", models.CharField(max_length=30)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("closed_by", models.CharField(blank=True, max_length=30)),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "hold",
                    },
                ),
                migrations.CreateModel(
                    name="Credit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reference", models.CharField(blank=True, max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[("due", "due"), ("paid", "paid"), ("written_off", "written off")],
                                default="due",
                                max_length=12,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("cancelled", "the order was cancelled"),
                                    ("return", "goods came back"),
                                    ("service", "a service was credited"),
                                    ("goodwill", "goodwill"),
                                    ("other", "other"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("goods_minor", models.BigIntegerField(default=0)),
                        ("currency", models.CharField(max_length=3)),
                        ("at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credits",
                                to="orders.customer",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credits",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "settled_event",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credits",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "credit",
                    },
                ),
                migrations.CreateModel(
                    name="CallTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone", models.CharField(max_length=20)),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("confirm", "confirm"),
                                    ("reconfirm", "agree again"),
                                    ("before_pickup", "before pickup"),
                                    ("delivery_problem", "delivery problem"),
                                    ("follow_up", "follow-up"),
                                    ("missed_call", "missed call"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("new", "not tried yet"),
                                    ("retry", "not reached"),
                                    ("callback", "asked to be called back"),
                                ],
                                default="new",
                                max_length=8,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=40)),
                        ("zone", models.CharField(blank=True, max_length=64)),
                        ("due_at", models.DateTimeField()),
                        ("limit_at", models.DateTimeField(null=True)),
                        ("language", models.CharField(blank=True, max_length=5)),
                        ("region", models.CharField(blank=True, max_length=100)),
                        ("asked_by_customer", models.BooleanField(default=False)),
                        ("promised_on", models.DateField(null=True)),
                        ("total_minor", models.BigIntegerField(default=0)),
                        ("score", models.JSONField(default=dict)),
                        ("token", models.CharField(blank=True, max_length=32)),
                        ("reminded_at", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("confirmed", "confirmed"),
                                    ("confirmed_changed", "confirmed with changes"),
                                    ("callback", "call back"),
                                    ("no_answer", "no answer"),
                                    ("busy", "busy"),
                                    ("unreachable", "unreachable"),
                                    ("voicemail", "voicemail"),
                                    ("dropped", "dropped"),
                                    ("wrong_number", "wrong number"),
                                    ("thinking", "thinking it over"),
                                    ("declined", "declined"),
                                    ("duplicate", "duplicate"),
                                    ("fake", "fake"),
                                    ("do_not_call", "do not call"),
                                ],
                                max_length=20,
                            ),
                        ),
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
                            "taken_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="call_tasks",
                                to="orders.customer",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="call_tasks",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "call_task",
                    },
                ),
                migrations.CreateModel(
                    name="CallAttempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("confirmed", "confirmed"),
                                    ("confirmed_changed", "confirmed with changes"),
                                    ("callback", "call back"),
                                    ("no_answer", "no answer"),
                                    ("busy", "busy"),
                                    ("unreachable", "unreachable"),
                                    ("voicemail", "voicemail"),
                                    ("dropped", "dropped"),
                                    ("wrong_number", "wrong number"),
                                    ("thinking", "thinking it over"),
                                    ("declined", "declined"),
                                    ("duplicate", "duplicate"),
                                    ("fake", "fake"),
                                    ("do_not_call", "do not call"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("bought_elsewhere", "bought elsewhere"),
                                    ("price", "price"),
                                    ("delivery_price", "delivery price"),
                                    ("delivery_time", "delivery time"),
                                    ("changed_mind", "changed their mind"),
                                    ("duplicate", "duplicate"),
                                    ("test", "test order"),
                                    ("no_contact", "no contact"),
                                    ("fake", "fake order"),
                                    ("out_of_stock", "out of stock"),
                                    ("other", "other reason"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("applied", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "task",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="orders.calltask",
                            ),
                        ),
                        (
                            "phone",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="orders.customerphone",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "call_attempt",
                    },
                ),
                migrations.CreateModel(
                    name="AnswerLink",
                    fields=[
                        ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "said",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "no answer yet"),
                                    ("confirmed", "confirmed"),
                                    ("later", "asked to be rung at another hour"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="links", to="orders.message"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answer_links",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "answer_link",
                    },
                ),
                migrations.CreateModel(
                    name="OrderAlias",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=64)),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.channel"),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "order_alias",
                    },
                ),
                migrations.CreateModel(
                    name="OrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("kind", models.CharField(default="goods", max_length=8)),
                        ("sku", models.CharField(blank=True, max_length=64)),
                        ("name", models.CharField(max_length=500)),
                        ("external_id", models.CharField(blank=True, max_length=64)),
                        ("instead_of", models.CharField(blank=True, max_length=64)),
                        ("quantity", models.PositiveIntegerField()),
                        ("price_minor", models.BigIntegerField()),
                        ("discount_minor", models.BigIntegerField(default=0)),
                        ("total_minor", models.BigIntegerField()),
                        ("tax_minor", models.BigIntegerField(default=0)),
                        ("cost_minor", models.BigIntegerField(null=True)),
                        ("reserved", models.PositiveIntegerField(default=0)),
                        ("picked", models.PositiveIntegerField(default=0)),
                        ("cancelled", models.PositiveIntegerField(default=0)),
                        ("delivered", models.PositiveIntegerField(default=0)),
                        ("returned", models.PositiveIntegerField(default=0)),
                        ("lost", models.PositiveIntegerField(default=0)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "order_line",
                        "ordering": ["order", "position"],
                    },
                ),
                migrations.CreateModel(
                    name="OrderLink",
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
                                    ("related", "belongs to"),
                                    ("copy", "copied from"),
                                    ("split", "cut off from"),
                                    ("merged", "merged into"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(max_length=30)),
                        (
                            "first",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="links", to="orders.order"
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links_back",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "order_link",
                    },
                ),
                migrations.CreateModel(
                    name="Parcel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True)),
                        ("position", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("inside", "inside"),
                                    ("out", "on its way"),
                                    ("kept", "kept by the customer, whole or in part"),
                                    ("returning", "on its way back"),
                                    ("returned", "back and inspected"),
                                    ("lost", "lost"),
                                    ("opened", "opened again"),
                                ],
                                default="inside",
                                max_length=10,
                            ),
                        ),
                        (
                            "on_act",
                            models.CharField(
                                choices=[
                                    ("none", "on no act"),
                                    ("open", "on an open act"),
                                    ("closed", "on a closed act"),
                                ],
                                default="none",
                                max_length=6,
                            ),
                        ),
                        ("in_hands_of", models.CharField(blank=True, max_length=32)),
                        ("weight_g", models.PositiveIntegerField()),
                        ("length_mm", models.PositiveIntegerField(null=True)),
                        ("width_mm", models.PositiveIntegerField(null=True)),
                        ("height_mm", models.PositiveIntegerField(null=True)),
                        ("declared_minor", models.BigIntegerField(default=0)),
                        ("cod_minor", models.BigIntegerField(default=0)),
                        ("waybill", models.CharField(blank=True, db_index=True, max_length=64)),
                        ("sealed_at", models.DateTimeField()),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="parcels", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "parcel",
                    },
                ),
                migrations.CreateModel(
                    name="ParcelItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("delivered", models.PositiveIntegerField(default=0)),
                        ("returned", models.PositiveIntegerField(default=0)),
                        ("lost", models.PositiveIntegerField(default=0)),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcel_items",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "parcel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="orders.parcel"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "parcel_item",
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.CharField(
                                choices=[
                                    ("prepaid", "paid in advance"),
                                    ("counter", "at the counter"),
                                    ("courier", "taken by the courier"),
                                    ("acquirer", "card on delivery"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "payment",
                    },
                ),
                migrations.CreateModel(
                    name="PersonalValue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("field", models.CharField(max_length=40)),
                        ("old", models.TextField(blank=True)),
                        ("new", models.TextField(blank=True)),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="personal_values",
                                to="orders.journalevent",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "personal_value",
                    },
                ),
                migrations.CreateModel(
                    name="PhoneCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("provider", models.CharField(max_length=32)),
                        ("call_id", models.CharField(max_length=100)),
                        (
                            "direction",
                            models.CharField(choices=[("in", "they rang us"), ("out", "we rang them")], max_length=3),
                        ),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ringing", "ringing"),
                                    ("answered", "talking"),
                                    ("ended", "over"),
                                    ("missed", "missed"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("began_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("talk_seconds", models.PositiveIntegerField(default=0)),
                        ("recording", models.CharField(blank=True, max_length=500)),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="phone_calls",
                                to="orders.customer",
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
                            "task",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="phone_calls",
                                to="orders.calltask",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "phone_call",
                    },
                ),
                migrations.CreateModel(
                    name="PhoneLease",
                    fields=[
                        ("phone", models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ("until", models.DateTimeField()),
                        ("token", models.CharField(max_length=32)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="leases",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "phone_lease",
                    },
                ),
                migrations.CreateModel(
                    name="Place",
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
                                    ("bin", "bin"),
                                    ("packing", "packing table"),
                                    ("counter", "counter"),
                                    ("transit", "on the way between locations"),
                                    ("courier", "with the courier"),
                                    ("returns", "returns to inspect"),
                                    ("quarantine", "quarantine"),
                                    ("supplier", "supplier"),
                                    ("customer", "customer"),
                                    ("scrap", "scrap"),
                                    ("lost", "lost"),
                                    ("correction", "count correction"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("code", models.CharField(max_length=32)),
                        (
                            "location",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="places",
                                to="orders.location",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "place",
                    },
                ),
                migrations.CreateModel(
                    name="PrintRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=32, unique=True)),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("picklist", "pick lists"),
                                    ("slip", "packing slips"),
                                    ("label", "labels"),
                                    ("slip+label", "packing slips and labels"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "size",
                            models.CharField(
                                choices=[("a6", "A6"), ("100x150", "100 × 150"), ("58x100", "58 × 100")],
                                default="a6",
                                max_length=8,
                            ),
                        ),
                        ("numbers", models.JSONField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "being drawn"),
                                    ("ready", "ready"),
                                    ("failed", "failed"),
                                    ("gone", "deleted"),
                                ],
                                default="asked",
                                max_length=8,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("steps", models.PositiveIntegerField()),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("attempt", models.PositiveSmallIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("ready_at", models.DateTimeField(null=True)),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="print_runs",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "print_run",
                    },
                ),
                migrations.CreateModel(
                    name="Product",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sku", models.CharField(max_length=64, unique=True)),
                        ("name", models.CharField(max_length=300)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("goods", "goods"), ("service", "service")], default="goods", max_length=8
                            ),
                        ),
                        ("group", models.CharField(blank=True, max_length=300)),
                        ("price_minor", models.BigIntegerField(default=0)),
                        ("cost_minor", models.BigIntegerField(default=0)),
                        ("weight_g", models.PositiveIntegerField(default=0)),
                        ("min_stock", models.PositiveIntegerField(default=0)),
                        ("lead_days", models.PositiveSmallIntegerField(default=7)),
                        ("active", models.BooleanField(default=True)),
                    ],
                    options={
                        "db_table": "product",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("cost_minor__gte", 0), ("price_minor__gte", 0)),
                                name="product_money",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaceLevel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("on_hand", models.BigIntegerField(default=0)),
                        ("version", models.BigIntegerField(default=0)),
                        (
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="levels", to="orders.place"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="place_levels",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "place_level",
                    },
                ),
                migrations.AddField(
                    model_name="orderline",
                    name="product",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.product",
                    ),
                ),
                migrations.CreateModel(
                    name="LowStock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("available", models.BigIntegerField()),
                        ("minimum", models.PositiveIntegerField()),
                        ("since", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="low", to="orders.product"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "low_stock",
                    },
                ),
                migrations.CreateModel(
                    name="ExpectedLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("unit_cost_minor", models.BigIntegerField(null=True)),
                        (
                            "expected",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.expectedreceipt",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="expected_lines",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "expected_line",
                    },
                ),
                migrations.CreateModel(
                    name="Enquiry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        ("asked", models.CharField(max_length=300)),
                        ("quantity", models.PositiveIntegerField(default=1)),
                        (
                            "came_to",
                            models.CharField(
                                choices=[
                                    ("told", "told what there is"),
                                    ("absent", "asked, absent"),
                                    ("ordered", "ordered"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("free", models.IntegerField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enquiries",
                                to="orders.customer",
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
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enquiries",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "enquiry",
                    },
                ),
                migrations.CreateModel(
                    name="CreditLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(default="goods", max_length=8)),
                        ("name", models.CharField(max_length=500)),
                        ("quantity", models.PositiveIntegerField(default=1)),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "credit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.credit"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit_lines",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.product"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "credit_line",
                    },
                ),
                migrations.CreateModel(
                    name="ChannelItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("product_code", models.CharField(max_length=64)),
                        ("variant_code", models.CharField(blank=True, max_length=64)),
                        ("inventory_code", models.CharField(blank=True, max_length=64)),
                        ("sku", models.CharField(blank=True, max_length=64)),
                        ("name", models.CharField(blank=True, max_length=500)),
                        ("learnt_at", models.DateTimeField(null=True)),
                        ("seen_at", models.DateTimeField()),
                        ("told_stock", models.IntegerField(null=True)),
                        ("told_version", models.PositiveIntegerField(default=0)),
                        ("told_at", models.DateTimeField(null=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="orders.channel"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="channel_items",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "channel_item",
                    },
                ),
                migrations.CreateModel(
                    name="Barcode",
                    fields=[
                        ("code", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("pieces", models.PositiveIntegerField(default=1)),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="barcodes",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "barcode",
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("supplier", models.CharField(blank=True, max_length=150)),
                        ("reference", models.CharField(blank=True, max_length=100)),
                        ("invoice", models.CharField(blank=True, max_length=100)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "event",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.journalevent"),
                        ),
                        (
                            "expected",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="orders.expectedreceipt",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.location"),
                        ),
                    ],
                    options={
                        "db_table": "receipt",
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("unit_cost_minor", models.BigIntegerField(default=0)),
                        ("place", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.place")),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.product"),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.receipt"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "receipt_line",
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptPaper",
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
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.journalevent"),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="orders.receipt"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "receipt_paper",
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("callback", "a callback is due"),
                                    ("late", "a call is past its time limit"),
                                    ("late_still", "a call is long past its time limit"),
                                    ("hold", "a hold is past its hour"),
                                    ("freed", "the time to agree is over, and its goods are free"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("subject", models.BigIntegerField()),
                        ("slot", models.CharField(max_length=32)),
                        ("role", models.CharField(default="manager", max_length=10)),
                        ("due_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("done", "told"),
                                    ("dropped", "dropped as stale"),
                                    ("stuck", "tried in vain"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("tried_at", models.DateTimeField(null=True)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("why", models.CharField(blank=True, max_length=12)),
                        ("seen_at", models.DateTimeField(null=True)),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reminders",
                                to="orders.order",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reminders",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "reminder",
                    },
                ),
                migrations.CreateModel(
                    name="RetryPlan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("confirm", "confirm"),
                                    ("reconfirm", "agree again"),
                                    ("before_pickup", "before pickup"),
                                    ("delivery_problem", "delivery problem"),
                                    ("follow_up", "follow-up"),
                                    ("missed_call", "missed call"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("confirmed", "confirmed"),
                                    ("confirmed_changed", "confirmed with changes"),
                                    ("callback", "call back"),
                                    ("no_answer", "no answer"),
                                    ("busy", "busy"),
                                    ("unreachable", "unreachable"),
                                    ("voicemail", "voicemail"),
                                    ("dropped", "dropped"),
                                    ("wrong_number", "wrong number"),
                                    ("thinking", "thinking it over"),
                                    ("declined", "declined"),
                                    ("duplicate", "duplicate"),
                                    ("fake", "fake"),
                                    ("do_not_call", "do not call"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("steps", models.JSONField(default=list)),
                        ("most_in_all", models.PositiveSmallIntegerField(default=7)),
                        (
                            "ends",
                            models.CharField(
                                choices=[
                                    ("cancel", "cancel the order: never reached"),
                                    ("hold", "hold it: somebody looks for another phone"),
                                    ("close", "end the call, leave the order as it is"),
                                ],
                                default="cancel",
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "retry_plan",
                        "ordering": ["mode", "outcome"],
                        "constraints": [models.UniqueConstraint(fields=("mode", "outcome"), name="retry_plan_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Sale",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.IntegerField()),
                        ("amount_minor", models.BigIntegerField()),
                        ("discount_minor", models.BigIntegerField(default=0)),
                        ("cost_minor", models.BigIntegerField(default=0)),
                        ("currency", models.CharField(max_length=3)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sales",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sales", to="orders.orderline"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "sale",
                    },
                ),
                migrations.CreateModel(
                    name="Scan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("event_id", models.CharField(max_length=64)),
                        ("quantity", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "journal",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="scans",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="scans", to="orders.order"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.product"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "scan",
                    },
                ),
                migrations.CreateModel(
                    name="SearchKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(db_index=True, max_length=80)),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="search_keys",
                                to="orders.customer",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="search_keys",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "search_key",
                    },
                ),
                migrations.CreateModel(
                    name="ShopOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=64)),
                        (
                            "meaning",
                            models.CharField(
                                choices=[("order", "an order"), ("lead", "not an order yet"), ("cancel", "cancelled")],
                                default="lead",
                                max_length=8,
                            ),
                        ),
                        ("was_order", models.BooleanField(default=False)),
                        ("version", models.CharField(blank=True, max_length=120)),
                        ("said", models.JSONField(blank=True, default=dict)),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        ("placed_at", models.DateTimeField(null=True)),
                        ("live_at", models.DateTimeField(null=True)),
                        ("deleted_at", models.DateTimeField(null=True)),
                        ("refunds", models.JSONField(blank=True, default=dict)),
                        ("is_stopped", models.BooleanField(default=False)),
                        ("differs", models.JSONField(blank=True, default=dict)),
                        ("told", models.JSONField(blank=True, default=dict)),
                        ("changed_at", models.DateTimeField()),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shop_orders",
                                to="orders.channel",
                            ),
                        ),
                        (
                            "hold",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="orders.hold",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shop_sides",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "shop_order",
                    },
                ),
                migrations.CreateModel(
                    name="ShopNote",
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
                                    ("state", "status"),
                                    ("tracking", "tracking number"),
                                    ("cancel", "cancellation"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("word", models.CharField(max_length=100)),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "waits"), ("done", "told"), ("dead", "given up")],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("answer", models.CharField(blank=True, max_length=40)),
                        ("at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(null=True)),
                        (
                            "shop_order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="orders.shoporder"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "shop_note",
                    },
                ),
                migrations.CreateModel(
                    name="Slot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts", models.TimeField()),
                        ("ends", models.TimeField()),
                        ("weekdays", models.CharField(default="1234567", max_length=7)),
                        ("capacity", models.PositiveIntegerField()),
                        ("closes_days_before", models.PositiveSmallIntegerField(default=0)),
                        ("closes_at", models.TimeField(default=datetime.time(18, 0))),
                        ("active", models.BooleanField(default=True)),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="orders.courier"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "slot",
                    },
                ),
                migrations.CreateModel(
                    name="SlotDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("on", models.DateField()),
                        ("capacity", models.PositiveIntegerField()),
                        (
                            "slot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="days", to="orders.slot"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "slot_day",
                    },
                ),
                migrations.CreateModel(
                    name="StatusLabel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("new", "new"),
                                    ("confirmed", "confirmed"),
                                    ("picking", "picking"),
                                    ("packed", "packed"),
                                    ("handed_over", "handed over"),
                                    ("delivered", "delivered"),
                                    ("returning", "returning"),
                                    ("returned", "returned"),
                                    ("lost", "lost"),
                                    ("cancelled", "cancelled"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("names", models.JSONField(blank=True, default=dict)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        (
                            "colour",
                            models.CharField(
                                blank=True,
                                choices=[("", "plain"), ("good", "green"), ("wait", "yellow"), ("bad", "red")],
                                max_length=7,
                            ),
                        ),
                        ("is_default", models.BooleanField(default=False)),
                        ("is_active", models.BooleanField(default=True)),
                    ],
                    options={
                        "db_table": "status_label",
                        "ordering": ["status", "position", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)),
                                fields=("status",),
                                name="status_label_one_default",
                            )
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="order",
                    name="label",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to="orders.statuslabel"
                    ),
                ),
                migrations.CreateModel(
                    name="StockCount",
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
                                    ("full", "full"),
                                    ("bin", "by bin"),
                                    ("list", "by list"),
                                    ("spot", "spot"),
                                    ("cycle", "cycle"),
                                ],
                                max_length=6,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("counting", "counting"),
                                    ("review", "to be approved"),
                                    ("posted", "posted"),
                                    ("void", "void"),
                                ],
                                default="counting",
                                max_length=8,
                            ),
                        ),
                        ("blind", models.BooleanField(default=True)),
                        ("reason", models.CharField(blank=True, max_length=40)),
                        ("printed_at", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("approved_alone", models.CharField(blank=True, max_length=300)),
                        ("posted_at", models.DateTimeField(null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("bins", models.ManyToManyField(related_name="counts", to="orders.place")),
                        (
                            "location",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.location"),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "stock_count",
                    },
                ),
                migrations.CreateModel(
                    name="CountShelf",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("place", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.place")),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.product"),
                        ),
                        (
                            "count",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shelves",
                                to="orders.stockcount",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "count_shelf",
                    },
                ),
                migrations.CreateModel(
                    name="CountProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("score", models.PositiveIntegerField()),
                        ("parts", models.JSONField(default=dict)),
                        (
                            "location",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.location"),
                        ),
                        ("place", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.place")),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.product"),
                        ),
                        (
                            "count",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="proposals",
                                to="orders.stockcount",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "count_proposal",
                    },
                ),
                migrations.CreateModel(
                    name="StockLevel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("on_hand", models.BigIntegerField(default=0)),
                        ("reserved", models.BigIntegerField(default=0)),
                        ("safety", models.BigIntegerField(default=0)),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_levels",
                                to="orders.location",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_levels",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "stock_level",
                    },
                ),
                migrations.CreateModel(
                    name="StockMove",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("source_version", models.BigIntegerField(null=True)),
                        ("source_balance", models.BigIntegerField(null=True)),
                        ("target_version", models.BigIntegerField(null=True)),
                        ("target_balance", models.BigIntegerField(null=True)),
                        ("reason", models.CharField(max_length=40)),
                        ("unit_cost_minor", models.BigIntegerField(null=True)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="orders.journalevent",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="orders.product",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="orders.stockmove",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="moves_out", to="orders.place"
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="moves_in", to="orders.place"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "stock_move",
                    },
                ),
                migrations.CreateModel(
                    name="CountLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("counted", models.PositiveIntegerField()),
                        ("book", models.BigIntegerField()),
                        ("version", models.BigIntegerField()),
                        ("counted_at", models.DateTimeField()),
                        ("counted_since", models.DateTimeField(null=True)),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "counted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "replaced_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaces",
                                to="orders.countline",
                            ),
                        ),
                        ("place", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.place")),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.product"),
                        ),
                        (
                            "count",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.stockcount",
                            ),
                        ),
                        (
                            "move",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="count_line",
                                to="orders.stockmove",
                            ),
                        ),
                        (
                            "question",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.stockmove",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "count_line",
                    },
                ),
                migrations.CreateModel(
                    name="Substitute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rank", models.PositiveSmallIntegerField(default=1)),
                        (
                            "instead",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.product"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="substitutes",
                                to="orders.product",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "substitute",
                        "ordering": ["rank"],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                                choices=[("sent", "on the way"), ("received", "received")], default="sent", max_length=8
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300)),
                        ("sent_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField(null=True)),
                        (
                            "event",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.journalevent"),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_out",
                                to="orders.location",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_in",
                                to="orders.location",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "transfer",
                    },
                ),
                migrations.CreateModel(
                    name="TransferLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField()),
                        ("received", models.PositiveIntegerField(default=0)),
                        ("lost", models.PositiveIntegerField(default=0)),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.product"),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.transfer"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "transfer_line",
                    },
                ),
                migrations.CreateModel(
                    name="Tariff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("weight_from_g", models.PositiveIntegerField(default=0)),
                        ("weight_to_g", models.PositiveIntegerField(null=True)),
                        ("sum_from_minor", models.BigIntegerField(default=0)),
                        ("sum_to_minor", models.BigIntegerField(null=True)),
                        ("from_on", models.DateField(null=True)),
                        ("until_on", models.DateField(null=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("charged_minor", models.BigIntegerField()),
                        ("cost_minor", models.BigIntegerField()),
                        ("free_from_minor", models.BigIntegerField(null=True)),
                        ("cod_fee_minor", models.BigIntegerField(default=0)),
                        ("cod_fee_permille", models.PositiveIntegerField(default=0)),
                        (
                            "courier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="tariffs", to="orders.courier"
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tariffs",
                                to="orders.zone",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "tariff",
                    },
                ),
                migrations.CreateModel(
                    name="CallTake",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone", models.CharField(max_length=20)),
                        ("at", models.DateTimeField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "call_take",
                        "indexes": [models.Index(fields=["phone", "at"], name="call_take_phone")],
                    },
                ),
                migrations.CreateModel(
                    name="ChannelDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("theirs", models.PositiveIntegerField(default=0)),
                        ("matched", models.PositiveIntegerField(default=0)),
                        ("missing", models.JSONField(default=list)),
                        ("extra", models.JSONField(default=list)),
                        ("healed", models.PositiveIntegerField(default=0)),
                        ("checked_at", models.DateTimeField()),
                        ("healed_at", models.DateTimeField(null=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="days", to="orders.channel"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "channel_day",
                        "constraints": [models.UniqueConstraint(fields=("channel", "day"), name="channel_day_once")],
                    },
                ),
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(
                        condition=models.Q(("mark", ""), _negated=True), fields=["mark", "-id"], name="customer_marked"
                    ),
                ),
                migrations.AddIndex(
                    model_name="customerconflict",
                    index=models.Index(
                        condition=models.Q(("closed_at", None)), fields=["id"], name="customer_conflict_open"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="customerconflict",
                    constraint=models.UniqueConstraint(fields=("known", "other"), name="customer_conflict_once"),
                ),
                migrations.AddConstraint(
                    model_name="customerconflict",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("known__lt", models.F("other"))), name="customer_conflict_in_order"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="customerjoin",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)), fields=("gone",), name="customer_joined_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="expectedreceipt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("supplier", "reference"),
                        name="expected_receipt_once",
                    ),
                ),
                migrations.AddIndex(
                    model_name="nocalldecision",
                    index=models.Index(
                        condition=models.Q(("sampled", True), ("verdict", "")), fields=["at"], name="no_call_to_look_at"
                    ),
                ),
                migrations.AddIndex(
                    model_name="nocalldecision",
                    index=models.Index(fields=["order"], name="no_call_by_order"),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="message_waiting"
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("state", "sending")), fields=["decided_at"], name="message_being_sent"
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(fields=["order", "decided_at"], name="message_by_order"),
                ),
                migrations.AddConstraint(
                    model_name="message",
                    constraint=models.UniqueConstraint(fields=("order", "kind", "slot"), name="message_once"),
                ),
                migrations.AddIndex(
                    model_name="journalevent",
                    index=models.Index(fields=["subject_kind", "subject_id"], name="journal_event_subject"),
                ),
                migrations.AddIndex(
                    model_name="journalevent",
                    index=models.Index(fields=["to_status", "at"], name="journal_event_moves"),
                ),
                migrations.AddConstraint(
                    model_name="journalevent",
                    constraint=models.UniqueConstraint(fields=("order", "seq"), name="journal_event_order_seq"),
                ),
                migrations.AddIndex(
                    model_name="inboundmessage",
                    index=models.Index(
                        condition=models.Q(("state", "received")),
                        fields=["attempts", "id"],
                        name="inbound_message_waits",
                    ),
                ),
                migrations.AddIndex(
                    model_name="inboundmessage",
                    index=models.Index(fields=["channel", "received_at"], name="inbound_message_by_channel"),
                ),
                migrations.AddIndex(
                    model_name="inboundmessage",
                    index=models.Index(fields=["state", "id"], name="inbound_message_by_state"),
                ),
                migrations.AddConstraint(
                    model_name="inboundmessage",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("delivery_id", ""), _negated=True),
                        fields=("channel", "delivery_id"),
                        name="inbound_message_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="idempotencykey",
                    constraint=models.UniqueConstraint(fields=("client", "key"), name="idempotency_key_once"),
                ),
                migrations.AddIndex(
                    model_name="hold",
                    index=models.Index(condition=models.Q(("closed_at", None)), fields=["order"], name="hold_open"),
                ),
                migrations.AddConstraint(
                    model_name="hold",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("closed_at", None), models.Q(("reason", "other"), _negated=True)),
                        fields=("order", "reason"),
                        name="hold_open_once_per_reason",
                    ),
                ),
                migrations.AddIndex(
                    model_name="credit",
                    index=models.Index(fields=["at"], name="credit_at"),
                ),
                migrations.AddIndex(
                    model_name="credit",
                    index=models.Index(condition=models.Q(("state", "due")), fields=["order"], name="credit_due"),
                ),
                migrations.AddConstraint(
                    model_name="credit",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="credit_amount"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="credit",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("reference",),
                        name="credit_reference",
                    ),
                ),
                migrations.AddIndex(
                    model_name="calltask",
                    index=models.Index(
                        condition=models.Q(("closed_at", None)), fields=["due_at"], name="call_task_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="calltask",
                    index=models.Index(
                        condition=models.Q(("closed_at", None)), fields=["phone"], name="call_task_open_by_phone"
                    ),
                ),
                migrations.AddIndex(
                    model_name="calltask",
                    index=models.Index(
                        condition=models.Q(("closed_at", None)), fields=["customer"], name="call_task_open_by_customer"
                    ),
                ),
                migrations.AddIndex(
                    model_name="calltask",
                    index=models.Index(
                        condition=models.Q(("closed_at", None), ("stage", "new")),
                        fields=["limit_at"],
                        name="call_task_limit",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="calltask",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("order", "mode"),
                        name="call_task_open_once_per_mode",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="calltask",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("closed_at", None), ("order", None)),
                        fields=("phone", "mode"),
                        name="call_task_open_once_per_phone",
                    ),
                ),
                migrations.AddIndex(
                    model_name="callattempt",
                    index=models.Index(fields=["person", "at"], name="call_attempt_person"),
                ),
                migrations.AddIndex(
                    model_name="callattempt",
                    index=models.Index(fields=["at"], name="call_attempt_at"),
                ),
                migrations.AddConstraint(
                    model_name="orderalias",
                    constraint=models.UniqueConstraint(fields=("channel", "external_id"), name="order_alias_once"),
                ),
                migrations.AddConstraint(
                    model_name="orderlink",
                    constraint=models.UniqueConstraint(fields=("first", "second", "kind"), name="order_link_once"),
                ),
                migrations.AddIndex(
                    model_name="parcel",
                    index=models.Index(
                        condition=models.Q(("in_hands_of", ""), _negated=True),
                        fields=["in_hands_of"],
                        name="parcel_in_hands",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="parcel",
                    constraint=models.UniqueConstraint(fields=("order", "position"), name="parcel_position"),
                ),
                migrations.AddConstraint(
                    model_name="parcel",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("cod_minor__gte", 0), ("declared_minor__gte", 0)), name="parcel_money"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="parcelitem",
                    constraint=models.UniqueConstraint(fields=("parcel", "line"), name="parcel_item_once"),
                ),
                migrations.AddConstraint(
                    model_name="parcelitem",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gt", 0),
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("delivered"), "+", models.F("returned")
                                    ),
                                    "+",
                                    models.F("lost"),
                                ),
                            ),
                        ),
                        name="parcel_item_adds_up",
                    ),
                ),
                migrations.AddIndex(
                    model_name="payment",
                    index=models.Index(fields=["at"], name="payment_at"),
                ),
                migrations.AddConstraint(
                    model_name="payment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="payment_not_zero"
                    ),
                ),
                migrations.AddIndex(
                    model_name="phonecall",
                    index=models.Index(
                        condition=models.Q(("state__in", ["ringing", "answered"])),
                        fields=["began_at"],
                        name="phone_call_going_on",
                    ),
                ),
                migrations.AddIndex(
                    model_name="phonecall",
                    index=models.Index(fields=["phone", "began_at"], name="phone_call_by_phone"),
                ),
                migrations.AddConstraint(
                    model_name="phonecall",
                    constraint=models.UniqueConstraint(fields=("provider", "call_id"), name="phone_call_once"),
                ),
                migrations.AddIndex(
                    model_name="phonelease",
                    index=models.Index(fields=["person"], name="phone_lease_person"),
                ),
                migrations.AddConstraint(
                    model_name="place",
                    constraint=models.UniqueConstraint(fields=("kind", "location", "code"), name="place_inside"),
                ),
                migrations.AddConstraint(
                    model_name="place",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("location", None)), fields=("kind", "code"), name="place_anywhere"
                    ),
                ),
                migrations.AddIndex(
                    model_name="printrun",
                    index=models.Index(fields=["asked_by", "-id"], name="print_run_of_person"),
                ),
                migrations.AddIndex(
                    model_name="printrun",
                    index=models.Index(condition=models.Q(("state", "asked")), fields=["id"], name="print_run_to_draw"),
                ),
                migrations.AddIndex(
                    model_name="placelevel",
                    index=models.Index(
                        condition=models.Q(("on_hand__gt", 0)), fields=["place"], name="place_level_filled"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="placelevel",
                    constraint=models.UniqueConstraint(fields=("product", "place"), name="place_level_one"),
                ),
                migrations.AddConstraint(
                    model_name="placelevel",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("on_hand__gte", 0)), name="place_level_not_negative"
                    ),
                ),
                migrations.AddIndex(
                    model_name="orderline",
                    index=models.Index(fields=["product", "order"], name="order_line_by_product"),
                ),
                migrations.AddIndex(
                    model_name="orderline",
                    index=models.Index(
                        condition=models.Q(
                            ("kind", "goods"),
                            (
                                "reserved__lt",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("quantity"), "-", models.F("picked")
                                    ),
                                    "-",
                                    models.F("cancelled"),
                                ),
                            ),
                        ),
                        fields=["product", "order"],
                        name="order_line_short",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="orderline",
                    constraint=models.UniqueConstraint(fields=("order", "position"), name="order_line_position"),
                ),
                migrations.AddConstraint(
                    model_name="orderline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="order_line_quantity"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="orderline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reserved__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("picked")
                                ),
                            )
                        ),
                        name="order_line_reserved_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="orderline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("cancelled"), "+", models.F("delivered")
                                        ),
                                        "+",
                                        models.F("returned"),
                                    ),
                                    "+",
                                    models.F("lost"),
                                ),
                            )
                        ),
                        name="order_line_adds_up",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lowstock",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("product",), name="low_stock_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="expectedline",
                    constraint=models.UniqueConstraint(fields=("expected", "product"), name="expected_line_once"),
                ),
                migrations.AddConstraint(
                    model_name="expectedline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="expected_line_quantity"
                    ),
                ),
                migrations.AddIndex(
                    model_name="enquiry",
                    index=models.Index(fields=["came_to", "at"], name="enquiry_by_end"),
                ),
                migrations.AddIndex(
                    model_name="channelitem",
                    index=models.Index(
                        condition=models.Q(("product", None)), fields=["channel"], name="channel_item_unknown"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="channelitem",
                    constraint=models.UniqueConstraint(
                        fields=("channel", "product_code", "variant_code"), name="channel_item_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="barcode",
                    constraint=models.CheckConstraint(condition=models.Q(("pieces__gte", 1)), name="barcode_pieces"),
                ),
                migrations.AddConstraint(
                    model_name="receipt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("supplier", "reference"),
                        name="receipt_reference_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receiptline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="receipt_line_quantity"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="receiptpaper",
                    constraint=models.UniqueConstraint(fields=("receipt", "sha256"), name="receipt_paper_once"),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="reminder_waiting"
                    ),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("seen_at", None), ("state", "done")),
                        fields=["person", "decided_at"],
                        name="reminder_new",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reminder",
                    constraint=models.UniqueConstraint(fields=("what", "subject", "slot"), name="reminder_once"),
                ),
                migrations.AddIndex(
                    model_name="sale",
                    index=models.Index(fields=["at"], name="sale_at"),
                ),
                migrations.AddConstraint(
                    model_name="sale",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("quantity", 0), _negated=True), name="sale_not_empty"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scan",
                    constraint=models.UniqueConstraint(fields=("order", "event_id"), name="scan_once"),
                ),
                migrations.AddIndex(
                    model_name="shoporder",
                    index=models.Index(fields=["channel", "placed_at"], name="shop_order_by_day"),
                ),
                migrations.AddIndex(
                    model_name="shoporder",
                    index=models.Index(fields=["order"], name="shop_order_by_order"),
                ),
                migrations.AddConstraint(
                    model_name="shoporder",
                    constraint=models.UniqueConstraint(fields=("channel", "external_id"), name="shop_order_once"),
                ),
                migrations.AddIndex(
                    model_name="shopnote",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="shop_note_waits"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="shopnote",
                    constraint=models.UniqueConstraint(fields=("shop_order", "kind", "word"), name="shop_note_once"),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("active", True)),
                        fields=("courier", "starts", "ends"),
                        name="slot_once_per_courier",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))), name="slot_ends_after_it_starts"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slotday",
                    constraint=models.UniqueConstraint(fields=("slot", "on"), name="slot_day_once"),
                ),
                migrations.AddIndex(
                    model_name="order",
                    index=models.Index(fields=["status", "number"], name="order_by_status"),
                ),
                migrations.AddIndex(
                    model_name="order",
                    index=models.Index(fields=["channel", "number"], name="order_by_channel"),
                ),
                migrations.AddIndex(
                    model_name="order",
                    index=models.Index(fields=["customer", "number"], name="order_by_customer"),
                ),
                migrations.AddIndex(
                    model_name="order",
                    index=models.Index(
                        condition=models.Q(("promised_on__isnull", False)),
                        fields=["courier", "promised_on"],
                        name="order_by_promise",
                    ),
                ),
                migrations.AddIndex(
                    model_name="order",
                    index=models.Index(fields=["placed_at"], name="order_by_placed"),
                ),
                migrations.AddIndex(
                    model_name="order",
                    index=models.Index(
                        condition=models.Q(("status", "confirmed")), fields=["ship_on", "number"], name="order_to_pack"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="order",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("channel", "external_id"),
                        name="order_once_per_channel",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="order",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("items_minor"), "+", models.F("delivery_minor")
                                        ),
                                        "+",
                                        models.F("fees_minor"),
                                    ),
                                    "-",
                                    models.F("discount_minor"),
                                ),
                            )
                        ),
                        name="order_total_adds_up",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="order",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("delivery_minor__gte", 0), ("discount_minor__gte", 0), ("paid_minor__gte", 0)
                        ),
                        name="order_money",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="countshelf",
                    constraint=models.UniqueConstraint(fields=("count", "product", "place"), name="count_shelf_once"),
                ),
                migrations.AddConstraint(
                    model_name="countproposal",
                    constraint=models.UniqueConstraint(fields=("day", "product", "place"), name="count_proposal_once"),
                ),
                migrations.AddConstraint(
                    model_name="stocklevel",
                    constraint=models.UniqueConstraint(fields=("product", "location"), name="stock_level_one"),
                ),
                migrations.AddConstraint(
                    model_name="stocklevel",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("reserved__gte", 0), ("reserved__lte", models.F("on_hand"))),
                        name="stock_level_promises",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="stocklevel",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("safety__gte", 0)), name="stock_level_safety"
                    ),
                ),
                migrations.AddIndex(
                    model_name="stockmove",
                    index=models.Index(fields=["product", "at"], name="stock_move_by_time"),
                ),
                migrations.AddIndex(
                    model_name="stockmove",
                    index=models.Index(fields=["product", "id"], name="stock_move_by_product"),
                ),
                migrations.AddIndex(
                    model_name="stockmove",
                    index=models.Index(fields=["reason", "id"], name="stock_move_by_reason"),
                ),
                migrations.AddIndex(
                    model_name="stockmove",
                    index=models.Index(fields=["at", "product"], name="stock_move_by_day"),
                ),
                migrations.AddConstraint(
                    model_name="stockmove",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="stock_move_quantity"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="stockmove",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True), name="stock_move_moves"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="stockmove",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("source_version__isnull", False)),
                        fields=("product", "source", "source_version"),
                        name="stock_move_source_version",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="stockmove",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("target_version__isnull", False)),
                        fields=("product", "target", "target_version"),
                        name="stock_move_target_version",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="countline",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("replaced_by", None)),
                        fields=("count", "product", "place"),
                        name="count_line_current",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="substitute",
                    constraint=models.UniqueConstraint(fields=("product", "instead"), name="substitute_pair"),
                ),
                migrations.AddConstraint(
                    model_name="transfer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True),
                        name="transfer_goes_somewhere",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transferline",
                    constraint=models.UniqueConstraint(fields=("transfer", "product"), name="transfer_line_once"),
                ),
                migrations.AddConstraint(
                    model_name="transferline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gt", 0),
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("received"), "+", models.F("lost")
                                ),
                            ),
                        ),
                        name="transfer_line_adds_up",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="tariff",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("charged_minor__gte", 0),
                            ("cod_fee_minor__gte", 0),
                            ("cost_minor__gte", 0),
                            ("sum_from_minor__gte", 0),
                            ("cod_fee_permille__lte", 1000),
                        ),
                        name="tariff_money",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="tariff",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("weight_to_g__isnull", True),
                            ("weight_to_g__gt", models.F("weight_from_g")),
                            _connector="OR",
                        ),
                        name="tariff_weights",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="tariff",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("sum_to_minor__isnull", True),
                            ("sum_to_minor__gt", models.F("sum_from_minor")),
                            _connector="OR",
                        ),
                        name="tariff_sums",
                    ),
                ),
            ]
        ),
    ]
