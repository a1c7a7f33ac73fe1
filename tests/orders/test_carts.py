"""Carts: several orders in one walk, each in its slot, and nobody else's meanwhile."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders import changes, packing, queues, shelf, stock
from orders.models import Barcode, CartSlot, JournalEvent, Order, OrderLine, StockMove
from orders.packing import CartShot, NewBatch
from orders.status import CancelReason, HoldReason, Status
from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.orders.web.test_packing import sign_in, text

pytestmark = pytest.mark.django_db
TWO = [("A", 2, "129.00"), ("B", 1, "50.00")]


@pytest.fixture(autouse=True)
def goods():
    for sku in ("A", "B", "C"):
        row = make.product(sku, 0, name=f"Thing {sku}")
        shelf.make_bin(stock.main_location().code, f"BIN-{sku}", by=make.BY, at=make.AT)
        make.fill(row, 20, bin_code=f"BIN-{sku}")
        Barcode.objects.create(code=f"460000000000{sku}", product=row)


def waiting():
    Order.objects.update(ship_on=make.AT.date())
    return queues.to_pack(Order.objects.all(), timezone.now().date())


def start(packer, most=6, cart="1"):
    return packing.start(waiting(), NewBatch(cart, most), packer.pk, by=packer.subject.actor, at=make.AT)


def shoot(batch, code, event_id="", **hand):
    shot = CartShot(event_id or f"e-{code}-{StockMove.objects.count()}", code, **hand)
    return packing.hear_cart(batch.pk, shot, by=make.BY, at=make.AT)


def put(batch, sku, slot, pieces=1, bin_code=""):
    return shoot(batch, f"K-1-{slot}", bin=bin_code, sku=sku, hand=pieces)


def pick_all(batch):
    for stop in packing.walk(batch.pk).stops:
        for slot, pieces in stop.into:
            put(batch, stop.line.sku, slot, pieces, stop.bin)


def test_a_walk_goes_by_bin_and_says_which_slot_each_piece_goes_into():
    first, second = make.confirmed(TWO), make.confirmed([("A", 1, "129.00"), ("C", 1, "9.00")])

    batch = start(make.packer())

    seen = packing.walk(batch.pk)
    assert [(slot.position, slot.order_id) for slot in seen.slots] == [(1, first.number), (2, second.number)]
    assert [(stop.bin, stop.pieces, list(stop.into)) for stop in seen.stops] == [
        ("BIN-A", 3, [(1, 2), (2, 1)]), ("BIN-B", 1, [(1, 1)]), ("BIN-C", 1, [(2, 1)]),
    ]  # fmt: skip
    assert set(Order.objects.values_list("status", flat=True)) == {Status.PICKING}


def test_bin_item_quantity_slot_and_the_rest_stays_in_the_hand():
    one, two = make.confirmed(TWO), make.confirmed([("A", 1, "129.00")])
    batch = start(make.packer())

    assert shoot(batch, "bin-a").bin == "BIN-A"
    heard = shoot(batch, "460000000000A", bin="BIN-A")
    heard = shoot(batch, "3", bin="BIN-A", sku=heard.sku, hand=heard.hand)
    assert (heard.sku, heard.hand) == ("A", 3)
    assert not OrderLine.objects.filter(picked__gt=0).exists(), "nothing moves before the slot is scanned"
    heard = shoot(batch, "s1", "x1", bin="BIN-A", sku="A", hand=3)
    assert (heard.pieces, heard.hand) == (2, 1)
    heard = shoot(batch, "Л-1-2", "x2", bin="BIN-A", sku="A", hand=1)  # K-1-2 on a Russian keyboard

    assert (heard.slot, heard.hand) == (2, 0)
    assert OrderLine.objects.get(order=one, sku="A").picked == 2
    assert OrderLine.objects.get(order=two, sku="A").picked == 1
    before = StockMove.objects.count()
    assert shoot(batch, "s1", "x1", bin="BIN-A", sku="A", hand=3).kind == "again"
    assert StockMove.objects.count() == before


ONE = {"hand": 1}


@pytest.mark.parametrize(
    ("code", "hand", "refusal"),
    [
        ("C", {}, packing.NotOnList), ("BIN-C", {}, packing.BinNotOnList),
        ("s9", ONE | {"sku": "A"}, packing.NoSuchSlot),
        ("K-2-1", ONE | {"sku": "A"}, packing.NoSuchSlot), ("s2", ONE | {"sku": "B"}, packing.WrongSlot),
        ("s1", {}, packing.NothingInHand), ("9", ONE | {"sku": "A"}, packing.TooMuch),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_counted(code, hand, refusal):
    make.confirmed(TWO), make.confirmed([("A", 1, "129.00")])
    batch = start(make.packer())

    with pytest.raises(refusal):
        shoot(batch, code, **hand)

    assert not OrderLine.objects.filter(picked__gt=0).exists()
    counted = JournalEvent.objects.filter(kind="packing.wrong_scan").count()
    assert counted == (0 if refusal is packing.NothingInHand else 1)


def test_nobody_picks_an_order_twice_and_a_dropped_cart_returns():
    mine, other = make.packer(), make.packer()
    orders = [make.confirmed(TWO) for _ in range(3)]
    batch = start(mine, most=2)
    with pytest.raises(packing.AlreadyTaken):
        packing.take(orders[0].number, other.pk, by=make.BY, at=make.AT)
    with pytest.raises(packing.CartTaken):
        start(other)
    theirs = start(other, cart="2")
    assert [slot.order_id for slot in theirs.slots.all()] == [orders[2].number]
    with pytest.raises(packing.NothingToPack):
        start(make.packer(), cart="3")
    put(batch, "A", 1)

    packing.put_down_batch(batch.pk, by=make.BY, at=make.AT)

    assert [Order.objects.get(pk=one.pk).status for one in orders] == ["confirmed", "confirmed", "picking"]
    again = start(make.packer())
    assert [(slot.order_id, slot.position) for slot in again.slots.all()] == [(orders[1].number, 2)], (
        "what lies picked in slot 1 is put back first, and nothing is laid beside it"
    )
    with pytest.raises(packing.BatchOver):
        packing.put_down_batch(batch.pk, by=make.BY, at=make.AT)


def test_a_picked_cart_is_handed_to_the_station_which_opens_by_slot():
    picker, packer = make.packer(), make.packer()
    order = make.confirmed(TWO)
    make.confirmed([("A", 1, "129.00")])
    batch = start(picker)
    with pytest.raises(packing.BatchIncomplete):
        packing.hand_on(batch.pk, by=make.BY, at=make.AT)
    pick_all(batch)
    with pytest.raises(packing.AlreadyTaken):  # not handed on yet
        packing.take(order.number, packer.pk, by=make.BY, at=make.AT)
    packing.hand_on(batch.pk, by=make.BY, at=make.AT)

    page = sign_in(packer).post(reverse("packing-next"), {"code": "K-1-1"})

    assert page.url == reverse("packing-station", args=[order.number])
    order.refresh_from_db()
    assert order.packer_id == packer.pk
    with pytest.raises(packing.AlreadyTaken):  # it is on a table now
        packing.take(order.number, make.packer().pk, by=make.BY, at=make.AT)
    packing.seal(order.number, [packing.NewParcel(500)], by=make.BY, at=make.AT)
    left = CartSlot.objects.filter(freed_at=None)
    assert [slot.position for slot in left] == [2]
    changes.cancel(left[0].order_id, CancelReason.PRICE, by=make.BY, at=make.AT)
    assert not CartSlot.objects.filter(freed_at=None).exists()


def test_held_orders_and_those_with_pieces_on_the_table_stay_off_the_cart():
    held, begun, free = make.confirmed(TWO), make.confirmed(TWO), make.confirmed(TWO)
    changes.hold(held.number, HoldReason.HIGH_RISK, by=make.BY, at=make.AT)
    packing.take(begun.number, make.packer().pk, by=make.BY, at=make.AT)
    packing.scan(begun.number, [packing.NewScan("e", 1, sku="A")], by=make.BY, at=make.AT)
    packing.put_down(begun.number, by=make.BY, at=make.AT)

    assert [slot.order_id for slot in start(make.packer()).slots.all()] == [free.number]


def test_the_walk_on_screen_and_by_api():
    packer = make.packer()
    [make.confirmed(TWO) for _ in range(2)]
    Order.objects.update(ship_on=make.AT.date())
    client = sign_in(packer)
    page = client.post(reverse("packing-carts"), {"cart": "7", "most": "5"})
    assert "Your walk" in text(client.get(reverse("packing")))
    scans = page.url + "/scans"
    shown = client.post(scans, {"code": "A", "event_id": "w1", "bin": "BIN-A"}, headers={"HX-Request": "true"})
    assert "1 piece in your hand" in text(shown)
    wrong = client.post(scans, {"code": "C", "event_id": "w2", "sku": "A", "hand": "1"}, headers={"HX-Request": "true"})
    assert "No order on this cart wants C" in text(wrong)
    assert 'name="hand" value="1"' in wrong.content.decode()

    api = make.client(packer)
    cart = api.get("packing/carts").json()["results"][0]
    body = {"event_id": "a1", "sku": "A", "slot": 2, "quantity": 2, "bin": "BIN-A"}
    said = api.post(f"packing/carts/{cart['id']}/scans", body)
    assert (said.status_code, said.json()["put"], said.json()["slots"][1]["picked"]) == (200, 2, 2)
    assert api.post(f"packing/carts/{cart['id']}/handing-on").status_code == 409
    with CaptureQueriesContext(connection) as few:
        client.get(page.url)
    assert api("DELETE", f"packing/carts/{cart['id']}").json()["orders"]
    assert "This cart is empty" in text(client.get(page.url))
    assert len(few) < 30
    labels = client.post(reverse("packing-cart-labels"), {"cart": "7", "most": "4"})
    assert labels.content.startswith(b"%PDF")


def test_a_cart_that_its_picker_left_comes_home():
    mine, other = make.packer(), make.packer()
    orders = [make.confirmed(TWO) for _ in range(2)]
    batch = start(mine)
    put(batch, "A", 1)
    assert packing.take_back_left(at=make.after(hours=1, minutes=59)) == 0, "its time is not over"

    assert packing.take_back_left(at=make.after(hours=2)) == 1
    assert packing.take_back_left(at=make.after(hours=2)) == 0

    assert {Order.objects.get(pk=one.pk).status for one in orders} == {Status.CONFIRMED}
    assert not CartSlot.objects.filter(freed_at=None).exists()
    told = JournalEvent.objects.filter(kind="order.taken_back").order_by("order")
    assert [(event.order_id, event.actor_kind, event.data["slot"]) for event in told] == [
        (orders[0].number, "sweep", "K-1-1"), (orders[1].number, "sweep", "K-1-2"),
    ]  # fmt: skip
    assert OrderLine.objects.get(order=orders[0], sku="A").picked == 1, "what was picked lies in its slot"
    with pytest.raises(packing.BatchOver):
        put(batch, "A", 2)
    assert [slot.order_id for slot in start(other, cart="2").slots.all()] == [orders[1].number]
    assert [check.id for check in all_checks() if check.find("default").broken] == []


def test_whoever_scans_or_handed_on_keeps_the_cart():
    order = make.confirmed([("A", 2, "129.00")])
    batch = start(make.packer())
    late = {"by": make.BY, "at": make.after(hours=3)}
    packing.scan(order.number, [packing.NewScan("late", 1, sku="A")], **late)

    assert packing.take_back_left(at=make.after(hours=3, minutes=29)) == 0
    packing.scan(order.number, [packing.NewScan("later", 1, sku="A")], **late)
    packing.hand_on(batch.pk, **late)
    assert packing.take_back_left(at=make.after(days=3)) == 0

    assert Order.objects.get().status == Status.PICKING


def test_a_cart_that_was_taken_back_is_shown_until_its_goods_are_home():
    packer, now = make.packer(), timezone.now()
    order = make.confirmed([("A", 2, "129.00")])
    make.confirmed(TWO)
    batch = start(packer)
    put(batch, "A", 1)
    packing.take_back_left(at=now)
    client = sign_in(packer)

    page = text(client.get(reverse("packing")))
    assert "Cart 1 was taken back" in page
    assert "2 orders wait again" in page
    assert "Goods lie in its slots: 1." in page
    assert "in slot K-1-1" in text(client.get(reverse("packing-back")))
    assert "In slot K-1-1" in text(client.get(reverse("packing-back-order", args=[order.number])))
    assert "This cart was taken back" in text(client.get(reverse("packing-cart", args=[batch.pk])))
    assert "had left the cart" in text(sign_in(make.manager()).get(reverse("orders-card", args=[order.number])))
    told = make.client(packer).get("packing/carts").json()["taken_back"]
    assert [(one["cart"], one["orders"], one["slots_with_goods"]) for one in told] == [("1", 2, [1])]

    packing.put_back(order.number, [packing.NewScan("b", 1, sku="A", bin="BIN-A")], by=make.BY, at=now)

    page = text(client.get(reverse("packing")))
    assert "Cart 1 was taken back" in page
    assert "Goods lie in its slots" not in page


def test_two_of_a_cart_cost_as_many_queries_as_six():
    packer = make.packer()
    counts = []
    for most, cart in ((2, "1"), (6, "2")):
        [make.confirmed(TWO) for _ in range(most)]
        batch = start(packer, most, cart)
        with CaptureQueriesContext(connection) as seen:
            packing.walk(batch.pk)
        counts.append(len(seen))
    assert counts[0] == counts[1]
