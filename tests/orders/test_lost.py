"""Lost demand: enquiries, substitutes and orders that ended for want of goods, added up by product."""

import pytest
from django.test import Client

from orders import changes, lost, telephony
from orders.models import Substitute
from orders.status import CancelReason
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def asked(at=make.AT, **said):
    telephony.note_enquiry(telephony.NewEnquiry(**said), by=make.BY, person=0, at=at)


def test_what_was_wanted_and_not_there_adds_up():
    lamp, cup = make.product("LAMP", on_hand=0, name="Lamp"), make.product("CUP", on_hand=9, name="Cup")
    Substitute.objects.create(product=lamp, instead=cup)
    asked(product=lamp.pk, quantity=2)
    asked(product=lamp.pk, quantity=1, at=make.after(hours=1))
    asked(product=cup.pk, quantity=3)  # there was enough
    asked(asked="A  blue Vase")
    asked(asked="a blue vase", quantity=4)
    asked(product=lamp.pk, quantity=50, at=make.after(days=-40))
    order = make.order([("LAMP", 3, "100.00")])
    line = order.lines.get()
    swap = [changes.LineEdit(1, id=line.pk), changes.LineEdit(2, sku="CUP", instead_of="LAMP")]
    changes.edit(order.pk, changes.Edit(lines=swap), version=order.version, by=make.BY, at=make.AT)
    ended = make.order([("LAMP", 5, "100.00")], phone="+79031112233")
    changes.cancel(ended.pk, CancelReason.OUT_OF_STOCK, by=make.BY, at=make.AT)
    make.order([("LAMP", 7, "100.00")], phone="+79031112244")  # it still waits: nothing is lost

    found = lost.see_lost(at=make.after(hours=2))

    told = [(row.sku or row.words, row.times, row.asked, row.swapped, row.lowered, row.ended) for row in found]
    assert told == [("LAMP", 2, 3, 2, 0, 5), ("a blue vase", 2, 5, 0, 0, 0)]
    assert found[0].pieces == 10


def test_page_tells_it_and_teaches_when_nothing_was_lost():
    make.shop(language="en")
    desk = Client()
    desk.force_login(make.owner())
    assert "Nobody asked in vain" in desk.get("/stock/watch?view=lost").content.decode()
    asked(asked="a blue vase")

    assert desk.get("/stock/watch?view=lost").status_code == 200
