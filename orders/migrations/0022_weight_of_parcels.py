from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0021_free_days_of_returns"),
    ]

    operations = [
        migrations.AddField(
            model_name="shop",
            name="packaging_g",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="shop",
            name="weight_tolerance_g",
            field=models.PositiveIntegerField(db_default=0, default=300),
        ),
        migrations.AddField(
            model_name="shop",
            name="weight_tolerance_percent",
            field=models.PositiveSmallIntegerField(db_default=0, default=20),
        ),
    ]
