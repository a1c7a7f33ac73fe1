from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0004_proofs_of_acts"),
    ]

    operations = [
        migrations.AddField(
            model_name="registerline",
            name="fee_due_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="shipment",
            name="buyout_fee_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="shipment",
            name="fee_due_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="cashentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("due", "due"),
                    ("reduced", "reduced"),
                    ("collected", "collected"),
                    ("remitted", "remitted"),
                    ("fee", "fee"),
                    ("written_off", "written off"),
                    ("fee_due", "fee to be kept"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="registerline",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("matched", "matched"),
                    ("partial", "a part of it"),
                    ("fee", "a fee alone"),
                    ("short", "short"),
                    ("over", "over"),
                    ("unknown", "unknown parcel"),
                    ("duplicate", "paid before"),
                    ("other_fee", "another fee than agreed"),
                ],
                max_length=10,
            ),
        ),
    ]
