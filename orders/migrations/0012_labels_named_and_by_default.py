from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_counted_between_two_hours")]

    operations = [
        migrations.AlterModelOptions(name="statuslabel", options={"ordering": ["status", "position", "pk"]}),
        migrations.AddField("statuslabel", "names", models.JSONField(blank=True, default=dict)),
        migrations.AddField("statuslabel", "is_default", models.BooleanField(default=False)),
        migrations.AddField("statuslabel", "is_active", models.BooleanField(default=True)),
        migrations.AlterField(
            model_name="statuslabel",
            name="colour",
            field=models.CharField(
                blank=True,
                choices=[("", "plain"), ("good", "green"), ("wait", "yellow"), ("bad", "red")],
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="statuslabel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("status",), name="status_label_one_default"
            ),
        ),
    ]
