"""The second pair of eyes at the table, and what packers' figures are made of."""

import pytest
from django.urls import reverse

from orders import packing
from orders.models import Shop
from orders.packing import NewParcel, NewScan
from orders.packing.station import note_wrong_scan
from shopdesk.people import station
from tests import make
from tests.orders.web.test_packing import sign_in, text

pytestmark = pytest.mark.django_db
ONE = [("A", 2, "129.00")]


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 50)


@pytest.fixture
def packer():
    return make.packer()


@pytest.fixture
def careful():
    packing.set_rules(packing.Rules(second_check=True), by=make.BY, at=make.AT)


def picked(packer, pieces=2):
    order = packing.take(make.confirmed(ONE).number, packer.pk, by=packer.subject.actor, at=make.AT)
    scan = NewScan(f"e{order.pk}", pieces, sku="A")
    return packing.scan(order.number, [scan], by=packer.subject.actor, at=make.after(minutes=10))


def seal(order, at=None):
    return packing.seal(order.number, [NewParcel(900)], by=make.BY, at=at or make.after(minutes=20))


def look(order, person):
    return packing.check(order.number, person.pk, by=person.subject.actor, at=make.after(minutes=12))


def test_a_shop_that_asks_for_it_seals_nothing_that_one_person_alone_has_seen(careful, packer):
    order, other = picked(packer), make.packer()
    with pytest.raises(packing.NotChecked):
        seal(order)
    with pytest.raises(packing.OwnWork):
        look(order, packer)

    assert look(order, other) == look(order, other), "said twice it is one check"

    assert seal(order).status == "packed"


def test_a_check_holds_for_these_pieces_only_and_can_be_taken_back(careful, packer):
    order, other = picked(packer), make.packer()
    look(order, other)
    packing.uncheck(order.number, by=make.BY, at=make.AT)
    with pytest.raises(packing.NotChecked):
        seal(order)
    look(order, other)
    packing.put_down(order.number, by=make.BY, at=make.after(minutes=13))
    packing.take(order.number, packer.pk, by=make.BY, at=make.after(minutes=14))
    with pytest.raises(packing.NotChecked):  # it lay about meanwhile
        seal(order)
    look(order, other)
    packing.put_down(order.number, by=make.BY, at=make.after(minutes=15))
    packing.put_back(order.number, [NewScan("b1", 1, sku="A")], by=make.BY, at=make.after(minutes=15))
    packing.take(order.number, other.pk, by=make.BY, at=make.after(minutes=16))
    with pytest.raises(packing.NothingToCheck):
        look(order, packer)


def test_a_shop_that_does_not_ask_is_not_asked(packer):
    assert not Shop.current().second_check
    assert seal(picked(packer)).status == "packed"


def test_the_second_person_confirms_on_their_own_screen_or_by_api(careful, packer):
    order, other = picked(packer), make.packer()
    page = sign_in(packer).get(reverse("packing-sealing", args=[order.number]))
    assert "Nobody else has checked it yet" in text(page)
    refused = sign_in(packer).post(reverse("packing-check", args=[order.number]), headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "All there: confirm" in text(sign_in(other).get(reverse("packing-station", args=[order.number])))

    sign_in(other).post(reverse("packing-check", args=[order.number]))

    page = sign_in(packer).get(reverse("packing-sealing", args=[order.number]))
    assert f"Checked by {other.name}" in text(page)
    assert make.client(packer)("DELETE", f"orders/{order.number}/check").json()["checked_by"] is None
    assert make.client(packer).post(f"orders/{order.number}/check").status_code == 409
    assert make.client(other).post(f"orders/{order.number}/check").json()["checked_by"] == other.pk


def test_at_the_packing_device_a_colleagues_pin_is_enough_and_a_wrong_one_is_not(careful, packer):
    order, other = picked(packer), make.packer()
    station.set_pin(other, "482915")
    device, secret = station.enrol("Table 1", "packing", by=make.owner().subject.actor, at=make.AT)
    client = sign_in(packer)
    client.cookies[station.COOKIE] = secret
    path = reverse("packing-sealing", args=[order.number])
    said = {"places": "1", "p0-weight_g": "900", "second-person": other.pk}
    assert "Their PIN" in text(client.get(path))

    assert client.post(path, said | {"second-pin": "111222"}, headers={"HX-Request": "true"}).status_code == 409
    order.refresh_from_db()
    assert order.status == "picking"
    client.post(path, said | {"second-pin": "482915"})

    order.refresh_from_db()
    assert order.status == "packed"


def test_the_owner_turns_it_on_and_off():
    client = sign_in(make.owner())

    client.post(reverse("packing-rules"), {"second_check": "on"})
    assert Shop.current().second_check
    client.post(reverse("packing-rules"), {})
    assert not Shop.current().second_check


def test_orders_side_by_side_count_their_time_once_and_one_left_lying_two_hours():
    packer, idle = make.packer(), make.packer()
    orders = [picked(packer) for _ in range(3)]  # all from 12:00
    for order, minutes in zip(orders, (20, 30, 60), strict=True):
        packing.seal(order.number, [NewParcel(900)], by=packer.subject.actor, at=make.after(minutes=minutes))
    note_wrong_scan(orders[0].pk, "wrong_item", by=packer.subject.actor, at=make.AT)
    packing.take(make.confirmed(ONE).number, idle.pk, by=idle.subject.actor, at=make.AT)

    first, second = packing.figures(make.AT, make.after(hours=10))

    assert (first.person, first.sealed, first.pieces, first.wrong) == (packer.pk, 3, 6, 1)
    assert (first.time.total_seconds(), first.hourly) == (3600, 3.0)
    assert round(first.wrong_of_hundred, 1) == 16.7
    assert (second.person, second.sealed, second.time.total_seconds()) == (idle.pk, 0, 7200)
    assert packing.figures(make.AT, make.after(minutes=30))[0].time.total_seconds() == 1800, "clipped to what is asked"
    assert packing.figures(make.after(days=1), make.after(days=2)) == []


def test_a_cart_counts_for_its_picker_and_then_for_whoever_packs():
    picker, packer = make.packer(), make.packer()
    order = make.confirmed(ONE)
    rows = make.Order.objects.all()
    batch = packing.start(rows, packing.NewBatch("1"), picker.pk, by=picker.subject.actor, at=make.AT)
    shot = packing.CartShot("e1", "s1", "", "A", 2)
    packing.hear_cart(batch.pk, shot, by=picker.subject.actor, at=make.after(minutes=5))
    packing.hand_on(batch.pk, by=picker.subject.actor, at=make.after(minutes=10))
    packing.take(order.number, packer.pk, by=packer.subject.actor, at=make.after(minutes=40))
    packing.seal(order.number, [NewParcel(900)], by=packer.subject.actor, at=make.after(minutes=60))

    found = {
        row.person: (row.sealed, row.time.total_seconds()) for row in packing.figures(make.AT, make.after(hours=2))
    }

    assert found == {picker.pk: (0, 600), packer.pk: (1, 1200)}


def test_a_packer_sees_their_own_figures_and_a_manager_everybodys(packer):
    other = make.packer()
    for who in (packer, other):
        order = picked(who)
        packing.seal(order.number, [NewParcel(900)], by=who.subject.actor, at=make.after(minutes=30))
    path = "packing/packers?day=2026-11-23"

    assert [row["person"] for row in make.client(packer).get(path).json()["results"]] == [packer.pk]
    everybody = make.client(make.manager()).get(path).json()["results"]
    assert {row["person"]: row["orders_an_hour"] for row in everybody} == {packer.pk: "2.00", other.pk: "2.00"}
    page = text(sign_in(make.owner()).get(reverse("packing-packers")))
    assert "What is counted" in page
    assert "Report on packing" in page
