from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0020_tax_and_declared_value_of_tariffs"),
    ]

    operations = [
        migrations.AddField(
            model_name="courier",
            name="return_day_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="courier",
            name="return_free_days",
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
