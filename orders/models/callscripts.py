"""What callers say, and what they must read back before an order counts as agreed."""

from django.db import models

from orders.models.calls import Mode
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
