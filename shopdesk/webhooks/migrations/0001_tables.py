"""All tables of webhooks."""

import django.db.models.deletion
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
                    name="Endpoint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("url", models.CharField(max_length=2048)),
                        ("kinds", models.JSONField(default=list)),
                        ("secret", models.TextField()),
                        ("old_secret", models.TextField(blank=True)),
                        ("old_until", models.DateTimeField(null=True)),
                        ("since", models.BigIntegerField()),
                        ("planned_to", models.BigIntegerField()),
                        ("paused_at", models.DateTimeField(null=True)),
                        (
                            "paused_why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("by_hand", "paused by the owner"),
                                    ("gone", "the other side said that it is gone for good"),
                                    ("dead", "a message was not taken for three days"),
                                    ("key", "its secret cannot be read any more"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("rests_until", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("made_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "channel",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.channel",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "webhook_endpoint",
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
                        ("code", models.CharField(max_length=40, unique=True)),
                        ("kind", models.CharField(max_length=20)),
                        ("position", models.BigIntegerField(null=True)),
                        ("body", models.TextField(blank=True)),
                        ("body_hash", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "to be sent"),
                                    ("delivered", "delivered"),
                                    ("dead", "not taken"),
                                    ("dropped", "endpoint ended"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("first_tried_at", models.DateTimeField(null=True)),
                        ("due_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("made_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "endpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="webhooks.endpoint",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "webhook_message",
                    },
                ),
                migrations.CreateModel(
                    name="Attempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("reason", models.CharField(blank=True, max_length=20)),
                        ("took_ms", models.PositiveIntegerField(default=0)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="tries", to="webhooks.message"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "webhook_attempt",
                    },
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["endpoint", "due_at", "id"],
                        name="webhook_message_due",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(fields=["endpoint", "-id"], name="webhook_message_log"),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("body", ""), _negated=True),
                        fields=["ended_at"],
                        name="webhook_message_kept",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="message",
                    constraint=models.UniqueConstraint(
                        fields=("endpoint", "position", "kind"), name="webhook_message_once"
                    ),
                ),
            ]
        ),
    ]
