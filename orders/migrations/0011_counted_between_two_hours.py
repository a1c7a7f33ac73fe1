from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_phones_being_rung"),
    ]

    operations = [
        migrations.AddField(
            model_name="countline",
            name="counted_since",
            field=models.DateTimeField(null=True),
        ),
    ]
