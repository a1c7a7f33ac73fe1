from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_holds_say_it_by_code"),
    ]

    operations = [
        migrations.AddField(
            model_name="shoporder",
            name="refund_words",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AlterField(
            model_name="credit",
            name="state",
            field=models.CharField(
                choices=[
                    ("due", "due"),
                    ("paid", "paid"),
                    ("written_off", "written off"),
                    ("taken_back", "taken back"),
                ],
                default="due",
                max_length=12,
            ),
        ),
    ]
