"""An exchange: the order that goes out instead of what comes back, and what of it is paid with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_tries_of_courier_messages"), ("orders", "0006_exchange_links")]

    operations = [
        migrations.AddField(
            "return",
            "exchange",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="exchange_of", to="orders.order"
            ),
        ),
        migrations.AddField("return", "exchanged_minor", models.BigIntegerField(default=0, db_default=0)),
    ]
