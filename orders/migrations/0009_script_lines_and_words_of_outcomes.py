"""Steps that are said besides, and the shop's own words for outcomes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_codes_of_pieces"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutcomeWord",
            fields=[
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("confirmed", "confirmed"),
                            ("confirmed_changed", "confirmed with changes"),
                            ("callback", "call back"),
                            ("no_answer", "no answer"),
                            ("busy", "busy"),
                            ("unreachable", "unreachable"),
                            ("voicemail", "voicemail"),
                            ("dropped", "dropped"),
                            ("wrong_number", "wrong number"),
                            ("thinking", "thinking it over"),
                            ("declined", "declined"),
                            ("duplicate", "duplicate"),
                            ("fake", "fake"),
                            ("do_not_call", "do not call"),
                        ],
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
            ],
            options={
                "db_table": "outcome_word",
            },
        ),
        migrations.CreateModel(
            name="ScriptLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("product", "a product"),
                            ("first", "the first order of a customer"),
                            ("refused", "a customer who refused before"),
                            ("risk", "an order held for its risk"),
                            ("vip", "a VIP"),
                            ("blocked", "a blocked customer"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                (
                    "product",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.product"
                    ),
                ),
            ],
            options={
                "db_table": "script_line",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("about", "product"), ("product", None), _connector="XOR"),
                        name="script_line_of_a_product",
                    )
                ],
            },
        ),
    ]
