from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0026_search_keys_are_read_from_one_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="searchkey",
            name="key",
            field=models.CharField(max_length=80),
        ),
    ]
