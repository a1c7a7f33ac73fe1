"""Limits learn of channels, and of the addresses that a role may come from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("limits", "0001_tables")]

    operations = [
        migrations.AddField("limitset", "channels", models.JSONField(null=True)),
        migrations.AddField("limitset", "addresses", models.JSONField(null=True)),
    ]
