"""All tables of privacy."""

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
                    name="RetentionPeriod",
                    fields=[
                        ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ("days", models.PositiveIntegerField()),
                    ],
                    options={
                        "db_table": "retention_period",
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=32, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "waits for a second person"),
                                    ("done", "done"),
                                    ("dropped", "dropped"),
                                ],
                                default="asked",
                                max_length=8,
                            ),
                        ),
                        (
                            "ground",
                            models.CharField(
                                choices=[
                                    ("request", "the person asked for it"),
                                    ("consent", "consent was withdrawn"),
                                    ("purpose", "the purpose is fulfilled"),
                                    ("unlawful", "there was no ground to keep it"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("people", models.PositiveIntegerField(default=1)),
                        ("customers", models.JSONField(default=list)),
                        ("orders", models.JSONField(default=list)),
                        ("marks", models.JSONField(default=list)),
                        ("counts", models.JSONField(default=dict)),
                        ("hash", models.CharField(blank=True, max_length=64)),
                        ("asked_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(null=True)),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_by",
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.journalevent",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "erasure",
                        "indexes": [models.Index(fields=["-asked_at"], name="erasure_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="RetentionRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("counts", models.JSONField(default=dict)),
                        ("people", models.PositiveIntegerField(default=0)),
                        ("hash", models.CharField(max_length=64)),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.journalevent"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "retention_run",
                        "indexes": [models.Index(fields=["-at"], name="retention_run_newest")],
                    },
                ),
            ]
        ),
    ]
