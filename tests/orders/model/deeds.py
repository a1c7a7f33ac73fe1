"""What people do in the warehouse while others count: every deed with hands and at the desk."""

from typing import Any

from delivery import handoff, returns
from delivery.models import Return
from orders import changes, intake, lifecycle, packing, queues, receiving, shelf, transfers
from orders.models import Hold, Order, OrderLine, Parcel, Transfer
from orders.packing import NewParcel, NewScan, Shortage
from orders.status import Status
from tests import make
from tests.orders.model import couriers
from tests.orders.model.world import BINS, SKUS, World

CITIES = ("Тверь", "Сочи")


def order(world: World, sku: str, pieces: int, which: int) -> None:
    """A customer orders; both products when the number is even."""
    items = [(sku, pieces, "10.00")] + ([("B" if sku == "A" else "A", 1, "10.00")] if which % 2 else [])
    city = CITIES[which % 2]
    new = make.new_order(items, phone=f"+7916{which:07}", address=intake.Address(text=city, city=city))
    world.try_(lambda: intake.take_in(new, **world.now))


def edit(world: World, made: Order, pieces: int) -> None:
    """The customer wants more, or less."""
    line = made.lines.order_by("position").first()
    wanted = changes.Edit(lines=[changes.LineEdit(pieces, id=line.pk)])
    world.try_(lambda: changes.edit(made.pk, wanted, version=made.version, **world.now))


def cancel(world: World, made: Order) -> None:
    world.try_(lambda: changes.cancel(made.pk, "price", **world.now))


def reopen(world: World, made: Order) -> None:
    world.try_(lambda: changes.reopen(made.pk, **world.now))


def confirm(world: World, made: Order) -> None:
    """The customer agrees: nothing holds the order any more."""

    def agree() -> None:
        for hold in Hold.objects.filter(order=made, closed_at=None):
            changes.release_hold(made.pk, hold.pk, **world.now)
        locked = Order.objects.lock(made.pk)
        if locked.status == Status.NEW:
            lifecycle.move([locked], Status.CONFIRMED, **world.now)

    world.try_(agree)


def pick(world: World, made: Order, place: str, pieces: int) -> None:
    """A packer takes the order and walks to a bin; without the pieces there, the desk hears of a shortage."""
    if made.status == Status.CONFIRMED:
        world.try_(lambda: packing.take(made.pk, world.packer, **world.now))
        made.refresh_from_db()
    line = made.lines.filter(reserved__gt=0).first()
    if made.status != Status.PICKING or line is None:
        return
    location, code = place.split("/")
    if location != made.location_id:
        location, code = made.location_id, "MAIN"
        place = f"{location}/MAIN"
    wanted = min(pieces, line.reserved, world.lies(line.sku, place))
    there = sum(world.lies(line.sku, one) for one in BINS if one.startswith(f"{location}/"))
    if not there:
        shortage = Shortage(line.sku, line.reserved)
        world.try_(lambda: packing.report_shortage(made.pk, shortage, **world.now))
    elif wanted:
        scan = NewScan(world.scan_id(), wanted, sku=line.sku, bin=code)
        table = f"{location}/packing"
        world.try_(lambda: packing.scan(made.pk, [scan], **world.now), (line.sku, wanted, place, table))


def pick_whole(world: World, made: Order) -> None:
    """Pick all that was promised, from wherever it lies."""
    if made.status in {Status.NEW, Status.CONFIRMED}:
        confirm(world, made)
        made.refresh_from_db()
    for place in BINS:
        for _line in range(len(SKUS)):
            pick(world, made, place, 9)


def put_down(world: World, made: Order) -> None:
    world.try_(lambda: packing.put_down(made.pk, **world.now))


def put_back(world: World, made: Order, place: str, pieces: int) -> None:
    """Scan pieces from the table back into a bin of the order's location."""
    line = made.lines.filter(picked__gt=0).first()
    if line is None:
        return
    bin_code = place.split("/")[1] if place.startswith(f"{made.location_id}/") else "MAIN"
    wanted = min(pieces, line.picked)
    scan = NewScan(world.scan_id(), wanted, sku=line.sku, bin=bin_code)
    way = (line.sku, wanted, f"{made.location_id}/packing", f"{made.location_id}/{bin_code}")
    world.try_(lambda: packing.put_back(made.pk, [scan], **world.now), way)


def give_out(world: World, made: Order) -> None:
    """Seal what is picked and give it to the customer at the counter; or what came back from the road sealed."""
    world.try_(lambda: packing.seal(made.pk, [NewParcel(500)], **world.now))
    parcel = Parcel.objects.filter(order=made, state=Parcel.State.INSIDE).first()
    if parcel is None:
        return
    made.refresh_from_db()
    table = f"{made.location_id}/packing"
    gone = [(sku, pieces, table, "") for sku, pieces in couriers.goods_of(parcel).items()]
    world.given_out += world.try_(lambda: handoff.give_out(made.pk, taken_minor=made.due_minor, **world.now), *gone)


def send_back(world: World, made: Order, pieces: int, to: str) -> None:
    """The customer brings pieces back; the inspection says where they go. `missing`: they were not in the box."""
    line = OrderLine.objects.filter(order=made, delivered__gt=0).first()
    if line is None:
        return
    wanted, here = min(pieces, line.delivered), made.location_id
    new = returns.NewReturn(Return.Kind.AFTER_DELIVERY, [returns.Comeback(line.sku, wanted)], order=made.pk)

    def bring() -> None:
        (row,) = returns.announce([new], **world.now)
        returns.receive([row.pk], **world.now)
        returns.inspect(row.pk, [returns.Inspected(line.sku, wanted, to)], **world.now)

    target = {"bin": f"{here}/MAIN", "quarantine": f"{here}/quarantine"}.get(to, "")
    world.try_(bring, (line.sku, wanted, "", target))


def receive(world: World, sku: str, pieces: int, place: str) -> None:
    """A supplier brings goods."""
    receive_all(world, place.split("/")[0], [(sku, pieces, place)])


def receive_all(world: World, location: str, goods: list[tuple[str, int, str]]) -> None:
    """A supplier brings several products at once: (SKU, pieces, place)."""
    lines = [receiving.NewLine(sku, pieces, 100, place.split("/")[1]) for sku, pieces, place in goods]
    new = receiving.NewReceipt(lines, location=location)
    ways = [(sku, pieces, "", place) for sku, pieces, place in goods]
    world.try_(lambda: receiving.receive(new, **world.now), *ways)


def carry(world: World, sku: str, pieces: int, place: str) -> None:
    """Carry from one bin of the main location to the other."""
    other = {"MAIN/MAIN": "MAIN/B-1", "MAIN/B-1": "MAIN/MAIN"}.get(place)
    if other is None or world.lies(sku, place) < pieces:
        return
    wanted = shelf.Pieces(sku, pieces, place.split("/")[1])
    deed = lambda: shelf.carry(wanted, location="MAIN", to_bin=other.split("/")[1], **world.now)  # noqa: E731
    world.try_(deed, (sku, pieces, place, other))


def send(world: World, sku: str, pieces: int, place: str) -> None:
    """Send goods to the other location."""
    location, code = place.split("/")
    target = "SOUTH" if location == "MAIN" else "MAIN"
    if world.lies(sku, place) < pieces:
        return
    sent = [transfers.Sent(sku, pieces, code)]
    deed = lambda: transfers.send(sent, source=location, target=target, **world.now)  # noqa: E731
    world.try_(deed, (sku, pieces, place, f"{target}/transit"))


def arrive(world: World, pieces: int, *, lost: bool) -> None:
    """The first transfer arrives, in part or whole, or is given up."""
    transfer = Transfer.objects.filter(state="sent").order_by("pk").first()
    if transfer is None:
        return
    line = transfer.lines.select_related("product").get()
    sku, road = line.product.sku, f"{transfer.target_id}/transit"
    if lost:
        world.try_(lambda: transfers.give_up(transfer.pk, **world.now), (sku, line.left, road, ""))
        return
    wanted = min(pieces, line.left)
    arrived = [transfers.Arrived(sku, wanted)]
    way = (sku, wanted, road, f"{transfer.target_id}/MAIN")
    world.try_(lambda: transfers.receive(transfer.pk, arrived, **world.now), way)


def take_out(world: World, sku: str, pieces: int, place: str, *, scrap: bool) -> None:
    """Write pieces off, or set them aside; the youngest orders lose what was promised of them."""
    location, code = place.split("/")
    if world.lies(sku, place) < pieces:
        return
    act = shelf.write_off if scrap else shelf.quarantine
    wanted: Any = [shelf.Pieces(sku, pieces, code)]
    target = "" if scrap else f"{location}/quarantine"
    deed = lambda: act(wanted, shelf.Reason.DAMAGED, location=location, **world.now)  # noqa: E731
    world.try_(deed, (sku, pieces, place, target))


def bring_back(world: World, sku: str, place: str) -> None:
    """What was set aside is fit for sale after all."""
    location, code = place.split("/")
    pieces = world.lies(sku, f"{location}/quarantine")
    wanted = [shelf.Pieces(sku, pieces, code)]
    if pieces:
        deed = lambda: shelf.bring_back(wanted, location=location, **world.now)  # noqa: E731
        world.try_(deed, (sku, pieces, f"{location}/quarantine", place))


def allocate(world: World) -> None:
    """The sweep gives short orders what came."""
    for number in queues.short(100):
        world.try_(lambda number=number: changes.allocate(number, at=world.at))
