from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0019_fees_for_parts_that_are_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="delivery_cost_tax_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="delivery_tax_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="tariff",
            name="charged_has_vat",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="tariff",
            name="charged_vat_bp",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="tariff",
            name="cost_has_vat",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="tariff",
            name="cost_vat_bp",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="tariff",
            name="declared_permille",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("charged_vat_bp__lte", 10000), ("cost_vat_bp__lte", 10000), ("declared_permille__lte", 1000)
                ),
                name="tariff_rates",
            ),
        ),
    ]
