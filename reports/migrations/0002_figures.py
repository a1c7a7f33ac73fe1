"""Figures kept day by day."""

from datetime import time

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="FigureDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dim", models.CharField(blank=True, max_length=8)),
                ("span", models.CharField(max_length=1)),
                ("on", models.DateField()),
                ("code", models.CharField(max_length=32)),
                ("key", models.CharField(blank=True, max_length=120)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("value", models.BigIntegerField()),
                ("facts", models.IntegerField()),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
            ],
            options={
                "db_table": "figure_delta",
                "indexes": [models.Index(fields=["dim", "span", "on", "code"], name="figure_delta_of_days")],
            },
        ),
        migrations.CreateModel(
            name="FigureHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField(default=0)),
                ("zone", models.CharField(max_length=64)),
                ("cutoff", models.TimeField(default=time(0))),
                ("version", models.PositiveSmallIntegerField(default=0)),
            ],
            options={"db_table": "figure_head"},
        ),
    ]
