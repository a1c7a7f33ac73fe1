import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0004_couriers_own_words"), ("orders", "0016_what_shops_say")]

    operations = [
        migrations.AddField(
            model_name="register",
            name="bank_reference",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name="RegisterColumns",
            fields=[
                (
                    "courier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="columns",
                        serialize=False,
                        to="orders.courier",
                    ),
                ),
                ("waybill", models.CharField(max_length=100)),
                ("amount", models.CharField(max_length=100)),
                ("fee", models.CharField(blank=True, max_length=100)),
                ("net", models.BooleanField(default=False)),
            ],
            options={"db_table": "register_columns"},
        ),
    ]
