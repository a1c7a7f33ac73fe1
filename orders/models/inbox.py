"""What shops send and what they are told: raw messages, the shop's side of each order, its goods, its days."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from orders.models.sight import of_channels, shop_sides
from shopdesk.base.access import Kind, Subject
from shopdesk.base.rows import EVERYTHING, Rows


def all_or_none(subject: Subject) -> Q:
    """Whoever sees only some orders sees no message: it may be about any order, and says whose it is."""
    return EVERYTHING if subject.limits.all_orders else Q(pk__in=[])


class ManagedRows(Rows["Connection"]):
    scope = {Kind.MANAGER: of_channels("channel")}


class Connection(models.Model):
    """How a channel's shop and the desk talk: secrets, addresses, what is sent back, how far was polled."""

    channel = models.OneToOneField(
        "orders.Channel", on_delete=models.PROTECT, primary_key=True, related_name="connection"
    )
    secret = models.TextField(blank=True)  # sealed; the shop signs with it
    old_secret = models.TextField(blank=True)  # sealed; still good until `old_secret_until`
    old_secret_until = models.DateTimeField(null=True)
    address = models.CharField(max_length=300, blank=True)  # of the shop; empty: the desk never calls it
    api_key = models.TextField(blank=True)  # sealed
    api_secret = models.TextField(blank=True)  # sealed
    stock_place = models.CharField(max_length=64, blank=True)  # the shop's own id of the location whose stock we set
    meanings = models.JSONField(default=dict, blank=True)  # the shop's status -> order, lead, cancel
    buffer = models.PositiveIntegerField(default=0)  # pieces that the shop is never told of
    polls = models.BooleanField(default=False)
    tells_back = models.BooleanField(default=False)
    tells_stock = models.BooleanField(default=False)
    polled_until = models.DateTimeField(null=True)  # the watermark: changes up to here were fetched
    polled_at = models.DateTimeField(null=True)
    poll_problem = models.CharField(max_length=40, blank=True)  # why the last try failed: a stable word
    told_until = models.BigIntegerField(default=0)  # position of the feed up to which the shop was told
    pinged_at = models.DateTimeField(null=True)

    objects = ManagedRows.as_manager()

    class Meta:
        db_table = "connection"

    def __str__(self) -> str:
        return f"connection of {self.channel_id}"


class InboundRows(Rows["InboundMessage"]):
    scope = {Kind.MANAGER: all_or_none}


class InboundMessage(models.Model):
    """One thing a shop said, kept raw before anything is made of it, and applied once."""

    class State(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("message from a shop", "waits")
        APPLIED = "applied", pgettext_lazy("message from a shop", "applied")
        IGNORED = "ignored", pgettext_lazy("message from a shop", "nothing new")
        FAILED = "failed", pgettext_lazy("message from a shop", "failed")

    class Source(models.TextChoices):
        WEBHOOK = "webhook", pgettext_lazy("how it came", "sent by the shop")
        POLL = "poll", pgettext_lazy("how it came", "fetched by the desk")
        TEST = "test", pgettext_lazy("how it came", "test message")
        PART = "part", pgettext_lazy("how it came", "part of a batch")

    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, related_name="messages")
    source = models.CharField(max_length=8, choices=Source)
    topic = models.CharField(max_length=60, blank=True)
    delivery_id = models.CharField(max_length=100, blank=True)  # the sender's own id: the same again is the same
    body = models.TextField(blank=True)  # as it came; emptied after its retention
    body_hash = models.CharField(max_length=64)  # SHA-256 of the bytes
    is_cleaned = models.BooleanField(default=False)  # bytes or characters that cannot be stored were replaced
    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    reason = models.CharField(max_length=40, blank=True)  # a stable word; the pages put it into a sentence
    detail = models.JSONField(default=dict, blank=True)  # codes and numbers for that sentence
    external_id = models.CharField(max_length=64, blank=True)  # of the order or the shop's customer it is about
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="messages_in")
    customer = models.ForeignKey(  # whom it is about, where it is about no order: it is erased with them
        "orders.Customer", on_delete=models.PROTECT, null=True, related_name="messages_in"
    )
    understood = models.JSONField(null=True)  # what was made of it
    part_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    times = models.PositiveIntegerField(default=1)  # how often it came
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before each try
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    objects = InboundRows.as_manager()

    class Meta:
        db_table = "inbound_message"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "delivery_id"], condition=~Q(delivery_id=""), name="inbound_message_once"
            )
        ]
        indexes = [
            models.Index(fields=["attempts", "id"], condition=Q(state="received"), name="inbound_message_waits"),
            models.Index(fields=["channel", "received_at"], name="inbound_message_by_channel"),
            models.Index(fields=["state", "id"], name="inbound_message_by_state"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} of {self.channel_id}"


class ShopOrderRows(Rows["ShopOrder"]):
    scope = {Kind.MANAGER: shop_sides}


class ShopOrder(models.Model):
    """The shop's side of an order: what it said last, in the same words for every kind of shop.

    Facts only grow (`was_order`, the newest version, the latest sign of life or deletion), so that messages in any
    order end the same.
    """

    class Meaning(models.TextChoices):
        ORDER = "order", pgettext_lazy("what a shop's status means", "an order")
        LEAD = "lead", pgettext_lazy("what a shop's status means", "not an order yet")
        CANCEL = "cancel", pgettext_lazy("what a shop's status means", "cancelled")

    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, related_name="shop_orders")
    external_id = models.CharField(max_length=64)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="shop_sides")
    meaning = models.CharField(max_length=8, choices=Meaning, default=Meaning.LEAD)
    was_order = models.BooleanField(default=False)
    version = models.CharField(max_length=120, blank=True)  # grows with each newer word of the shop
    said = models.JSONField(default=dict, blank=True)  # its newest word: the base of the next comparison
    phone = models.CharField(max_length=20, blank=True)  # E.164, of a lead
    placed_at = models.DateTimeField(null=True)
    live_at = models.DateTimeField(null=True)  # the latest sign that it is there
    deleted_at = models.DateTimeField(null=True)
    refunds = models.JSONField(default=dict, blank=True)  # the shop's id of a refund -> minor units
    # The shop's id of a refund -> what went back by it, where the shop said so (`channels.givenback`).
    goods_back = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    # When a word of the shop that names all its refunds was said last (`listed`), and each refund's last such (`seen`).
    refund_words = models.JSONField(blank=True, default=dict, db_default=models.Value({}, models.JSONField()))
    is_stopped = models.BooleanField(default=False)  # cancelled here because the shop did: it may take it back
    differs = models.JSONField(default=dict, blank=True)  # field -> [what the shop wants, what we have]
    hold = models.ForeignKey("orders.Hold", on_delete=models.SET_NULL, null=True, related_name="+")
    told = models.JSONField(default=dict, blank=True)  # what we told the shop last, to know our own echo
    call = models.ForeignKey("orders.CallTask", on_delete=models.PROTECT, null=True, related_name="leads")
    changed_at = models.DateTimeField()

    objects = ShopOrderRows.as_manager()

    class Meta:
        db_table = "shop_order"
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="shop_order_once")]
        indexes = [
            models.Index(fields=["channel", "placed_at"], name="shop_order_by_day"),
            models.Index(fields=["order"], name="shop_order_by_order"),
            models.Index(
                fields=["placed_at"], condition=Q(meaning="lead", order=None, call=None), name="shop_order_lead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} of {self.channel_id}"

    @property
    def refunds_now(self) -> dict[str, int]:
        """What the shop gave back and did not take back: a later list of its refunds without one has deleted it."""
        seen, listed = self.refund_words.get("seen", {}), self.refund_words.get("listed", "")
        return {key: minor for key, minor in self.refunds.items() if seen.get(key, "") >= listed}

    @property
    def goods_back_now(self) -> dict[str, Any]:
        """What went back by those refunds."""
        gone = self.refunds.keys() - self.refunds_now.keys()
        return {key: kept for key, kept in self.goods_back.items() if key not in gone}

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None and (self.live_at is None or self.deleted_at > self.live_at)


class ChannelItemRows(Rows["ChannelItem"]):
    scope = {Kind.MANAGER: of_channels("channel")}


class ChannelItem(models.Model):
    """The shop's own number of something it sells, and which product that is: learnt once, by SKU or from a person."""

    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, related_name="items")
    product_code = models.CharField(max_length=64)
    variant_code = models.CharField(max_length=64, blank=True)
    inventory_code = models.CharField(max_length=64, blank=True)  # where the shop counts stock under another number
    sku = models.CharField(max_length=64, blank=True)  # as the shop wrote it last
    name = models.CharField(max_length=500, blank=True)
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, null=True, related_name="channel_items")
    learnt_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    told_stock = models.IntegerField(null=True)  # pieces the shop was told last
    told_version = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    objects = ChannelItemRows.as_manager()

    class Meta:
        db_table = "channel_item"
        constraints = [
            models.UniqueConstraint(fields=["channel", "product_code", "variant_code"], name="channel_item_once")
        ]
        indexes = [models.Index(fields=["channel"], condition=Q(product=None), name="channel_item_unknown")]

    def __str__(self) -> str:
        return f"{self.product_code}/{self.variant_code} of {self.channel_id}"


class ShopNoteRows(Rows["ShopNote"]):
    scope = {Kind.MANAGER: of_channels("shop_order__channel")}


class ShopNote(models.Model):
    """Something a shop is to be told: sent at least once, again after a failure, then listed."""

    class Kind(models.TextChoices):
        STATE = "state", pgettext_lazy("note to a shop", "status")
        TRACKING = "tracking", pgettext_lazy("note to a shop", "tracking number")
        CANCEL = "cancel", pgettext_lazy("note to a shop", "cancellation")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("note to a shop", "waits")
        DONE = "done", pgettext_lazy("note to a shop", "told")
        DEAD = "dead", pgettext_lazy("note to a shop", "given up")

    shop_order = models.ForeignKey(ShopOrder, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind)
    word = models.CharField(max_length=100)  # the status, the number, the reason
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before each try
    answer = models.CharField(max_length=40, blank=True)  # the shop's status code, or why there was no answer
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = ShopNoteRows.as_manager()

    class Meta:
        db_table = "shop_note"
        constraints = [models.UniqueConstraint(fields=["shop_order", "kind", "word"], name="shop_note_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="shop_note_waits")]

    def __str__(self) -> str:
        return f"{self.kind} {self.word}"


class ChannelDayRows(Rows["ChannelDay"]):
    scope = {Kind.MANAGER: of_channels("channel")}


class ChannelDay(models.Model):
    """A channel's own list of a day's orders beside ours: how many of how many, and which are on one side only."""

    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, related_name="days")
    day = models.DateField()  # in the shop's zone
    theirs = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    missing = models.JSONField(default=list)  # ids that the shop has and we do not
    extra = models.JSONField(default=list)  # ids that we have and the shop does not
    healed = models.PositiveIntegerField(default=0)  # of that day's gaps, how many were closed since
    checked_at = models.DateTimeField()
    healed_at = models.DateTimeField(null=True)

    objects = ChannelDayRows.as_manager()

    class Meta:
        db_table = "channel_day"
        constraints = [models.UniqueConstraint(fields=["channel", "day"], name="channel_day_once")]

    def __str__(self) -> str:
        return f"{self.matched} / {self.theirs} of {self.channel_id} on {self.day}"
