"""What callers say, and what they must read back before an order counts as agreed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from orders.models.calls import Mode, Outcome
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class CallScriptRows(Rows["CallScript"]):
    scope = {Kind.MANAGER: EVERYTHING}


class CallScript(models.Model):
    """The shop's own script of one mode. Without a row the desk's own words are said."""

    mode = models.CharField(max_length=20, choices=Mode, primary_key=True)
    text = models.TextField(blank=True)  # a line is a step, with gaps; empty: the desk's own words
    read_back = models.JSONField(default=list)  # codes of what is read back before it is agreed
    changed_at = models.DateTimeField()

    objects = CallScriptRows.as_manager()

    class Meta:
        db_table = "call_script"

    def __str__(self) -> str:
        return f"script of {self.mode}"


class ScriptLineRows(Rows["ScriptLine"]):
    scope = {Kind.MANAGER: EVERYTHING}


class ScriptLine(models.Model):
    """A step that is said besides, when the order has a product in it or its customer gives reason to be careful."""

    class About(models.TextChoices):
        PRODUCT = "product", pgettext_lazy("what a line is about", "a product")
        FIRST = "first", pgettext_lazy("what a line is about", "the first order of a customer")
        REFUSED = "refused", pgettext_lazy("what a line is about", "a customer who refused before")
        RISK = "risk", pgettext_lazy("what a line is about", "an order held for its risk")
        VIP = "vip", pgettext_lazy("what a line is about", "a VIP")
        BLOCKED = "blocked", pgettext_lazy("what a line is about", "a blocked customer")

    about = models.CharField(max_length=8, choices=About)
    product = models.ForeignKey("orders.Product", on_delete=models.CASCADE, null=True, related_name="+")
    text = models.CharField(max_length=500)  # one step, with gaps

    objects = ScriptLineRows.as_manager()

    class Meta:
        db_table = "script_line"
        constraints = [
            models.CheckConstraint(condition=Q(about="product") ^ Q(product=None), name="script_line_of_a_product"),
        ]

    def __str__(self) -> str:
        return f"said about {self.about}"


class OutcomeWordRows(Rows["OutcomeWord"]):
    scope = {Kind.MANAGER: EVERYTHING}


class OutcomeWord(models.Model):
    """The shop's own word for an outcome. Outcomes are renamed, never added or taken away: rules read the code."""

    outcome = models.CharField(max_length=20, choices=Outcome, primary_key=True)
    name = models.CharField(max_length=60)

    objects = OutcomeWordRows.as_manager()

    class Meta:
        db_table = "outcome_word"

    def __str__(self) -> str:
        return self.name
