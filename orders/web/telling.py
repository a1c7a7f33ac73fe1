"""What happens next, what happened and by whom, in the desk's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders import queues
from orders.models import CallTask, Hold, Order, Shop
from orders.status import ENDED, HoldReason, Status
from shopdesk.base import wording
from shopdesk.base.access import Actor, Subject
from shopdesk.base.errors import Missing
from shopdesk.base.periods import shop_day

Words = str | Promise

STEPS: dict[str, Words] = {
    "confirm": gettext_lazy("Agree it with the customer"),
    "pick": gettext_lazy("Pick and pack"),
    "seal": gettext_lazy("Seal the parcel"),
    "hand_over": gettext_lazy("Put it on an act"),
    "deliver": gettext_lazy("Delivery"),
    "receive_back": gettext_lazy("Receive it back"),
}
HOLD_STEPS: dict[str, Words] = {
    HoldReason.AWAITING_PAYMENT: gettext_lazy("Wait for the payment"),
    HoldReason.HIGH_RISK: gettext_lazy("Decide whether to sell"),
    HoldReason.BAD_ADDRESS: gettext_lazy("Ask for the address"),
    HoldReason.BAD_PHONE: gettext_lazy("Fix the phone"),
    HoldReason.UNKNOWN_ITEM: gettext_lazy("Say which product it is"),
    HoldReason.OUT_OF_STOCK: gettext_lazy("Wait for goods or offer a substitute"),
    HoldReason.DUPLICATE: gettext_lazy("Compare with the other order"),
    HoldReason.UNKNOWN_DATE: gettext_lazy("Agree the day"),
    HoldReason.OTHER: gettext_lazy("Decide, then lift the hold"),
}
WHY: dict[str, Words] = {
    Status.NEW: gettext_lazy("Nobody has agreed it with the customer yet."),
    Status.CONFIRMED: gettext_lazy("The customer agreed. Packing takes it on its day."),
    Status.PICKING: gettext_lazy("A packer has it; the goods leave the shelf scan by scan."),
    Status.PACKED: gettext_lazy("It is sealed and waits for the courier."),
    Status.HANDED_OVER: gettext_lazy("The courier has it."),
    Status.DELIVERED: gettext_lazy("The customer kept it."),
    Status.RETURNING: gettext_lazy("Nothing stays with the customer; the goods are on their way back."),
    Status.RETURNED: gettext_lazy("Everything is back and inspected."),
    Status.LOST: gettext_lazy("The courier lost it."),
    Status.CANCELLED: gettext_lazy("It was stopped before the courier took it."),
}
BY: dict[str, Words] = {
    "manager": pgettext_lazy("whose turn it is", "manager"),
    "packer": pgettext_lazy("whose turn it is", "packer"),
    "courier": pgettext_lazy("whose turn it is", "courier"),
}
MACHINES: dict[str, Words] = {
    "rule": gettext_lazy("a rule"),
    "sweep": gettext_lazy("the desk itself"),
    "token": gettext_lazy("a machine"),
    "courier": gettext_lazy("the courier"),
    "customer": gettext_lazy("the customer"),
    "channel": gettext_lazy("the shop"),
}
WHAT_WHEN = gettext_lazy("%(what)s, %(when)s")
CALL_AT, CALL_BACK_AT = gettext_lazy("Call at %(when)s"), gettext_lazy("Call back at %(when)s")
CALL_NOW, CALL_LATE, ANYONE = gettext_lazy("Call now"), gettext_lazy("Call, limit broken"), gettext_lazy("anyone")
URGENT = {HoldReason.BAD_ADDRESS, HoldReason.BAD_PHONE, HoldReason.UNKNOWN_ITEM, HoldReason.OUT_OF_STOCK}


@dataclass(slots=True)
class Moment:
    """The one instant a page is of, on the shop's clock. Days are written once, however many rows name them."""

    at: datetime
    zone: str
    today: date
    shop: Shop
    days: dict[date, str] = field(default_factory=dict)
    words: dict[object, str] = field(default_factory=dict)

    @classmethod
    def of(cls, at: datetime) -> "Moment":
        """Give the moment by the shop's zone and its business day."""
        shop = Shop.current()
        return cls(at, shop.zone, shop_day(at, shop.zone, shop.day_cutoff), shop)

    def day(self, on: date) -> str:
        """Write a date: today, else 21 Nov."""
        if on not in self.days:
            self.days[on] = _("today") if on == self.today else wording.short_day(on, today=self.today)
        return self.days[on]

    def say(self, code: object, words: Words) -> str:
        """Translate words once a page, however many rows say them. `code` names them."""
        if code not in self.words:
            self.words[code] = str(words)
        return self.words[code]

    def hour(self, at: datetime) -> str:
        """Write today's hour, else the date."""
        there = at.astimezone(ZoneInfo(self.zone))
        return f"{there:%H:%M}" if there.date() == self.today else self.day(there.date())

    def when(self, at: datetime | date) -> str:
        """Write an instant as its hour or day, a date as its day."""
        return self.hour(at) if isinstance(at, datetime) else self.day(at)

    def is_past(self, at: datetime | date | None) -> bool:
        """Whether it should have happened before."""
        if at is None:
            return False
        return at < self.at if isinstance(at, datetime) else at < self.today


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next: in words, by whom, whether it is late."""

    what: str
    who: str
    late: bool


def tell_next(order: Order, holds: Sequence[Hold], tasks: Sequence[CallTask], moment: Moment) -> Next:
    """Put the order's next step into words."""
    step = queues.next_step(order, holds, tasks)
    if step["step"] == "call":
        return _tell_call(min(tasks, key=lambda task: task.due_at), moment)
    reason = step["step"].removeprefix("hold:")
    words = HOLD_STEPS.get(reason) or STEPS.get(reason)
    if words is None:
        return Next("", "", late=False)
    what = moment.say(step["step"], words)
    if step["at"]:
        what = moment.say("what, when", WHAT_WHEN) % {"what": what, "when": moment.when(step["at"])}
    return Next(what, _who(order, holds, step["by"], moment), moment.is_past(step["at"]))


def tell_waiting(order: Order, late: bool, moment: Moment) -> tuple[str, str]:
    """Give how long the order stands where it stands, and the tone of that; nothing waits once it has ended."""
    is_over = order.status in ENDED
    if is_over:
        return "", ""
    tone = "bad" if late else ""
    minutes = int((moment.at - order.status_at).total_seconds() // 60)
    if minutes not in moment.words:
        moment.words[minutes] = wording.lasting(moment.at - order.status_at)
    return moment.words[minutes], tone


def tell_hold(reason: str) -> tuple[str, str]:
    """Give a hold's name with a capital, and its tone."""
    return capfirst(str(HoldReason(reason).label)), "bad" if reason in URGENT else "wait"


def tell_actor(actor: Actor, names: Mapping[Actor, str]) -> str:
    """Give the name of whoever did it."""
    return names.get(actor) or str(MACHINES.get(actor.kind, ""))


def tell_way(order: Order, moment: Moment) -> str:
    """Give how it travels and for when: courier, 22 Nov."""
    method = order.delivery_method and moment.say(order.delivery_method, Order.Delivery(order.delivery_method).label)
    if method and order.promised_on:
        return moment.say("what, when", WHAT_WHEN) % {"what": method, "when": moment.day(order.promised_on)}
    return method or (moment.day(order.promised_on) if order.promised_on else "")


def _tell_call(task: CallTask, moment: Moment) -> Next:
    """A call: when it may be made, and whether it is late."""
    who = task.taken_by.name if task.taken_by else moment.say("anyone", ANYONE)
    if task.limit_at is not None and moment.is_past(task.limit_at):
        return Next(moment.say("call, late", CALL_LATE), who, late=True)
    if task.due_at > moment.at:
        words = CALL_BACK_AT if task.stage == CallTask.Stage.CALLBACK else CALL_AT
        return Next(moment.say(task.stage, words) % {"when": moment.hour(task.due_at)}, who, late=False)
    return Next(moment.say("call now", CALL_NOW), who, late=False)


def _who(order: Order, holds: Sequence[Hold], role: str, moment: Moment) -> str:
    """The person if there is one, else whose turn it is."""
    if role == "packer" and order.packer is not None:
        return order.packer.name
    owner = holds[0].owner if holds and role == holds[0].role else None
    return owner.name if owner else moment.say(("by", role), BY.get(role, ""))


def find_at_table(subject: Subject, number: int) -> Order:
    """Give an order with its courier and packer. Raises Missing: foreign and absent look the same."""
    rows = Order.objects.for_subject(subject).select_related("courier", "packer")
    order = rows.filter(pk=number).first()
    if order is None:
        raise Missing
    return order
