from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_messages_about_customers"),
    ]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="code",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="hold",
            name="detail",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
