"""What the desk does next by itself with an order: the step, its hour, and the rule that says so, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from orders import queues
from orders.models import CallTask, Hold, Order
from orders.web.telling import Moment, Words

STEPS: Mapping[str, Words] = {
    "free_goods": gettext_lazy("its goods are free for others"),
    "remind_callback": gettext_lazy("somebody is reminded to call back"),
    "remind_late": gettext_lazy("somebody is reminded that the call is late"),
    "remind_hold": gettext_lazy("somebody is reminded of the hold"),
    "escalate": gettext_lazy("the owner hears that nobody has called"),
    "follow_missed": gettext_lazy("the promised call is put off or ended"),
    "write": gettext_lazy("the customer is written"),
}
RULES: Mapping[str, Words] = {
    "confirmation_clock": gettext_lazy("the time to agree is over then"),
    "callback": gettext_lazy("the hour that was agreed with the customer"),
    "first_call_limit": gettext_lazy("the time limit of a first call"),
    "hold": gettext_lazy("the hour of the hold"),
    "missed_callback": gettext_lazy("the rule for promised calls that nobody made"),
    "message": gettext_lazy("the rule of that message, in the customer's hours"),
}


@dataclass(frozen=True, slots=True)
class Alone:
    """What happens without anybody, when, and why; `rule` is the code by which the rule is found."""

    what: str
    when: str
    why: str
    rule: str


def tell_alone(order: Order, holds: Sequence[Hold], tasks: Sequence[CallTask], moment: Moment) -> Alone | None:
    """Say what the desk does next by itself, or nothing when everything waits for people."""
    step = queues.next_alone(order, holds, tasks, moment.at)
    if not step["step"]:
        return None
    kind = str(step["rule"]).partition(":")[0]
    what, why = STEPS.get(step["step"], step["step"]), RULES.get(kind, kind)
    return Alone(str(what), moment.when(step["at"]), str(why), str(step["rule"]))
