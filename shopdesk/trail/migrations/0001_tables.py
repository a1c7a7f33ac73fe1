"""All tables of trail."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from shopdesk.base.laying import LayTables


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        LayTables(
            [
                migrations.CreateModel(
                    name="TrailEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("deed", models.CharField(max_length=40)),
                        ("actor_kind", models.CharField(max_length=10)),
                        ("actor_id", models.BigIntegerField(default=0)),
                        ("target_kind", models.CharField(blank=True, max_length=20)),
                        ("target_id", models.CharField(blank=True, max_length=64)),
                        ("before", models.JSONField(default=dict)),
                        ("after", models.JSONField(default=dict)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("screen", "page"),
                                    ("api", "API"),
                                    ("task", "by itself"),
                                    ("command", "command"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("request_id", models.CharField(blank=True, max_length=64)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "db_table": "trail_entry",
                    },
                ),
                migrations.CreateModel(
                    name="TrailHead",
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
                        "db_table": "trail_head",
                    },
                ),
                migrations.CreateModel(
                    name="TrailPlace",
                    fields=[
                        ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("hash", models.CharField(max_length=64)),
                    ],
                    options={
                        "db_table": "trail_place",
                    },
                ),
                migrations.CreateModel(
                    name="TrailValue",
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
                    ],
                    options={
                        "db_table": "trail_value",
                    },
                ),
                migrations.CreateModel(
                    name="TrailUnplaced",
                    fields=[
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                serialize=False,
                                to="trail.trailentry",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "trail_unplaced",
                    },
                ),
                migrations.AddIndex(
                    model_name="trailentry",
                    index=models.Index(fields=["actor_kind", "actor_id", "id"], name="trail_by_actor"),
                ),
                migrations.AddIndex(
                    model_name="trailentry",
                    index=models.Index(fields=["target_kind", "target_id", "id"], name="trail_by_target"),
                ),
                migrations.AddIndex(
                    model_name="trailentry",
                    index=models.Index(fields=["at"], name="trail_by_time"),
                ),
                migrations.AddField(
                    model_name="trailplace",
                    name="entry",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="place", to="trail.trailentry"
                    ),
                ),
                migrations.AddField(
                    model_name="trailvalue",
                    name="entry",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="values", to="trail.trailentry"
                    ),
                ),
            ]
        ),
    ]
