"""What couriers do with parcels: take them, bring them to the door, lose and find them, carry them home."""

from dataclasses import dataclass, field

from django.db.models import Sum

from delivery import handoff, returns, tracking
from delivery.models import Return
from orders import packing
from orders.models import Order, Parcel, ParcelItem
from orders.packing import NewParcel
from tests.orders.model.world import World

VAN = "courier:own"
Goods = dict[str, int]


@dataclass
class Box:
    """A parcel on the road: what is in the van, what was lost of it, and whether the courier's last word is said."""

    number: str
    in_van: Goods
    lost: Goods = field(default_factory=dict)
    delivered: bool = False


def send_out(world: World, made: Order, *, by_scan: bool) -> None:
    """Seal what is picked and hand it over on an act; the courier accepts the act, or just scans the parcel."""
    world.try_(lambda: packing.seal(made.pk, [NewParcel(500)], **world.now))
    parcel = Parcel.objects.filter(order=made, state=Parcel.State.INSIDE).first()
    if parcel is None:
        return

    def hand_over() -> None:
        new = handoff.NewAct("own", world.at.date(), [parcel.number], location=made.location_id)
        act = handoff.close(handoff.open_act(new, **world.now).number, **world.now)
        if by_scan:
            say(world, parcel.number, "accepted")
        else:
            handoff.accept(act.number, handoff.Acceptance([parcel.number]), **world.now)

    goods = goods_of(parcel)
    table = f"{made.location_id}/packing"
    if world.try_(hand_over, *[(sku, pieces, table, VAN) for sku, pieces in goods.items()]):
        world.boxes[made.pk] = Box(parcel.number, goods)
        world.sent_out += 1


def tell(world: World, made: Order, code: str, *, all_of_it: bool) -> None:
    """The courier says that it was delivered (whole or but one piece of each), refused, lost."""
    box = world.boxes.get(made.pk)
    if box is None or box.delivered:
        return
    there = {sku: box.in_van.get(sku, 0) + box.lost.get(sku, 0) for sku in {*box.in_van, *box.lost}}
    found = [(sku, pieces, "", VAN) for sku, pieces in box.lost.items() if code != "lost"]
    kept = {sku: pieces if all_of_it else pieces - 1 for sku, pieces in there.items()}
    gone = {"delivered": kept, "lost": box.in_van}.get(code, {})
    listed = None if all_of_it or code != "delivered" else tuple(kept.items())
    away = [(sku, pieces, VAN, "") for sku, pieces in gone.items() if pieces]
    world.try_(lambda: say(world, box.number, code, listed), *found, *away)
    box.in_van = {sku: pieces - gone.get(sku, 0) for sku, pieces in there.items()} if code != "lost" else {}
    box.lost, box.delivered = there if code == "lost" else {}, code == "delivered"


def bring_another_day(world: World, made: Order) -> None:
    """Nobody was at home: the shop's own courier brings the parcel back to the table."""
    box = world.boxes.get(made.pk)
    if box is None:
        return
    table = f"{made.location_id}/packing"
    ways = [(sku, pieces, VAN, table) for sku, pieces in box.in_van.items()]
    was_out = Parcel.objects.filter(number=box.number, state=Parcel.State.OUT).exists()
    if world.try_(lambda: handoff.bring_back([box.number], **world.now), *(ways if was_out else [])) and was_out:
        del world.boxes[made.pk]


def bring_for_good(world: World, made: Order) -> None:
    """The courier carries back what the customer did not take; it waits for inspection."""
    box = world.boxes.get(made.pk)
    if box is None:
        return
    back = {sku: box.in_van.get(sku, 0) + box.lost.get(sku, 0) for sku in {*box.in_van, *box.lost}}
    if not any(back.values()):
        return  # delivered whole: there is nothing to carry
    found = [(sku, pieces, "", VAN) for sku, pieces in box.lost.items()]
    ways = [(sku, pieces, VAN, f"{made.location_id}/returns") for sku, pieces in back.items() if pieces]
    if world.try_(lambda: returns.receive_parcels([box.number], **world.now), *found, *ways):
        del world.boxes[made.pk]
        world.came_back.append(made.pk)


def inspect(world: World, to: str) -> None:
    """Somebody looks at what came back first: one piece of each goes there, the others to the shelf."""
    made = Order.objects.get(pk=world.came_back.pop(0))
    row = Return.objects.filter(order=made, parcel__isnull=False, state=Return.State.RECEIVED).first()
    assert row is not None, "what came back waits for inspection"
    here = made.location_id
    target = {"bin": f"{here}/MAIN", "quarantine": f"{here}/quarantine"}.get(to, "")
    said, ways = [], []
    for sku, pieces in row.lines.values_list("product__sku").annotate(Sum("quantity")):
        said += [returns.Inspected(sku, 1, to)] + [returns.Inspected(sku, pieces - 1, "bin")] * (pieces > 1)
        ways += [(sku, 1, f"{here}/returns", target)]
        ways += [(sku, pieces - 1, f"{here}/returns", f"{here}/MAIN")] * (pieces > 1)
    world.inspected += world.try_(lambda: returns.inspect(row.pk, said, **world.now), *ways)


def end_the_day(world: World) -> None:
    """Everything comes home and is inspected; what was delivered whole has nothing to come home with."""
    for number in sorted(world.boxes):
        bring_for_good(world, Order.objects.get(pk=number))
    for to in ("quarantine", "scrap", "missing", *["bin"] * len(world.came_back)):
        if world.came_back:
            inspect(world, to)
            world.tick(1)


def say(world: World, parcel: str, code: str, kept: tuple[tuple[str, int], ...] | None = None) -> None:
    """Let the courier's machine report; nothing that it says is refused or left lying."""
    event = tracking.CourierEvent(world.scan_id(), parcel, code, world.at, delivered=kept)
    assert tracking.take_in("own", [event], **world.now) == [tracking.APPLIED]


def goods_of(parcel: Parcel) -> Goods:
    """Give what was sealed into a parcel, by SKU."""
    return dict(ParcelItem.objects.filter(parcel=parcel).values_list("line__sku").annotate(Sum("quantity")))
