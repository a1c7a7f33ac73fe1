"""The last hours: what somebody who opens the demo shop finds on every desk."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from delivery import handoff, returns
from delivery.handoff import NewAct
from delivery.models import Return
from delivery.returns import Comeback, NewReturn
from orders import calltasks, changes, packing, queues
from orders.calls import NewAttempt
from orders.models import Order, Outcome, StockCount
from orders.status import CancelReason, Status
from shopdesk.demo import calling, packing_table, road, selling, shelf, shops
from shopdesk.demo.people import OWN, SERVICE
from shopdesk.demo.stage import MINUTE, Stage

LASTS: Final = timedelta(hours=3)
TOMORROW: Final = NewAttempt(Outcome.CALLBACK)  # when exactly depends on where the customer lives
PACKED_NOW, ON_TABLE, ON_OPEN_ACT = 7, 3, 2


def leave_work(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Leave work on every desk at `at`: calls due now, orders on tables, acts open and closed, a count begun."""
    fresh = selling.take_in(stage, at - 165 * MINUTE, dice, how_many=7)
    fresh += selling.take_in(stage, at - 130 * MINUTE, dice, how_many=6)
    fresh += selling.take_troubled(stage, at - 100 * MINUTE, dice)
    _ring(stage, [order for order in fresh if order.status == Status.NEW], at - 95 * MINUTE)
    waiting = list(queues.to_pack(Order.objects.all(), stage.day(at)).values_list("number", flat=True))
    for place, number in enumerate(waiting[:ON_TABLE]):
        stage.attempt(partial(_leave_on_table, stage, number, place, at - (85 - 5 * place) * MINUTE))
    for place, number in enumerate(waiting[ON_TABLE : ON_TABLE + PACKED_NOW]):
        stage.attempt(partial(packing_table.pack_one, stage, number, at - (65 - 4 * place) * MINUTE))
    stage.attempt(partial(_close_act, stage, at - 20 * MINUTE))
    stage.attempt(partial(_open_act, stage, at - 12 * MINUTE))
    stage.attempt(partial(_take_back, stage, at - 11 * MINUTE, dice))
    stage.attempt(partial(_begin_count, stage, at - 10 * MINUTE))
    stage.attempt(partial(shops.talk, stage, at))


def _ring(stage: Stage, fresh: Sequence[Order], at: datetime) -> None:
    """Every third was not reached or wants to be rung again; one never rang us. The others agree."""
    soon = NewAttempt(Outcome.CALLBACK, callback_at=at + 85 * MINUTE, asked_by_customer=True)
    yes, silent = NewAttempt(Outcome.CONFIRMED), NewAttempt(Outcome.NO_ANSWER)
    said = (yes, soon, yes, silent, yes, yes, None, yes, TOMORROW, yes)
    for place, order in enumerate(fresh):
        attempt = said[place % len(said)]
        name = ("manager", "manager2")[place % 2]
        if attempt is TOMORROW:
            hours = calltasks.hours_of(order.zone, stage.shop)
            attempt = replace(TOMORROW, callback_at=hours.next(at + timedelta(hours=20)))
        if attempt is not None:
            stage.attempt(partial(calling.say, stage, order, attempt, name, at + place // 2 * MINUTE))


def _leave_on_table(stage: Stage, number: int, place: int, at: datetime) -> None:
    """The first is only taken, the second is scanned in part, the third was cancelled and lies there."""
    by = stage.actor("packer")
    order = packing.take(number, stage.people["packer"], by=by, at=at)
    if place:
        packing_table.scan_some(stage, order, at + MINUTE)
    if place == 2:
        changes.cancel(number, CancelReason.CHANGED_MIND, by=stage.actor("manager"), at=at + 3 * MINUTE)


def _close_act(stage: Stage, at: datetime) -> None:
    """The service's act is closed; its driver has not said yet what was there. The last parcels came too late."""
    parcels = road.going(SERVICE, stage, at)
    if parcels:
        by = stage.actor("manager2")
        act = handoff.open_act(NewAct(SERVICE, stage.day(at), parcels[:-ON_OPEN_ACT] or parcels), by=by, at=at)
        handoff.close(act.number, by=by, at=at + 5 * MINUTE)


def _open_act(stage: Stage, at: datetime) -> None:
    """The own courier's act is being filled; with nothing for him, the service's next one."""
    own = road.going(OWN, stage, at)
    courier, parcels = (OWN, own) if own else (SERVICE, road.going(SERVICE, stage, at))
    if parcels:
        new = NewAct(courier, stage.day(at), parcels[:ON_OPEN_ACT])
        handoff.open_act(new, by=stage.actor("manager"), at=at)


def _take_back(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Somebody brought a piece back over the counter and waits for the money."""
    number, sku = road.happy_customer(at, dice)
    if number:
        new = NewReturn(Return.Kind.AFTER_DELIVERY, [Comeback(sku, 1)], order=number, reference=f"C-{number}")
        returns.take_back([new], by=stage.actor("manager"), at=at, bin_code=stage.bins[sku])


def _begin_count(stage: Stage, at: datetime) -> None:
    shelf.begin_count(stage, "bin", ["B-02", "B-03"], at)
    begun = StockCount.objects.filter(state="counting").order_by("-pk").first()
    if begun:
        shelf.count_some(stage, begun.pk, at + MINUTE, most=2)
