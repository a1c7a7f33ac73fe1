import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_retry_plans_have_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundmessage",
            name="customer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages_in",
                to="orders.customer",
            ),
        ),
    ]
