"""Figures kept day by day, so that a report costs what its days cost, however many orders there are."""

from datetime import time
from enum import StrEnum

from django.db import models


class Span(StrEnum):
    """What a sum is of."""

    DAY = "d"
    MONTH = "m"  # `on` is its first day


class FigureDelta(models.Model):
    """By how much facts learnt at positions `first` to `last` changed a sum of one day, and of its month.

    Append-only until it is folded: deltas of the same sum become one. `dim` and `key` tell by what it is told apart;
    both are empty for the whole.
    """

    dim = models.CharField(max_length=8, blank=True)
    span = models.CharField(max_length=1)
    on = models.DateField()
    code = models.CharField(max_length=32)  # fact.measure
    key = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    value = models.BigIntegerField()
    facts = models.IntegerField()  # how many rows it adds up
    first = models.BigIntegerField()
    last = models.BigIntegerField()

    class Meta:
        db_table = "figure_delta"
        indexes = [models.Index(fields=["dim", "span", "on", "code"], name="figure_delta_of_days")]

    def __str__(self) -> str:
        return f"{self.code} of {self.on}: {self.value}"


class FigureHead(models.Model):
    """The one row that says how far the figures are kept, and by which days. Who keeps them locks it."""

    position = models.BigIntegerField(default=0)
    zone = models.CharField(max_length=64)
    cutoff = models.TimeField(default=time(0))
    version = models.PositiveSmallIntegerField(default=0)  # of what is kept: another one begins anew

    class Meta:
        db_table = "figure_head"

    def __str__(self) -> str:
        return f"figures up to {self.position}"
