from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0005_fees_that_couriers_may_keep"),
    ]

    operations = [
        migrations.AddField(
            model_name="return",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
    ]
