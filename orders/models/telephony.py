"""The telephone: who sits at which extension, what rang, and who only asked something."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.customers import of_customers
from shopdesk.base.access import Kind, Subject
from shopdesk.base.rows import Rows


def who_asked(subject: Subject) -> Q:
    """Who sees some orders only sees what their customers and unknown people asked, and whom they talked to."""
    if not subject.limits.narrow_orders:
        return Q()
    theirs: Q = of_customers("customer")(subject)
    return Q(customer=None) | Q(person=subject.person) | theirs


class PhoneLine(models.Model):
    """How the shop dials, and what follows a call that nobody took. One row; without it: `tel:`, ring back at once."""

    class Dials(models.TextChoices):
        TEL = "tel", _("the caller's own telephone (tel:)")
        LINK = "link", _("a page of the provider")
        REQUEST = "request", _("a request to the provider")

    class Missed(models.TextChoices):
        RETRY = "retry", _("ring back as soon as it is allowed")
        NEXT_DAY = "next_day", _("ring back on the next day")
        CLOSE = "close", _("only note it")

    dials = models.CharField(max_length=8, choices=Dials, default=Dials.TEL)
    address = models.CharField(max_length=500, blank=True)  # with {phone} and {seat}
    missed = models.CharField(max_length=8, choices=Missed, default=Missed.RETRY)
    changed_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "phone_line"

    def __str__(self) -> str:
        return self.dials


class PhoneSeat(models.Model):
    """Somebody's extension, as the provider calls it."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="phone_seat"
    )
    code = models.CharField(max_length=40, unique=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "phone_seat"

    def __str__(self) -> str:
        return f"seat of person {self.person_id}"


class PhoneCallRows(Rows["PhoneCall"]):
    scope = {Kind.MANAGER: who_asked}


class PhoneCall(models.Model):
    """A call as the provider tells of it, in whatever order its events come. Its state never goes back."""

    class Direction(models.TextChoices):
        IN = "in", pgettext_lazy("call", "they rang us")
        OUT = "out", pgettext_lazy("call", "we rang them")

    class State(models.TextChoices):
        RINGING = "ringing", pgettext_lazy("call", "ringing")
        ANSWERED = "answered", pgettext_lazy("call", "talking")
        ENDED = "ended", pgettext_lazy("call", "over")
        MISSED = "missed", pgettext_lazy("call", "missed")

    provider = models.CharField(max_length=32)
    call_id = models.CharField(max_length=100)
    direction = models.CharField(max_length=3, choices=Direction)
    phone = models.CharField(max_length=20, blank=True)  # E.164; empty when it was hidden
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    customer = models.ForeignKey("orders.Customer", on_delete=models.PROTECT, null=True, related_name="phone_calls")
    task = models.ForeignKey("orders.CallTask", on_delete=models.PROTECT, null=True, related_name="phone_calls")
    state = models.CharField(max_length=8, choices=State)
    began_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    talk_seconds = models.PositiveIntegerField(default=0)
    recording = models.CharField(max_length=500, blank=True)  # the provider's address of the recording

    objects = PhoneCallRows.as_manager()

    class Meta:
        db_table = "phone_call"
        constraints = [models.UniqueConstraint(fields=["provider", "call_id"], name="phone_call_once")]
        indexes = [
            models.Index(
                fields=["began_at"], condition=Q(state__in=["ringing", "answered"]), name="phone_call_going_on"
            ),
            models.Index(fields=["phone", "began_at"], name="phone_call_by_phone"),
        ]

    def __str__(self) -> str:
        return f"call {self.call_id}"


class AttemptCall(models.Model):
    """The call on the telephone that an attempt was; one call may have settled several orders."""

    attempt = models.OneToOneField(
        "orders.CallAttempt", on_delete=models.PROTECT, primary_key=True, related_name="talk"
    )
    call = models.ForeignKey(PhoneCall, on_delete=models.PROTECT, related_name="attempts")

    objects = Rows.as_manager()

    class Meta:
        db_table = "attempt_call"

    def __str__(self) -> str:
        return f"call {self.call_id} of attempt {self.attempt_id}"


class EnquiryRows(Rows["Enquiry"]):
    scope = {Kind.MANAGER: who_asked}


class Enquiry(models.Model):
    """Somebody asked for goods and did not order. What was asked for and absent is lost demand."""

    class CameTo(models.TextChoices):
        TOLD = "told", pgettext_lazy("enquiry", "told what there is")
        ABSENT = "absent", pgettext_lazy("enquiry", "asked, absent")
        ORDERED = "ordered", pgettext_lazy("enquiry", "ordered")

    phone = models.CharField(max_length=20, blank=True)
    customer = models.ForeignKey("orders.Customer", on_delete=models.PROTECT, null=True, related_name="enquiries")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, null=True, related_name="enquiries")
    asked = models.CharField(max_length=300)  # in the customer's words, or the product's name
    quantity = models.PositiveIntegerField(default=1)
    came_to = models.CharField(max_length=8, choices=CameTo)
    free = models.IntegerField(null=True)  # pieces that were free when it was asked
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = EnquiryRows.as_manager()

    class Meta:
        db_table = "enquiry"
        indexes = [models.Index(fields=["came_to", "at"], name="enquiry_by_end")]

    def __str__(self) -> str:
        return f"enquiry {self.pk}"
