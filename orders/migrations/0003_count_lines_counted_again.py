import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_what_reports_read"),
    ]

    operations = [
        migrations.AlterField(
            model_name="countline",
            name="replaced_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replaces", to="orders.countline"
            ),
        ),
    ]
