from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0003_keys_bound_and_rotated")]

    operations = [migrations.RemoveField(model_name="user", name="zone")]
