"""The scale: what a parcel should weigh, what scales type, and who answers when the two differ."""

import pytest
from django.urls import reverse

from orders import packing
from orders.models import JournalEvent, Parcel, Shop
from orders.packing import NewParcel, weighing
from shopdesk.people import station
from tests import make
from tests.orders.web.test_packing import sign_in, text

pytestmark = pytest.mark.django_db
BY, AT = make.BY, make.AT


@pytest.fixture(autouse=True)
def shelf():
    make.shop(weight_tolerance_percent=10, weight_tolerance_g=100, packaging_g=50)
    make.product("A", 50, weight_g=1000)
    make.product("B", 50, weight_g=200)
    make.product("NONE", 50)


def picked(items=(("A", 2, "100.00"),)):
    return make.picked(items)


def seal(order, *parcels):
    return packing.seal(order.number, list(parcels), by=BY, at=AT)


@pytest.mark.parametrize(
    ("grams", "is_right"),
    [(2050, True), (2255, True), (2256, False), (1845, True), (1844, False)],  # 2 · 1000 + 50, a tenth of it off
)
def test_a_parcel_may_be_off_by_so_much(grams, is_right):
    order = picked()
    if is_right:
        assert seal(order, NewParcel(grams)).status == "packed"
        return
    with pytest.raises(packing.WeightOff) as refused:
        seal(order, NewParcel(grams))
    assert refused.value.detail["odd"] == [{"place": 1, "weight_g": grams, "expected_g": 2050}]
    order.refresh_from_db()
    assert order.status == "picking"
    assert not Parcel.objects.exists()


def test_a_light_parcel_is_measured_by_grams_not_by_its_share():
    order = picked([("B", 1, "100.00")])  # 250 g: a tenth of it is less than the scale's own error

    assert seal(order, NewParcel(350)).status == "packed"
    with pytest.raises(packing.WeightOff):
        seal(picked([("B", 1, "100.00")]), NewParcel(351))


def test_nothing_is_asked_where_a_piece_has_no_weight_or_the_shop_does_not_ask():
    assert seal(picked([("A", 1, "1.00"), ("NONE", 1, "1.00")]), NewParcel(9)).status == "packed"
    make.shop(weight_tolerance_percent=0, weight_tolerance_g=0)
    assert seal(picked(), NewParcel(9)).status == "packed"


def test_without_the_question_a_wrong_parcel_is_sealed(monkeypatch):
    """Negative control: it is the scale that stops it, nothing else."""
    monkeypatch.setattr(weighing, "settle", lambda *_order, **_who: None)

    assert seal(picked(), NewParcel(9)).status == "packed"


def test_a_reason_answers_and_is_journalled():
    order = picked()
    with pytest.raises(packing.WeightOff):
        seal(order, NewParcel(3000, why_weight="whim"))

    seal(order, NewParcel(3000, why_weight="extra"))

    event = JournalEvent.objects.get(kind="order.weight_confirmed")
    assert event.data == {"parcels": [[1, 3000, 2050, "extra"]], "looked": 0}
    assert event.order_id == order.number


def test_each_of_several_parcels_is_weighed_by_what_lies_in_it():
    order = picked([("A", 1, "100.00"), ("B", 1, "50.00")])
    first, second = {"items": [("A", 1)]}, {"items": [("B", 1)]}
    with pytest.raises(packing.WeightOff) as refused:
        seal(order, NewParcel(250, **first), NewParcel(1050, **second))  # the two boxes were taken for each other
    assert [one["place"] for one in refused.value.detail["odd"]] == [1, 2]

    with pytest.raises(packing.WeightOff) as refused:
        seal(order, NewParcel(1050, **first), NewParcel(900, **second))
    assert [one["place"] for one in refused.value.detail["odd"]] == [2]
    assert seal(order, NewParcel(1050, **first), NewParcel(250, **second)).status == "packed"


def test_a_second_person_answers_who_has_looked():
    order, other = picked(), make.packer()
    said = NewParcel(3000, why_weight="looked")
    with pytest.raises(packing.NotChecked):
        seal(order, said)

    packing.check(order.number, other.pk, by=other.subject.actor, at=AT)
    with pytest.raises(packing.WeightOff):  # they have not been asked about the weight
        seal(order, NewParcel(3000))
    seal(order, said)

    assert JournalEvent.objects.get(kind="order.weight_confirmed").data["looked"] == other.pk


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("1234", 1234), ("1234 g", 1234), ("1.234", 1234), ("1,234", 1234), ("1.2 kg", 1200), ("1,234 кг", 1234),
        ("  2 kg", 2000), ("ST,GS,+  1.234kg", 1234), ("ST,NT,+00850 g", 850), ("850 гр.", 850), ("0.3", 300),
        ("S 12.5 g", 12), ("G 1.5kg", 1500),
    ],
)  # fmt: skip
def test_what_scales_type_is_read(typed, grams):
    assert packing.read_scale(typed) == grams


@pytest.mark.parametrize("typed", ["", "kg", "-5", "1.2.3", "0", "2000 kg", "4600000000017", "1 lb", "ST,GS,"])
def test_what_is_no_weight_is_refused(typed):
    with pytest.raises(packing.UnreadableWeight):
        packing.read_scale(typed)


def test_a_scale_that_still_moves_is_not_believed():
    with pytest.raises(packing.ScaleMoves):
        packing.read_scale("US,GS,+  1.234kg")


# --- the station ---


def test_the_station_stops_and_asks_and_keeps_what_was_typed():
    packer = make.packer()
    order = packing.take(make.confirmed([("A", 2, "100.00")]).number, packer.pk, by=BY, at=AT)
    packing.scan(order.number, [packing.NewScan("e", 2, sku="A")], by=BY, at=AT)
    client, path = sign_in(packer), reverse("packing-sealing", args=[order.number])
    assert "2,050 g" in text(client.get(path))
    said = {"places": "1", "p0-weight_g": "3.5 kg", "p0-length_mm": "300"}

    asked = client.post(path, said, headers={"HX-Request": "true"})

    words = text(asked)
    assert "The scale says otherwise" in words
    assert "3,500 g" in words
    assert 'value="3.5 kg"' in asked.content.decode()
    assert 'value="300"' in asked.content.decode()
    order.refresh_from_db()
    assert order.status == "picking"
    assert "p0-why_weight" in asked.content.decode()

    client.post(path, said | {"p0-weight_g": "ST,GS,+ 2.051kg"})  # weighed again
    assert Parcel.objects.get().weight_g == 2051


def test_at_the_packing_device_a_colleagues_pin_answers_for_the_weight():
    packer, other = make.packer(), make.packer()
    order = packing.take(make.confirmed([("A", 2, "100.00")]).number, packer.pk, by=BY, at=AT)
    packing.scan(order.number, [packing.NewScan("e", 2, sku="A")], by=BY, at=AT)
    station.set_pin(other, "482915")
    _device, secret = station.enrol("Table 1", "packing", by=make.owner().subject.actor, at=AT)
    client, path = sign_in(packer), reverse("packing-sealing", args=[order.number])
    client.cookies[station.COOKIE] = secret
    said = {"places": "1", "p0-weight_g": "3500"}
    assert "Their PIN" not in text(client.get(path))
    assert "Their PIN" in text(client.post(path, said, headers={"HX-Request": "true"}))

    client.post(path, said | {"p0-why_weight": "", "second-person": other.pk, "second-pin": "482915"})

    assert JournalEvent.objects.get(kind="order.weight_confirmed").data["looked"] == other.pk


def test_programs_are_asked_the_same():
    packer = make.packer()
    order = packing.take(make.confirmed([("A", 2, "100.00")]).number, packer.pk, by=BY, at=AT)
    packing.scan(order.number, [packing.NewScan("e", 2, sku="A")], by=BY, at=AT)
    ask, path = make.client(packer), f"orders/{order.number}/parcels"

    refused = ask.post(path, {"parcels": [{"weight_g": 9}]})

    assert (refused.status_code, refused.json()["odd"][0]["expected_g"]) == (409, 2050)
    assert ask.post(path, {"parcels": [{"weight_g": 9, "why_weight": "whim"}]}).status_code == 400
    assert ask.post(path, {"parcels": [{"weight_g": 9, "why_weight": "catalogue"}]}).status_code == 201


def test_the_owner_says_how_far_off_a_parcel_may_be():
    client = sign_in(make.owner())
    said = {"weight_tolerance_percent": "15", "weight_tolerance_g": "70", "packaging_g": "120"}

    client.post(reverse("packing-rules"), said)
    shop = Shop.current()
    assert (shop.weight_tolerance_percent, shop.weight_tolerance_g, shop.packaging_g) == (15, 70, 120)
    assert client.post(reverse("packing-rules"), said | {"packaging_g": "-1"}).status_code == 400
    client.post(reverse("packing-rules"), {})
    shop = Shop.current()
    assert (shop.weight_tolerance_percent, shop.weight_tolerance_g, shop.packaging_g) == (0, 0, 0)
