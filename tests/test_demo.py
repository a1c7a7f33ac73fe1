"""The demo shop: plausible in all its corners, made once, true to every promise, and never in a real shop."""

from datetime import datetime
from io import StringIO
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from delivery.models import Handoff
from orders import queues
from orders.models import CallTask, Channel, Hold, JournalEvent, Order, Parcel, Product, Shop, StockCount
from reports import tasks
from reports.models import Closing
from shopdesk.base import phones
from shopdesk.demo import buyers, making, people
from shopdesk.demo.making import Plan
from shopdesk.management.commands import audit
from shopdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=ZoneInfo("Europe/Moscow"))  # a Friday
SHORT = Plan(days=1)


def demo(*, days: int = SHORT.days, now: datetime = NOW) -> str:
    """Run the command; give what it says."""
    said = StringIO()
    call_command("demo", "--days", str(days), "--now", now.isoformat(), stdout=said, stderr=said)
    return said.getvalue()


def fingerprint() -> list[Any]:
    """Give what two demos of one seed have in common."""
    return list(Order.objects.order_by("number").values_list("status", "contact_name", "total_minor", "placed_at"))


def test_demo_leaves_work_on_every_desk_and_keeps_every_promise():
    said = demo(days=2)

    assert "The demo shop is made" in said
    assert "refused" not in said
    assert people.PASSWORD in said
    statuses = set(Order.objects.values_list("status", flat=True))
    assert statuses >= {"new", "confirmed", "picking", "packed", "handed_over", "cancelled"}
    assert {"bad_phone", "out_of_stock", "duplicate", "awaiting_payment", "bad_address"} <= set(
        Hold.objects.filter(closed_at=None).values_list("reason", flat=True)
    )
    assert CallTask.objects.filter(closed_at=None, stage="callback", due_at__lte=NOW).exists()
    assert CallTask.objects.filter(stage="retry").exists()
    assert {"open", "closed"} <= set(Handoff.objects.values_list("state", flat=True))
    assert StockCount.objects.filter(state="counting").exists()
    assert queues.to_put_back(Order.objects.all()).exists()
    assert set(Order.objects.values_list("channel", flat=True)) >= {"shop", "market"}
    assert [result for result in audit.run(audit.all_checks()) if result["violations"]] == []
    assert not Parcel.objects.filter(weight_g__lt=100).exists()
    assert not JournalEvent.objects.filter(at__gt=NOW).exists()


def test_demo_is_made_once():
    demo()
    before = (fingerprint(), Product.objects.count(), User.objects.count(), JournalEvent.objects.count())

    assert "nothing was added" in demo()

    assert (fingerprint(), Product.objects.count(), User.objects.count(), JournalEvent.objects.count()) == before


# The demo's dice know the rows' numbers, and PostgreSQL takes no number back when a deed is done again.
@pytest.mark.once
def test_demo_that_was_cut_short_goes_on_to_the_same_end():
    with make.undone():
        demo()
        whole = fingerprint()

    class Cut(Exception):
        pass

    def stop(done: int, _whole: int) -> None:
        if done == 12:
            raise Cut

    with pytest.raises(Cut):
        making.make(SHORT, now=NOW, say=stop)
    assert Shop.current().in_the_making
    demo(now=NOW.replace(hour=19))

    assert fingerprint() == whole
    assert not Shop.current().in_the_making


def test_demo_is_not_made_where_somebody_works():
    """Each of an order, a product and a person is enough; nothing is added then."""
    for something in (make.order, lambda: make.product("REAL"), make.owner):
        with make.undone():
            something()
            orders, products = Order.objects.count(), Product.objects.count()
            with pytest.raises(CommandError, match="Somebody works in this desk already"):
                demo()
            assert not Shop.current().demo
            assert (Order.objects.count(), Product.objects.count()) == (orders, products)
            assert not User.objects.filter(email__endswith=people.DOMAIN).exists()


def test_order_of_another_channel_ends_the_demo():
    make.shop(demo=True)
    make.channel("real")
    make.order(channel=Channel.objects.get(pk="real"))

    with pytest.raises(CommandError, match="Somebody works"):
        demo()


def test_no_day_is_closed_while_the_past_is_being_written():
    make.order(at=make.after(days=-400))
    make.shop(demo=True, demo_done=3, demo_whole=9)
    assert tasks.nightly_close() == 0
    assert not Closing.objects.exists()

    # Negative control: once it is made, the day is closed.
    make.shop(demo_done=9)
    assert tasks.nightly_close() > 0


def test_everybody_may_sign_in_and_reads_how_while_it_is_a_demo():
    people.hire(make.shop())
    page = Client().get("/accounts/login/")
    assert people.PASSWORD not in page.text

    make.shop(demo=True)
    page = Client().get("/accounts/login/")

    assert people.PASSWORD in page.text
    for mail in people.emails():
        assert mail in page.text
        assert Client().login(email=mail, password=people.PASSWORD)


def test_banner_tells_how_far_it_is():
    make.shop(demo=True, demo_done=3, demo_whole=9)
    assert "3" in Client().get("/accounts/login/").text
    assert "deeds are done" in Client().get("/accounts/login/").text

    make.shop(demo_done=9)
    assert "deeds are done" not in Client().get("/accounts/login/").text


def test_phones_of_buyers_are_read_and_belong_to_nobody():
    for number, home in product(range(buyers.HOW_MANY), ("RU", "BG", "DE")):
        (phone,) = phones.read(buyers.buyer(1, number, home).phone, home)
        assert phone.dialable
        assert "000" in phone.e164 or phone.e164.startswith("+120255501")
