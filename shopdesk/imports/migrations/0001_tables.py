"""All tables of imports."""

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
                    name="CatalogueId",
                    fields=[
                        ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("sku", models.CharField(max_length=64)),
                    ],
                    options={
                        "db_table": "import_catalogue_id",
                    },
                ),
                migrations.CreateModel(
                    name="ColumnMap",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "what",
                            models.CharField(choices=[("orders", "orders"), ("products", "products")], max_length=10),
                        ),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("columns", models.JSONField(default=dict)),
                        ("saved_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "import_columns",
                        "constraints": [
                            models.UniqueConstraint(fields=("what", "fingerprint"), name="import_columns_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Import",
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
                            models.CharField(choices=[("orders", "orders"), ("products", "products")], max_length=10),
                        ),
                        (
                            "form",
                            models.CharField(
                                choices=[("table", "table"), ("yml", "YML"), ("commerceml", "CommerceML")],
                                default="table",
                                max_length=10,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("laid", "columns to be named"),
                                    ("trying", "being tried"),
                                    ("tried", "tried"),
                                    ("applying", "being taken in"),
                                    ("done", "taken in"),
                                    ("undoing", "being undone"),
                                    ("undone", "undone"),
                                    ("cancelled", "cancelled"),
                                    ("failed", "failed"),
                                ],
                                default="laid",
                                max_length=10,
                            ),
                        ),
                        ("name", models.CharField(max_length=150)),
                        ("sha256", models.CharField(max_length=64)),
                        ("size", models.PositiveBigIntegerField()),
                        ("encoding", models.CharField(blank=True, max_length=20)),
                        ("delimiter", models.CharField(blank=True, max_length=1)),
                        ("headings", models.JSONField(default=list)),
                        ("columns", models.JSONField(default=dict)),
                        ("skip_bad", models.BooleanField(default=False)),
                        ("language", models.CharField(max_length=5)),
                        ("trouble", models.TextField(blank=True)),
                        ("rows", models.PositiveIntegerField(default=0)),
                        ("rows_done", models.PositiveIntegerField(default=0)),
                        ("asked_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("attempt", models.PositiveSmallIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("file_until", models.DateTimeField(null=True)),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="imports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.channel",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "import",
                    },
                ),
                migrations.CreateModel(
                    name="ImportItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("place", models.PositiveIntegerField()),
                        ("row", models.PositiveIntegerField()),
                        ("key", models.CharField(max_length=64)),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("good", "good"),
                                    ("noted", "good, with a note"),
                                    ("known", "there already"),
                                    ("bad", "cannot be taken in"),
                                ],
                                max_length=5,
                            ),
                        ),
                        ("words", models.JSONField(default=list)),
                        (
                            "fate",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "not yet"),
                                    ("taken", "taken in"),
                                    ("changed", "changed"),
                                    ("same", "nothing to change"),
                                    ("refused", "refused"),
                                    ("undone", "undone"),
                                    ("kept", "kept: somebody worked on it"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="imports.import"
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
                        "db_table": "import_item",
                    },
                ),
                migrations.AddIndex(
                    model_name="import",
                    index=models.Index(fields=["asked_by", "-id"], name="import_of_person"),
                ),
                migrations.AddIndex(
                    model_name="import",
                    index=models.Index(
                        condition=models.Q(("state__in", ["trying", "applying", "undoing"])),
                        fields=["id"],
                        name="import_to_work_on",
                    ),
                ),
                migrations.AddIndex(
                    model_name="importitem",
                    index=models.Index(fields=["batch", "verdict", "place"], name="import_item_by_verdict"),
                ),
                migrations.AddConstraint(
                    model_name="importitem",
                    constraint=models.UniqueConstraint(fields=("batch", "place"), name="import_item_place"),
                ),
            ]
        ),
    ]
