from django.conf import settings
from django.db import migrations, models

from shopdesk.base.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False  # the indexes are built beside the work

    dependencies = [
        ("orders", "0028_a_search_walks_along_an_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexBeside(
            model_name="callattempt",
            index=models.Index(condition=models.Q(("phone", None)), fields=["at"], name="call_attempt_of_no_phone"),
        ),
        AddIndexBeside(
            model_name="calltask",
            index=models.Index(
                models.Case(
                    models.When(stage="callback", then=models.Value(0)),
                    models.When(mode="lead", then=models.Value(4)),
                    models.When(mode="follow_up", then=models.Value(5)),
                    models.When(stage="new", then=models.Value(1)),
                    default=models.Value(3),
                    output_field=models.IntegerField(),
                ),
                models.ExpressionWrapper(models.Q(("promised_on__isnull", True)), output_field=models.BooleanField()),
                models.F("promised_on"),
                models.OrderBy(models.F("total_minor"), descending=True),
                models.F("opened_at"),
                models.F("id"),
                condition=models.Q(("closed_at", None)),
                name="call_task_next",
            ),
        ),
        AddIndexBeside(
            model_name="calltask",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("owner__isnull", False)),
                fields=["owner"],
                name="call_task_open_by_owner",
            ),
        ),
        AddIndexBeside(
            model_name="order",
            index=models.Index(
                fields=["contact_phone"],
                name="order_by_contact_phone",
            ),
        ),
    ]
