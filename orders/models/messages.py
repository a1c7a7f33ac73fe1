"""What customers are written: which messages go out, in what words, and what became of each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class MessageKind(models.TextChoices):
    NOT_REACHED = "not_reached", _("could not reach you")
    CONFIRMED = "confirmed", pgettext_lazy("message", "order confirmed")
    HANDED_OVER = "handed_over", pgettext_lazy("message", "handed to the courier")
    WAITING = "waiting", pgettext_lazy("message", "waits at the pickup point")


class Route(models.TextChoices):
    SMS = "sms", _("SMS")
    MESSENGER = "messenger", _("messenger")
    EMAIL = "email", _("e-mail")


class MessageRule(models.Model):
    """Whether one kind of message goes out, by which ways, and how many of them a day. Without a row: not at all."""

    kind = models.CharField(max_length=12, choices=MessageKind, primary_key=True)
    active = models.BooleanField(default=False)
    routes = models.JSONField(default=list)  # the first that the customer can be reached by is taken
    after_tries = models.PositiveSmallIntegerField(default=1)  # not reached: from this try in vain on
    changed_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "message_rule"

    def __str__(self) -> str:
        return self.kind


class MessageText(models.Model):
    """The shop's own words of one kind in one language. Without a row the desk's own are used."""

    kind = models.CharField(max_length=12, choices=MessageKind)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200, blank=True)  # of a mail
    text = models.TextField()
    changed_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "message_text"
        constraints = [models.UniqueConstraint(fields=["kind", "language"], name="message_text_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"


class MessageRows(Rows["Message"]):
    scope = {Kind.MANAGER: of_orders("order")}


class Message(models.Model):
    """One message to the customer of an order. Its key makes it be there once, its state makes it be sent once.

    Phone, address and text are not kept here: they are the order's at the minute of sending.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("message", "waiting")
        SENDING = "sending", pgettext_lazy("message", "being sent")
        SENT = "sent", pgettext_lazy("message", "sent")
        FAILED = "failed", pgettext_lazy("message", "refused by the provider")
        UNKNOWN = "unknown", pgettext_lazy("message", "not known whether it went out")
        DROPPED = "dropped", pgettext_lazy("message", "dropped")

    class Why(models.TextChoices):
        NONE = "", _("no reason")
        STALE = "stale", _("too late to be of use")
        CAP = "cap", _("enough calls and messages for a day")
        NO_WAY = "no_way", _("no phone, no e-mail, or no provider")
        GONE = "gone", _("it is true no more")
        OFF = "off", _("switched off meanwhile")
        PROVIDER = "provider", _("the provider refused it")
        CRASH = "crash", _("the worker stopped in the middle")

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=12, choices=MessageKind)
    slot = models.CharField(max_length=32)  # which occasion: the event or the call; "again-7" by hand
    due_at = models.DateTimeField()  # moves on over quiet hours
    occasion_at = models.DateTimeField()  # when what it tells of happened
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    why = models.CharField(max_length=10, choices=Why, blank=True, default=Why.NONE)
    route = models.CharField(max_length=10, choices=Route, blank=True)
    decided_at = models.DateTimeField(null=True)  # when it was marked `sending`, or dropped
    sent_at = models.DateTimeField(null=True)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")

    objects = MessageRows.as_manager()

    class Meta:
        db_table = "message"
        constraints = [models.UniqueConstraint(fields=["order", "kind", "slot"], name="message_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["decided_at"], condition=Q(state="sending"), name="message_being_sent"),
            models.Index(fields=["order", "decided_at"], name="message_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} message {self.pk}"


class AnswerLink(models.Model):
    """A link that a message carried. The secret itself is only in the message; here lies its digest."""

    class Said(models.TextChoices):
        NOTHING = "", _("no answer yet")
        CONFIRMED = "confirmed", pgettext_lazy("answer", "confirmed")
        LATER = "later", pgettext_lazy("answer", "asked to be rung at another hour")
        CANCELLED = "cancelled", pgettext_lazy("answer", "cancelled")

    digest = models.CharField(max_length=64, primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="answer_links")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="links")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    said = models.CharField(max_length=10, choices=Said, blank=True, default=Said.NOTHING)
    used_at = models.DateTimeField(null=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "answer_link"

    def __str__(self) -> str:
        return f"link about order {self.order_id}"
