"""Pages of the directory of couriers, of how the desk speaks with them, and the hours beside the day."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from delivery.models import CourierAccount, CourierCode, CourierMessage
from orders.models import BuyoutFee, Courier, Order, Slot, SlotDay, Tariff, Zone
from shopdesk.base.wording import money
from tests import make
from tests.walker.bodies import BASKET, MONEY, PERSON

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(make.owner())
    return client


@pytest.fixture
def fast(boss):
    assert boss.post("/settings/couriers", {"code": "fast", "name": "Fast", "kind": "service"}).status_code == 302
    return Courier.objects.get(pk="fast")


def test_a_courier_is_added_and_changed(boss, fast):
    assert boss.post("/settings/couriers", {"code": "fast", "name": "Fast", "kind": "service"}).status_code == 409
    sent = {
        "name": "Faster", "kind": "post", "takes_cod": "on", "needs": ["size", "phone"], "countries": "RU KZ",
        "heaviest_g": "20000", "label": "own", "cutoff": "16:30", "days": "2", "check_after_days": "4",
        "storage_days": "5", "decide_within_hours": "24", "active": "on",
    }  # fmt: skip
    assert boss.post("/settings/couriers/fast", sent).status_code == 302

    fast.refresh_from_db()
    assert (fast.name, fast.takes_cod, fast.delivers_in_part, fast.needs) == ("Faster", True, False, ["phone", "size"])
    assert (fast.cutoff, fast.storage_days, fast.heaviest_g) == (time(16, 30), 5, 20000)
    assert "Faster" in boss.get("/settings/couriers").content.decode()
    assert boss.post("/settings/couriers/fast", {"name": ""}).status_code == 400
    assert boss.get("/settings/couriers/nobody").status_code == 404


def test_fees_for_a_part_and_what_is_exempt(boss, fast):
    fee = {"sum_from_minor": "0", "sum_to_minor": "1000", "fee_minor": "99,50", "fee_permille": "10"}
    assert boss.post("/settings/couriers/fast/parts", fee).status_code == 302
    assert boss.post("/settings/couriers/fast/parts", fee | {"sum_to_minor": "0"}).status_code == 409
    assert boss.post("/settings/couriers/fast/parts", fee | {"fee_permille": "1001"}).status_code == 400
    row = BuyoutFee.objects.get()
    assert (row.sum_from_minor, row.sum_to_minor, row.fee_minor, row.fee_permille) == (0, 1000_00, 99_50, 10)
    page = boss.get("/settings/couriers/fast").content.decode()
    assert money(99_50, "RUB") in page
    assert "10 ‰" in page

    assert boss.post("/settings/couriers/fast/exempt", {"reasons": ["price"], "codes": "77 8/2"}).status_code == 302
    fast.refresh_from_db()
    assert fast.fee_exempt == "price 77 8/2"
    assert boss.post("/settings/couriers/fast/exempt", {"reasons": ["whim"]}).status_code == 400
    assert boss.post("/settings/couriers/fast/exempt", {"codes": "<b>"}).status_code == 400
    assert boss.post(f"/settings/couriers/parts/{row.pk}/end").status_code == 302
    assert boss.post(f"/settings/couriers/parts/{row.pk}/end").status_code == 404
    fast.refresh_from_db()
    assert fast.fee_exempt == "price 77 8/2"


def test_hours_and_days_that_are_otherwise(boss, fast):
    hours = {
        "starts": "10:00",
        "ends": "14:00",
        "capacity": "5",
        "weekdays": "12345",
        "closes_days_before": "1",
        "closes_at": "20:00",
    }
    assert boss.post("/settings/couriers/fast/slots", hours).status_code == 302
    assert boss.post("/settings/couriers/fast/slots", hours).status_code == 409
    assert boss.post("/settings/couriers/fast/slots", hours | {"ends": "09:00"}).status_code == 409
    slot = Slot.objects.get()
    assert (
        boss.post(f"/settings/couriers/slots/{slot.pk}/day", {"on": "2026-12-31", "capacity": "0"}).status_code == 302
    )
    assert SlotDay.objects.get().capacity == 0
    assert "10:00-14:00" in boss.get("/settings/couriers/fast").content.decode()
    assert boss.post(f"/settings/couriers/slots/{slot.pk}/end").status_code == 302
    assert boss.post(f"/settings/couriers/slots/{slot.pk}/end").status_code == 404
    assert "10:00-14:00" not in boss.get("/settings/couriers/fast").content.decode()


def test_prices_and_zones(boss, fast):
    zone = {"code": "mow", "name": "Москва", "places": "city:Москва\nregion:RU-MOW\n"}
    assert boss.post("/settings/couriers/fast/zones", zone).status_code == 302
    assert boss.post("/settings/couriers/fast/zones", zone | {"places": "Москва"}).status_code == 409
    assert Zone.objects.get().places == ["city:Москва", "region:RU-MOW"]
    price = {
        "zone": "mow",
        "charged_minor": "300",
        "cost_minor": "250,50",
        "weight_to_g": "5000",
        "free_from_minor": "3000",
    }
    assert boss.post("/settings/couriers/fast/tariffs", price).status_code == 302
    assert boss.post("/settings/couriers/fast/tariffs", price | {"weight_from_g": "6000"}).status_code == 409
    row = Tariff.objects.get()
    assert (row.charged_minor, row.cost_minor, row.free_from_minor, row.zone_id) == (30000, 25050, 300000, "mow")
    assert (row.charged_vat_bp, row.cost_has_vat) == (0, False)
    rates = {"charged_vat": "20", "charged_has_vat": "on", "cost_vat": "5,25", "declared_permille": "7"}
    for wrong in ({"charged_vat": "101"}, {"cost_vat": "5.255"}, {"cost_vat": "-1"}, {"declared_permille": "1001"}):
        refused = boss.post("/settings/couriers/fast/tariffs", price | rates | wrong)
        assert refused.status_code == 400
    assert boss.post("/settings/couriers/fast/tariffs", price | rates).status_code == 302
    taxed = Tariff.objects.latest("pk")
    assert (taxed.charged_vat_bp, taxed.charged_has_vat, taxed.cost_vat_bp, taxed.cost_has_vat) == (
        2000, True, 525, False,
    )  # fmt: skip
    page = boss.get("/settings/couriers/fast").content.decode()
    assert "VAT 20\N{NO-BREAK SPACE}% in it" in page
    assert "plus VAT 5.25\N{NO-BREAK SPACE}%" in page
    taxed.delete()
    assert boss.post(f"/settings/couriers/tariffs/{row.pk}/end").status_code == 302
    assert not Tariff.objects.exists()


def test_account_secret_and_codes(boss, fast):
    assert boss.get("/settings/couriers/fast/talk").status_code == 200
    account = {
        "adapter": "cdek",
        "login": "shop",
        "secret": "s3cret-word",
        "options": '{"tariff_code": 137}',
        "poll_minutes": "0",
    }
    assert boss.post("/settings/couriers/fast/talk", account).status_code == 302
    assert CourierCode.objects.filter(courier="fast").count() == 21, "its codes come with its language"
    page = boss.post("/settings/couriers/fast/secret").content.decode()
    assert "shown this once" in page
    assert "s3cret-word" not in page + boss.get("/settings/couriers/fast/talk").content.decode()
    assert boss.post("/settings/couriers/fast/codes", {"code": "X1", "means": "delivered"}).status_code == 302
    assert boss.post("/settings/couriers/fast/lists", {"name": "dpd"}).status_code == 302
    assert CourierCode.objects.filter(courier="fast").count() == 62
    assert (
        boss.post("/settings/couriers/fast/talk", account | {"adapter": "own", "poll_minutes": "5"}).status_code == 409
    )
    assert CourierAccount.objects.get().adapter == "cdek"
    row = CourierMessage.objects.create(courier=fast, sha256="x", body="{", state="failed", at=timezone.now())
    assert boss.post(f"/settings/couriers/messages/{row.pk}").status_code == 302
    assert "{" in boss.get("/settings/couriers/fast/talk").content.decode()


def test_only_the_owner_sets_couriers(client, fast):
    client.force_login(make.manager())
    for path in ("/settings/couriers", "/settings/couriers/fast", "/settings/couriers/fast/talk"):
        assert client.get(path).status_code in {403, 404}


def test_hours_stand_beside_the_day_and_are_promised(boss, fast):
    make.product("A", 5)
    htmx = {"HX-Request": "true"}
    assert 'type="text"' in boss.get("/orders/new/slots?courier=fast", headers=htmx).content.decode()
    Slot.objects.create(courier=fast, starts=time(10), ends=time(14), capacity=1, closes_at=time(9))
    day = timezone.localdate() + timedelta(days=5)

    offered = boss.get(f"/orders/new/slots?courier=fast&on={day}", headers=htmx).content.decode()
    assert f'value="{day}/10:00-14:00"' in offered
    typed = PERSON | BASKET | MONEY | {"courier": "fast", "slot": f"{day}/10:00-14:00", "key": "k1"}
    assert boss.post("/orders/new", typed).status_code == 302
    order = Order.objects.get()
    assert (order.promised_on, order.slot) == (day, "10:00-14:00")

    offered = boss.get(f"/orders/new/slots?courier=fast&on={day}", headers=htmx).content.decode()
    assert "disabled" in offered
    kept = boss.get(f"/orders/new/slots?courier=fast&on={day}&slot=10:00-14:00", headers=htmx).content.decode()
    assert "checked" in kept
    refused = boss.post("/orders/new", typed | {"key": "k2", "anyway": "1"})
    assert refused.status_code == 409
    assert Order.objects.count() == 1


def test_the_phone_order_shows_the_tariffs_price_and_takes_it_when_nothing_is_typed(boss, fast):
    make.shop(language="en")
    make.product("A", 5)
    Tariff.objects.create(courier=fast, currency="RUB", charged_minor=30000, cost_minor=25000, free_from_minor=1000000)
    typed = PERSON | BASKET | MONEY | {"courier": "fast", "delivery": "", "currency": "RUB", "key": "k1"}
    counted = boss.post("/orders/new/basket", typed, headers={"HX-Request": "true"}).content.decode()
    price, free_from = money(30000, "RUB"), money(1000000, "RUB")
    assert f"By the tariff: {price}. Free from {free_from} of goods." in counted
    assert "By the tariff" not in boss.post("/orders/new/basket", typed | {"courier": ""}).content.decode()

    assert boss.post("/orders/new", typed).status_code == 302
    order = Order.objects.get()
    assert (order.delivery_minor, order.delivery_by_tariff, order.delivery_cost_minor) == (30000, True, 25000)
    card = boss.get(f"/orders/{order.number}").content.decode()
    assert "by the tariff" in card
    assert "The courier takes" in card
