from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_carts_are_taken_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="shoporder",
            name="goods_back",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
