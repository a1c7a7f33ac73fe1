"""The shop's own settings, and the day up to which its books are closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import time

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.prepared import Reading


class MissedCallback(models.TextChoices):
    """What becomes of a callback whose promised hour went by and nobody rang."""

    RETRY = "retry", _("stays first in the queue until somebody rings")
    NEXT_DAY = "next_day", _("comes at the same hour of the next day")
    CLOSE = "close", _("ends; an order that is not agreed is left to a manager")


class Shop(models.Model):
    """The one shop of this installation. Begins as the environment says; the owner edits it afterwards."""

    name = models.CharField(max_length=150)
    zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=5)
    day_cutoff = models.TimeField(default=time(0))  # a business day begins here
    four_eyes = models.BooleanField(default=True)
    second_check = models.BooleanField(
        default=False, db_default=False
    )  # an order is sealed after a second person looked at it
    # A parcel that weighs otherwise than its goods and packaging by more than the larger of these is asked about at the
    # packing table; both 0: nobody asks. Shops of before begin with 0.
    weight_tolerance_percent = models.PositiveSmallIntegerField(default=20, db_default=0)
    weight_tolerance_g = models.PositiveIntegerField(default=300, db_default=0)
    packaging_g = models.PositiveIntegerField(default=0, db_default=0)  # what the packaging of a parcel weighs
    count_again_pieces = models.PositiveIntegerField(default=2)  # a variance above it is counted by two, and approved
    count_again_minor = models.BigIntegerField(default=100_000)  # … or above this at cost, in the shop's currency
    calls_from = models.TimeField(default=time(9))
    calls_until = models.TimeField(default=time(20))
    calls_weekdays = models.CharField(max_length=7, default="1234567")  # ISO: 1 is Monday
    calls_weekend_from = models.TimeField(null=True)  # Saturdays and Sundays; empty: as on other days
    calls_weekend_until = models.TimeField(null=True)
    calls_on_holidays = models.BooleanField(default=True)  # the public holidays where the customer lives
    calls_a_day = models.PositiveSmallIntegerField(default=3)  # to one phone, whatever they are about
    contacts_a_day = models.PositiveSmallIntegerField(default=5)  # calls and messages together
    own_first_minutes = models.PositiveSmallIntegerField(default=10)  # a call is its owner's so long, then anybody's
    first_call_limit_minutes = models.PositiveIntegerField(default=60)  # minutes in which the customer may be rung
    escalate_after_minutes = models.PositiveIntegerField(default=60)  # past the limit, likewise: then the owner hears
    missed_callback = models.CharField(max_length=8, choices=MissedCallback, default=MissedCallback.RETRY)
    missed_callback_after_minutes = models.PositiveIntegerField(default=60)  # past the promised hour, then the rule
    follow_up_after_days = models.PositiveSmallIntegerField(default=7)  # after delivery; 0: nobody is asked
    call_leads_after_minutes = models.PositiveIntegerField(default=0, db_default=0)  # 0: unfinished orders rest
    confirm_within_hours = models.PositiveIntegerField(default=72)  # the reservation lives on the confirmation clock
    pay_within_hours = models.PositiveIntegerField(default=72)  # … and on this one while it waits for a payment
    confirm_manual_within_hours = models.PositiveIntegerField(default=168)  # orders that people typed in
    demo = models.BooleanField(default=False)
    demo_until = models.DateTimeField(null=True)  # the hour at which the made-up trade ends
    demo_done = models.PositiveIntegerField(default=0)  # deeds of the demo done so far, of `demo_whole`
    demo_whole = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "shop"

    def __str__(self) -> str:
        return self.name

    @property
    def in_the_making(self) -> bool:
        """Whether the demo's past is still being written: until it is, no day is over and no sweep may meddle."""
        return self.demo and self.demo_done < self.demo_whole

    @classmethod
    @contextmanager
    def held(cls) -> Iterator[None]:
        """Read the shop once within this block, however often it is asked for. Nothing inside may change the shop."""
        token = HELD.set([])
        try:
            yield
        finally:
            HELD.reset(token)

    @classmethod
    def current(cls) -> "Shop":
        """Give the shop as it is set now; before the owner saved anything, as the environment says."""
        held = HELD.get()
        if held is None:
            return cls._read()
        if not held:
            held.append(cls._read())
        return held[0]

    @classmethod
    def _read(cls) -> "Shop":
        return next(iter(FIRST_SHOP.all()), None) or cls(
            name=settings.SHOP_NAME,
            zone=settings.SHOP_TIME_ZONE,
            currency=settings.SHOP_CURRENCY,
            country=settings.SHOP_COUNTRY,
            language=settings.SHOP_LANGUAGE,
            day_cutoff=time.fromisoformat(settings.SHOP_DAY_CUTOFF),
            four_eyes=settings.SHOP_FOUR_EYES,
        )


HELD: ContextVar[list[Shop] | None] = ContextVar("shop_held", default=None)
FIRST_SHOP = Reading(Shop, "ORDER BY t.id LIMIT 1")


class PeriodLock(models.Model):
    """Moves of people dated before `until` are refused; `reports.closing` sets it."""

    until = models.DateTimeField()

    class Meta:
        db_table = "period_lock"

    def __str__(self) -> str:
        return self.until.isoformat()
