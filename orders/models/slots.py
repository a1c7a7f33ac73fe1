"""When couriers come: hours with a capacity and an end of taking orders, and the days that are otherwise."""

from datetime import time

from django.db import models
from django.db.models import F, Q

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class SlotRows(Rows["Slot"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Slot(models.Model):
    """Hours in which a courier brings so many orders a day, on some weekdays; taken until an hour of an earlier day."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="slots")
    starts = models.TimeField()
    ends = models.TimeField()
    weekdays = models.CharField(max_length=7, default="1234567")  # ISO: 1 is Monday
    capacity = models.PositiveIntegerField()  # orders a day
    closes_days_before = models.PositiveSmallIntegerField(default=0)
    closes_at = models.TimeField(default=time(18))  # shop time, on that day
    active = models.BooleanField(default=True)

    objects = SlotRows.as_manager()

    class Meta:
        db_table = "slot"
        constraints = [
            models.UniqueConstraint(
                fields=["courier", "starts", "ends"], condition=Q(active=True), name="slot_once_per_courier"
            ),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="slot_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"


class SlotDay(models.Model):
    """One day on which a slot takes more or fewer orders than usual; zero: none."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="days")
    on = models.DateField()
    capacity = models.PositiveIntegerField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "slot_day"
        constraints = [models.UniqueConstraint(fields=["slot", "on"], name="slot_day_once")]

    def __str__(self) -> str:
        return f"{self.slot} on {self.on}"
