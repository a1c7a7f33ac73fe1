"""What may happen to parcels and money, by either side: right, wrong, late, twice, or meant for somebody else."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from delivery import handoff, remittance, returns, tracking, voiding
from delivery.handoff import Acceptance, NewAct
from delivery.models import Handoff, RegisterLine, Return, Shipment
from delivery.registers import Said
from delivery.tracking import RANK, CourierEvent
from orders import changes, packing, payments
from orders.models import Credit, Order, Parcel
from orders.status import CancelReason
from tests.delivery.custody.world import COURIERS, MOST_DAYS_LATE, World

Deed = Callable[[World], object]
CODES = [*RANK, "delivered", "delivered", "returning", "lost", "XJ-9"]  # the ends more often; one nobody explained
REASONS = ["", "refused", "uncollected"]


def number_of(world: World) -> int:
    return world.chance.choice(world.orders)


def courier_of(world: World) -> str:
    return world.chance.choice(sorted(COURIERS))


def parcels_of(world: World, order: int = 0) -> list[str]:
    """Some parcels: of one order, or any; now and then one that does not exist."""
    rows = Parcel.objects.filter(order=order) if order else Parcel.objects.all()
    numbers = list(rows.order_by("number").values_list("number", flat=True))
    chosen = world.chance.sample(numbers, min(len(numbers), world.chance.randint(1, 4)))
    return [*chosen, "P-0-0"] if world.chance.random() < 0.03 else chosen


def act_in(world: World, *states: str) -> Handoff | None:
    found = list(Handoff.objects.filter(state__in=states).order_by("number"))
    return world.chance.choice(found) if found else None


def seal_one(world: World) -> None:
    if len(world.orders) < 14:
        world.seal()


def open_act(world: World) -> None:
    day = world.now["at"].date()
    inside = Parcel.objects.filter(state="inside", on_act="none").order_by("number")
    free = list(inside.values_list("number", flat=True)[: world.chance.randint(0, 5)])
    handoff.open_act(NewAct(courier_of(world), day, free), **world.now)


def put_on(world: World) -> None:
    if act := act_in(world, *Handoff.State.values):
        handoff.add(act.number, parcels_of(world), **world.now)


def take_off(world: World) -> None:
    if act := act_in(world, "open", "open", "closed"):
        handoff.remove(act.number, parcels_of(world), **world.now)


def close(world: World) -> None:
    if act := act_in(world, "open"):
        handoff.close(act.number, **world.now)


def accept(world: World) -> None:
    """The courier's count, or the paper: some were there, some were not, one is on no list of ours."""
    act = act_in(world, "closed", "accepted", "accepted_with_difference")
    if act is None:
        return
    listed = list(act.lines.order_by("pk").values_list("parcel__number", flat=True))
    there = [number for number in listed if world.chance.random() < 0.8]
    gone = [number for number in listed if number not in there and world.chance.random() < 0.5]
    extra = parcels_of(world)[:1] if world.chance.random() < 0.1 else []
    said = Acceptance(there, gone, extra, how=world.chance.choice(["courier", "paper"]))
    handoff.accept(act.number, said, **world.now)


def void(world: World) -> None:
    if act := act_in(world, "open", "closed", "closed", "accepted", "void"):
        voiding.void(act.number, voiding.Why.NOBODY_CAME, **world.now)


def bring_back(world: World) -> None:
    handoff.bring_back(parcels_of(world), **world.now)


def give_out(world: World) -> None:
    order = Order.objects.get(pk=number_of(world))
    handoff.give_out(order.number, taken_minor=order.due_minor, **world.now)


def open_again(world: World) -> None:
    packing.open_again(number_of(world), world.packer, **world.now)


def seal_again(world: World) -> None:
    packing.seal(number_of(world), [packing.NewParcel(700)], **world.now)


def cancel(world: World) -> None:
    changes.cancel(number_of(world), CancelReason.PRICE, **world.now)


def say(world: World) -> None:
    """A courier says something: now or weeks late, of its own parcels or of somebody else's."""
    at = world.now["at"]
    late = timedelta(minutes=world.chance.randint(0, MOST_DAYS_LATE * 24 * 60) if world.chance.random() < 0.3 else 0)
    out = list(Parcel.objects.exclude(in_hands_of="").order_by("number").values_list("number", "in_hands_of"))
    parcel, courier = world.chance.choice(out) if out else ("nothing", courier_of(world))
    if world.chance.random() < 0.15:
        parcel, courier = parcels_of(world)[0], courier_of(world)
    code = world.chance.choice(CODES)
    event = CourierEvent(
        f"e{world.clock}", parcel, code, at - late, cod_taken=taken_in(world), delivered=kept_in(world, parcel),
        reason=world.chance.choice(REASONS), correction=world.chance.random() < 0.1,
    )  # fmt: skip
    world.news.append((courier, event))
    tracking.take_in(courier, [event], **world.now)


def say_again(world: World) -> None:
    """The same news once more, or under an older number: a queue at the courier's end was emptied twice."""
    if world.news:
        courier, event = world.chance.choice(world.news)
        tracking.take_in(courier, [event], **world.now)


def taken_in(world: World) -> Decimal | None:
    return world.chance.choice([None, None, Decimal("50.00"), Decimal("83.33"), Decimal("0"), Decimal("500.00")])


def kept_in(world: World, parcel: str) -> list[tuple[str, int]] | None:
    return [("A", world.chance.randint(0, 2))] if world.chance.random() < 0.3 else None


def receive(world: World) -> None:
    returns.receive_parcels(parcels_of(world, number_of(world)), **world.now)


def announce(world: World) -> None:
    kind = world.chance.choice([Return.Kind.AFTER_DELIVERY, Return.Kind.EXCHANGE, Return.Kind.DAMAGED])
    lines = [returns.Comeback(world.chance.choice(world.goods), world.chance.randint(1, 2))]
    returns.announce([returns.NewReturn(kind, lines, order=number_of(world))], **world.now)


def take_in_return(world: World) -> None:
    waiting = list(Return.objects.exclude(state="inspected").order_by("pk").values_list("pk", flat=True))
    if waiting:
        returns.receive([world.chance.choice(waiting)], **world.now)


def inspect(world: World) -> None:
    waiting = list(Return.objects.exclude(state="inspected").order_by("pk"))
    if not waiting:
        return
    row = world.chance.choice(waiting)
    places = ("bin", "quarantine", "scrap", "missing")
    lines = [
        returns.Inspected(line.product.sku, line.quantity, world.chance.choice(places))
        for line in row.lines.select_related("product")
    ]
    returns.inspect(row.pk, lines, **world.now)


def register(world: World) -> None:
    """A list of money: right sums, wrong ones, twice the same parcel, a fee alone, somebody else's parcel."""
    courier, currency = courier_of(world), world.chance.choice(["RUB", "RUB", "EUR"])
    rows = list(Shipment.objects.order_by("pk").values_list("order", "collected_minor"))
    lines = []
    for number, collected in world.chance.sample(rows, min(len(rows), world.chance.randint(0, 5))):
        amount = world.chance.choice([collected, collected, collected // 2, collected + 100, 0])
        lines.append(Said(len(lines) + 1, str(number), amount, world.chance.choice([0, 0, 150])))
    if world.chance.random() < 0.2:
        lines.append(Said(len(lines) + 1, "nobody's", 700))
    new = remittance.NewRegister(courier, f"R-{world.clock}", currency, lines, world.chance.choice([0, 0, 50]))
    world.registers.append(new)
    remittance.take_in(new, **world.now)


def register_again(world: World) -> None:
    if world.registers:
        remittance.take_in(world.chance.choice(world.registers), **world.now)


def look_again(world: World) -> None:
    for pk in remittance.to_look_at_again():
        remittance.look_again(pk, **world.now)


def settle_line(world: World) -> None:
    lines = list(RegisterLine.objects.filter(is_open=True).order_by("pk").values_list("pk", flat=True))
    if lines:
        remittance.settle(world.chance.choice(lines), "agreed", **world.now)


def hand_in(world: World) -> None:
    counted = world.chance.choice([0, 5_000, 8_333, 20_000, 1_000_000])
    currency = world.chance.choice(["RUB", "EUR"])
    reference = f"H-{world.clock}"
    remittance.hand_in(courier_of(world), counted, currency=currency, reference=reference, **world.now)


def pay_credit(world: World) -> None:
    due = list(Credit.objects.filter(state="due").order_by("pk").values_list("pk", flat=True))
    if due:
        world.chance.choice([payments.pay, payments.write_off])(world.chance.choice(due), **world.now)


# How often each happens, beside the others.
DEEDS: dict[Deed, int] = {
    seal_one: 4, open_act: 7, put_on: 4, take_off: 2, close: 7, accept: 9, void: 1, bring_back: 3, give_out: 2,
    open_again: 2, seal_again: 2, cancel: 1, say: 26, say_again: 10, receive: 5, announce: 3, take_in_return: 3,
    inspect: 4, register: 4, register_again: 2, look_again: 1, settle_line: 1, hand_in: 3, pay_credit: 1,
}  # fmt: skip


def choose(world: World) -> Deed:
    return world.chance.choices(list(DEEDS), weights=list(DEEDS.values()))[0]
