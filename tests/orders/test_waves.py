"""Waves: what goes by which cut-off stands together, late ones first, and is printed in one act."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import printing, waves
from orders.models import JournalEvent, Order, PrintRun
from shopdesk.base.errors import Missing
from tests import make
from tests.orders.web.test_packing import sign_in, text

pytestmark = pytest.mark.django_db
TODAY = make.AT.date()


@pytest.fixture(autouse=True)
def noon():
    make.product("A", 100)
    with time_machine.travel(make.AT, tick=False):
        yield


def ordered(courier, on=TODAY, pieces=2):
    made = make.confirmed([("A", pieces, "129.00")], **({"courier": courier} if courier else {}))
    Order.objects.filter(pk=made.pk).update(ship_on=on)
    return made.number


def seen(at=make.AT):
    return waves.waves(Order.objects.all(), TODAY, at=at)


def test_orders_stand_by_day_and_cut_off_and_late_ones_come_first():
    for code, hour in (("noon", "11:30"), ("cdek", "18:00"), ("own", "18:00")):
        make.courier(code, cutoff=hour)
    ordered("own"), ordered("cdek", pieces=3), ordered("noon"), ordered("")
    ordered("own", TODAY - timedelta(days=1))
    ordered("own", TODAY + timedelta(days=1))

    found = seen()

    assert [(wave.key, list(wave.couriers), wave.orders, wave.pieces, wave.late) for wave in found] == [
        ("2026-11-22T18:00", ["own"], 1, 2, True), ("2026-11-23T11:30", ["noon"], 1, 2, True),
        ("2026-11-23T18:00", ["cdek", "own"], 2, 5, False), ("2026-11-23T", [], 1, 2, False),
    ]  # fmt: skip
    assert sum(wave.orders for wave in found) == waves.queues.to_pack(Order.objects.all(), TODAY).count()
    assert waves.ahead(Order.objects.all(), TODAY) == [(TODAY + timedelta(days=1), 1)]
    assert [wave.late for wave in seen(make.after(hours=7))] == [True, True, True, False]


def test_one_act_prints_a_wave_and_only_what_is_new_of_it():
    make.courier("own", cutoff="18:00")
    first, other = ordered("own"), ordered("")
    client = sign_in(make.packer())

    client.post(reverse("packing-wave"), {"wave": "2026-11-23T18:00"})
    while printing.draw_next(at=make.AT):
        pass
    assert PrintRun.objects.get().numbers == [first]
    assert JournalEvent.objects.get(kind="order.printed").order_id == first
    assert [(wave.orders, wave.unprinted) for wave in seen()] == [(1, 0), (1, 1)]
    second = ordered("own")
    client.post(reverse("packing-wave"), {"wave": "2026-11-23T18:00"})
    assert PrintRun.objects.latest("pk").numbers == [second], "the first one's list is printed already"
    assert other not in PrintRun.objects.latest("pk").numbers


def test_a_cart_and_the_queue_take_one_wave():
    make.courier("own", cutoff="18:00")
    mine, other = ordered("own"), ordered("")
    packer = make.packer()
    client = sign_in(packer)

    page = client.get(reverse("packing"), {"wave": "2026-11-23T"}).content.decode()
    assert f'data-row="{other}"' in page
    assert f'data-row="{mine}"' not in page
    assert "Only what goes" in page
    cart = make.client(packer).post("packing/carts", {"cart": "1", "wave": "2026-11-23T18:00"}).json()
    assert [slot["order"] for slot in cart["slots"]] == [mine]
    listed = make.client(packer).get("packing/waves").json()["results"]
    assert [(one["key"], one["orders"]) for one in listed] == [("2026-11-23T", 1)]
    assert "2 pieces" in text(client.get(reverse("packing")))


@pytest.mark.parametrize("key", ["yesterday", "2026-13-01T", "2026-11-23T99:00"])
def test_what_is_no_wave_is_missing(key):
    with pytest.raises(Missing):
        waves.in_wave(Order.objects.all(), key, TODAY)


def test_waves_cost_the_same_however_many_orders_there_are():
    counts = []
    for _ in range(2):
        [ordered("") for _ in range(3)]
        with CaptureQueriesContext(connection) as asked:
            seen()
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 4
