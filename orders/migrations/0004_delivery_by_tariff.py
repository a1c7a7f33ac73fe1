"""What a delivery costs the shop stands on the order, and whether its charge follows the tariff."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_attempts_have_their_call")]

    operations = [
        migrations.AddField("order", "delivery_by_tariff", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("order", "delivery_cost_minor", models.BigIntegerField(null=True)),
        migrations.AddField("order", "cod_fee_minor", models.BigIntegerField(null=True)),
    ]
