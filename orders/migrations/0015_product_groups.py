"""Products are in a group, as catalogues have them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_call_regions_and_missed_callbacks")]
    operations = [
        migrations.AddField(
            model_name="product",
            name="group",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
    ]
