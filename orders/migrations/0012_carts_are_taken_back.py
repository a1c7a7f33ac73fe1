"""A cart that its picker left is taken back by the desk."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_second_person")]

    operations = [
        migrations.AddField(model_name="batch", name="taken_back_at", field=models.DateTimeField(null=True)),
    ]
