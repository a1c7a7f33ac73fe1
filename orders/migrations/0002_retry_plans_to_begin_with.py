"""The plans that a new desk begins with; `orders.calls.retryplan.DEFAULT` is the first of them."""

from django.db import migrations

PLANS = [
    # mode, steps after the first call, calls in all, how it ends
    ("", ["+15m", "+2h", "next_day", "other_part", "next_day", "other_part"], 7, "cancel"),
    ("before_pickup", ["+2h", "next_day"], 3, "close"),
    ("delivery_problem", ["+15m", "+2h", "next_day", "other_part"], 5, "close"),
    ("follow_up", ["next_day"], 2, "close"),
    ("missed_call", ["+15m", "+2h"], 3, "close"),
]


def seed(apps, schema_editor):
    RetryPlan = apps.get_model("orders", "RetryPlan")
    for mode, steps, most, ends in PLANS:
        RetryPlan.objects.get_or_create(
            mode=mode, outcome="", defaults={"steps": steps, "most_in_all": most, "ends": ends}
        )


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_tables")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
