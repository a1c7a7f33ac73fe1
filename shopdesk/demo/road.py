"""The road: acts of transfer, what couriers say of parcels, what comes back, and what is owed for it."""

import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final

from django.db.models import Count

from delivery import handoff, queues, remittance, returns, tracking
from delivery.handoff import Acceptance, NewAct
from delivery.models import Return, Shipment, ShipmentEvent
from delivery.registers import Said
from delivery.returns import Comeback, Inspected, NewReturn
from orders import payments
from orders.models import Credit, Order, OrderLine, Parcel
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.demo import goods
from shopdesk.demo.people import OWN, SERVICE
from shopdesk.demo.stage import DAY, MINUTE, Stage

COURIER = Actor("courier")
PAID_BACK_WITHIN: Final = timedelta(days=4)
WHERE_TO: Final = ("bin",) * 16 + ("quarantine", "quarantine", "scrap", "missing")
When = Callable[[int, int, int], datetime]  # days after it left, between these hours
News = tuple[datetime, str, dict[str, Any]]


def hand_over(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Give pickups to those who came; then an act for each courier, and what each made of it."""
    for order in Order.objects.filter(status=Status.PACKED, delivery_method=Order.Delivery.PICKUP).order_by("number"):
        if stage.dice("came", order.pk, stage.day(at)).random() < 0.4:
            stage.attempt(partial(give_out, stage, order, at))
    for courier in (OWN, SERVICE):
        parcels = going(courier, stage, at)
        if parcels:
            stage.attempt(partial(_act, stage, courier, parcels, at))


def going(courier: str, stage: Stage, at: datetime) -> list[str]:
    """Give the parcels that a courier takes today."""
    waiting = queues.to_hand_over().filter(order__courier=courier, order__ship_on__lte=stage.day(at))
    return [parcel.number for parcel in waiting]


def give_out(stage: Stage, order: Order, at: datetime) -> None:
    """Give an order to the customer who came for it."""
    handoff.give_out(order.number, taken_minor=order.due_minor, by=stage.actor("manager"), at=at)


def report(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Let couriers say what happened to parcels since they last spoke."""
    moving = Parcel.objects.filter(state=Parcel.State.OUT).select_related("order__shipment")
    told = dict(ShipmentEvent.objects.filter(parcel__in=moving).values_list("parcel").annotate(Count("pk")))
    for parcel in moving.order_by("pk"):
        known = told.get(parcel.pk, 0)
        story = list(enumerate(_story(stage, parcel.order.shipment, parcel)))
        news = [(place, *said) for place, said in story[known:] if said[0] <= at]
        events = [
            tracking.CourierEvent(f"{parcel.number}-{place}", parcel.number, code, happened, **more)
            for place, happened, code, more in news
        ]
        tracking.take_in(parcel.order.shipment.courier_id, events, by=COURIER, at=at)


def take_back(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Scan in what came back, look at what came yesterday, announce what customers send, pay what is owed."""
    coming = Return.objects.filter(state__in=[Return.State.ANNOUNCED, Return.State.ON_THE_WAY])
    for row in coming.filter(opened_at__lt=at - 40 * 60 * MINUTE).order_by("pk"):
        if stage.dice("back", row.pk, stage.day(at)).random() < 0.6:
            stage.attempt(partial(returns.receive, [row.pk], by=stage.actor("packer"), at=at))
    here = Return.objects.filter(state=Return.State.RECEIVED, received_at__lt=at - 18 * 60 * MINUTE)
    for row in here.order_by("pk"):
        stage.attempt(partial(_inspect, stage, row, at + 10 * MINUTE))
    _announce(stage, at, dice)
    due = Credit.objects.filter(state=Credit.State.DUE, event__at__lt=at - PAID_BACK_WITHIN)
    for key in due.order_by("pk").values_list("pk", flat=True):
        stage.attempt(partial(payments.pay, key, by=stage.actor("owner"), at=at + 30 * MINUTE))


def bring_money(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Our courier lays the day's cash on the table; twice a week the courier service sends its register."""
    currency = stage.shop.currency
    own = remittance.held_by(OWN, currency)
    if own:
        # Once in a while a banknote is missing; the next evening it is there.
        short = goods.worth(500, currency) if dice.random() < 0.08 else 0
        counted = max(sum(held for _, held in own) - short, 0)
        laid = partial(remittance.hand_in, OWN, counted, currency=currency, reference=f"{stage.day(at):%Y-%m-%d}")
        stage.attempt(partial(laid, by=stage.actor("manager2"), at=at))
    if stage.day(at).isoweekday() in {2, 5}:
        stage.attempt(partial(_send_register, stage, at, currency, dice))


def _send_register(stage: Stage, at: datetime, currency: str, dice: random.Random) -> None:
    """The service passes on what it took up to two days ago, less its fee; now and then a line is odd."""
    taken = Shipment.objects.filter(courier=SERVICE, state_at__lt=at - 2 * DAY)
    agreed = dict(taken.values_list("order", "fee_due_minor"))
    lines: list[Said] = []
    for number, held in remittance.held_by(SERVICE, currency):
        if number in agreed:
            odd = dice.random()
            short = goods.worth(100, currency) if odd < 0.02 else 0
            amount = max(held - short, 0)
            fee = agreed[number] + (goods.worth(30, currency) if 0.5 < odd < 0.52 else 0)
            lines.append(Said(len(lines) + 1, f"P-{number}-1", amount, min(fee, amount)))
            if odd > 0.985:
                lines.append(Said(len(lines) + 1, f"PE{number:07}", goods.worth(1290, currency)))
    if lines:
        new = remittance.NewRegister(SERVICE, f"PE-{stage.day(at):%Y%m%d}", currency, lines)
        remittance.take_in(new, by=stage.actor("manager2"), at=at)


def _act(stage: Stage, courier: str, parcels: list[str], at: datetime) -> None:
    by = stage.actor("manager2")
    act = handoff.open_act(NewAct(courier, stage.day(at), parcels[:2]), by=by, at=at)
    if parcels[2:]:
        handoff.add(act.number, parcels[2:], by=by, at=at + 5 * MINUTE)
    handoff.close(act.number, by=by, at=at + 10 * MINUTE)
    missing = parcels[-1:] if len(parcels) > 4 and stage.dice("act", act.number).random() < 0.2 else []
    there = [number for number in parcels if number not in missing]
    how = "paper" if courier == OWN else "courier"
    said = Acceptance(there, missing, how=how)
    handoff.accept(act.number, said, by=by if courier == OWN else COURIER, at=at + 25 * MINUTE)


def _story(stage: Stage, shipment: Shipment, parcel: Parcel) -> list[News]:
    """Tell what will happen to a parcel, the same whenever it is asked; all boxes of an order fare alike."""
    dice = stage.dice("road", parcel.order_id)
    chance = dice.random()
    left = stage.day(shipment.started_at)

    def on(days: int, low: int, high: int) -> datetime:
        return stage.clock(left + timedelta(days=days), time(dice.randint(low, high), dice.randint(0, 59)))

    tell = _own_story if shipment.courier_id == OWN else _service_story
    return sorted(tell(chance, on, parcel), key=lambda said: said[0])


def _own_story(chance: float, on: When, parcel: Parcel) -> list[News]:
    if chance < 0.80:
        return [(on(1, 10, 19), "delivered", {})]
    if chance < 0.87:
        return [(on(1, 10, 19), "delivery_failed", {"reason": "not_at_home"}), (on(2, 10, 19), "delivered", {})]
    if chance < 0.91:
        return [(on(1, 11, 19), "delivered", _in_part(parcel))]
    if chance < 0.98:
        return [(on(1, 11, 19), "returning", {"reason": "changed_mind"})]
    return [(on(2, 11, 19), "lost", {})]


def _service_story(chance: float, on: When, parcel: Parcel) -> list[News]:
    road: News = (on(1, 3, 9), "in_transit", {})
    if chance < 0.40:
        return [road, (on(3, 10, 18), "delivered", {})]
    if chance < 0.80:
        return [road, (on(2, 8, 12), "ready_for_pickup", {}), (on(4, 10, 20), "delivered", {})]
    if chance < 0.85:
        return [road, (on(3, 10, 18), "delivered", _in_part(parcel))]
    if chance < 0.94:
        return [road, (on(2, 8, 12), "ready_for_pickup", {}), (on(8, 9, 12), "returning", {"reason": "uncollected"})]
    if chance < 0.965:
        return [road, (on(5, 9, 12), "lost", {})]
    if chance < 0.982:
        return [road, (on(2, 9, 12), "CUSTOMS_HELD", {}), (on(7, 10, 18), "delivered", {})]
    return [(on(10, 9, 12), "lost", {})]  # silent until then: somebody looks into it


def _in_part(parcel: Parcel) -> dict[str, Any]:
    """Keep all but one piece; of a single piece nothing is left, so it is kept."""
    items = list(parcel.items.select_related("line").order_by("line__position"))
    if sum(item.quantity for item in items) < 2:
        return {}
    kept = {item.line.sku: item.quantity for item in items}
    kept[items[-1].line.sku] -= 1
    return {"delivered": [(sku, pieces) for sku, pieces in kept.items() if pieces], "reason": "not_as_described"}


def _inspect(stage: Stage, row: Return, at: datetime) -> None:
    """Say of each line where its pieces go: back into their bin, mostly."""
    lines = []
    for line in row.lines.select_related("product").order_by("pk"):
        to = stage.dice("inspect", line.pk).choice(WHERE_TO)
        sku = line.product.sku
        lines.append(Inspected(sku, line.quantity, to, stage.bins[sku] if to == "bin" else ""))
    returns.inspect(row.pk, lines, by=stage.actor("packer"), at=at)


def _announce(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Now and then a customer sends a piece back."""
    number, sku = happy_customer(at, dice)
    if not number or dice.random() > 0.45:
        return
    kind = dice.choice((Return.Kind.AFTER_DELIVERY, Return.Kind.AFTER_DELIVERY, Return.Kind.DAMAGED))
    new = NewReturn(
        kind, [Comeback(sku, 1)], order=number, reference=f"R-{number}",
        reason="damaged" if kind == Return.Kind.DAMAGED else "changed_mind",
    )  # fmt: skip
    stage.attempt(partial(returns.announce, [new], by=stage.actor("manager"), at=at + 20 * MINUTE))


def happy_customer(at: datetime, dice: random.Random) -> tuple[int, str]:
    """Give an order that arrived days ago and of which nothing came back, and a SKU of it; (0, "") without any."""
    happy = Order.objects.filter(status=Status.DELIVERED, status_at__lt=at - 2 * DAY, returns=None)
    lines = OrderLine.objects.filter(order__in=happy, kind="goods", delivered__gt=0).order_by("order", "position")
    found = list(lines.values_list("order", "sku"))
    return dice.choice(found) if found else (0, "")
