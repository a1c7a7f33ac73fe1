"""Labels on screen and at the JSON door: on one order, on several with undo, and the owner's page."""

import re

import pytest
from django.test import Client

from orders import labels
from orders.labels import NewLabel
from orders.models import Order, StatusLabel
from orders.status import Status
from shopdesk.base.access import Actor
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OWNER = Actor("person", 1)


@pytest.fixture
def gift():
    new = NewLabel(Status.NEW, "Gift", names={"ru": "Подарок"}, colour="good")
    return labels.make(new, by=OWNER, at=make.AT)


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


def labelled():
    return set(Order.objects.exclude(label=None).values_list("number", flat=True))


def test_the_card_offers_the_labels_of_the_order_s_status(gift):
    order = make.order()
    labels.make(NewLabel(Status.PACKED, "On the shelf by the door"), by=OWNER, at=make.AT)
    browser = browser_of(make.manager())

    page = browser.get(f"/orders/{order.number}").content.decode()
    assert "Gift" in page
    assert "On the shelf by the door" not in page

    browser.post(f"/orders/{order.number}/label", {"label": gift.pk})
    assert '<span class="chip" data-tone="good">Gift</span>' in browser.get(f"/orders/{order.number}").content.decode()


def test_a_person_reads_the_name_in_their_own_language(gift):
    order = make.order()
    labels.put_on(order.number, gift.pk, by=OWNER, at=make.AT)

    page = browser_of(make.manager(language="ru")).get("/orders").content.decode()

    assert "Подарок" in page


def test_several_orders_are_labelled_what_is_refused_is_named_and_undo_takes_back_the_rest(gift):
    one, two, packed = make.order(), make.order(), make.confirmed()
    browser = browser_of(make.manager())
    numbers = [one.number, two.number, packed.number]

    browser.post("/orders/labels", {"number": numbers, "label": gift.pk})

    assert labelled() == {one.number, two.number}
    page = browser.get("/orders").content.decode()
    assert f"Order {packed.number} is confirmed" in page
    undo = re.search(r'action="(/orders/labels/undo\?done=[^"]+)"', page).group(1)
    labels.put_on(two.number, None, by=OWNER, at=make.AT)
    labels.put_on(two.number, gift.pk, by=OWNER, at=make.AT)

    browser.post(undo)

    assert labelled() == set()


def test_undo_leaves_what_somebody_else_changed_and_names_it(gift):
    order = make.order()
    other = labels.make(NewLabel(Status.NEW, "Other"), by=OWNER, at=make.AT)
    browser = browser_of(make.manager())
    browser.post("/orders/labels", {"number": [order.number], "label": gift.pk})
    undo = re.search(r'action="(/orders/labels/undo[^"]+)"', browser.get("/orders").content.decode()).group(1)
    labels.put_on(order.number, other.pk, by=OWNER, at=make.AT)

    browser.post(undo)

    assert Order.objects.get(pk=order.pk).label == other
    assert f"Changed by others since: {order.number}." in browser.get("/orders").content.decode()


def test_a_forged_undo_is_refused(gift):
    assert browser_of(make.manager()).post("/orders/labels/undo?done=eyJ4IjoxfQ:1:x").status_code == 400


def test_the_list_is_narrowed_to_a_label(gift):
    marked, _plain = make.order(), make.order()
    labels.put_on(marked.number, gift.pk, by=OWNER, at=make.AT)

    page = browser_of(make.manager()).get("/orders?label=gift").content.decode()

    assert re.findall(r'data-row="(\d+)"', page) == [str(marked.number)]


def test_the_owner_makes_changes_and_takes_away_labels():
    browser = browser_of(make.owner())

    browser.post("/settings/labels", {"status": "new", "name": "Gift", "position": 1, "name_ru": "Подарок"})
    row = StatusLabel.objects.get()
    assert (row.code, row.names) == ("gift", {"ru": "Подарок"})
    browser.post(f"/settings/labels/{row.pk}", {"name": "Present", "position": 2, "colour": "wait"})
    row.refresh_from_db()
    assert (row.name, row.colour, row.code) == ("Present", "wait", "gift")
    assert "Present" in browser.get("/settings/labels").content.decode()
    browser.post(f"/settings/labels/{row.pk}/removal")
    assert browser.get(f"/settings/labels/{row.pk}").status_code == 404


def test_a_manager_labels_orders_but_makes_no_labels(gift):
    browser = browser_of(make.manager())

    assert browser.get("/settings/labels").status_code == 404
    assert browser.post("/settings/labels", {"status": "new", "name": "X", "position": 1}).status_code == 404


def test_the_json_door_lists_puts_on_and_takes_off(gift):
    order, api = make.order(), make.client(make.manager())

    assert [one["code"] for one in api.get("labels").json()["results"]] == ["gift"]
    assert api("PUT", f"orders/{order.number}/label", {"code": "gift"}).json()["label"] == {
        "code": "gift", "name": "Gift",
    }  # fmt: skip
    assert [one["number"] for one in api.get("orders?label=gift").json()["results"]] == [order.number]
    assert api("DELETE", f"orders/{order.number}/label").json()["label"] is None
    assert api("PUT", f"orders/{order.number}/label", {"code": "nothing"}).status_code == 400


def test_a_storefront_labels_nothing(gift):
    order = make.order()

    assert make.client(make.channel())("PUT", f"orders/{order.number}/label", {"code": "gift"}).status_code == 403
