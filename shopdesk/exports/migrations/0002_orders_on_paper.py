from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_exports")]

    operations = [
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("pdf", "PDF")], max_length=4),
        ),
    ]
