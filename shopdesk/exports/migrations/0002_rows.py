"""Rows behind a figure can be exported too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_tables")]

    operations = [
        migrations.AlterField(
            "export",
            "what",
            models.CharField(choices=[("orders", "orders"), ("rows", "rows of a figure")], max_length=10),
        ),
    ]
