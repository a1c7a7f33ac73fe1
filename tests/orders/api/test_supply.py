"""JSON doors of goods on their way and of what is to be done at the shelf."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import counts, packing, shelf, transfers, watching
from orders.models import CountProposal, Product
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    make.shop(currency="RUB")
    make.product("A", 10, cost_minor=5_000)
    shelf.make_location(shelf.NewLocation("SOUTH", "South"), by=make.BY, at=make.AT)


def test_goods_are_sent_and_arrive_in_parts():
    api = make.client(make.packer())
    lines = [{"sku": "A", "quantity": 3}]
    sent = api.post("stock/transfers", {"source": "MAIN", "target": "SOUTH", "lines": lines})
    assert sent.status_code == 201
    number = sent.json()["id"]
    came = api.post(f"stock/transfers/{number}/arrival", {"lines": [{"sku": "A", "quantity": 2}]})
    line = {"sku": "A", "quantity": 3, "received": 2, "lost": 0, "on_the_way": 1}
    assert came.json()["lines"] == [line]
    assert api.post(f"stock/transfers/{number}/loss", {}).status_code == 403  # a loss is a manager's
    lost = make.client(make.manager()).post(f"stock/transfers/{number}/loss", {})
    assert lost.json()["state"] == "received"
    listed = api.get("stock/transfers?state=received").json()["results"]
    assert [(row["id"], row["lines"][0]["lost"]) for row in listed] == [(number, 1)]
    assert api.get("stock/transfers/404").status_code == 404


def test_more_than_lies_there_is_refused():
    body = {"source": "MAIN", "target": "SOUTH", "lines": [{"sku": "A", "quantity": 11}]}
    assert make.client(make.packer()).post("stock/transfers", body).status_code == 409


def test_what_is_expected_is_compared_with_what_came():
    api = make.client(make.manager())
    body = {"supplier": "Mill", "reference": "PO-1", "due_on": "2026-12-01",
            "lines": [{"sku": "A", "quantity": 5, "unit_cost": "50.00"}]}  # fmt: skip
    noted = api.post("stock/expected", body)
    assert noted.status_code == 201
    (line,) = noted.json()["lines"]
    assert (line["short"], line["over"], line["unit_cost"]) == (5, 0, "50.00")
    number = noted.json()["id"]
    assert "unit_cost" not in make.client(make.packer()).get(f"stock/expected/{number}").json()["lines"][0]
    assert api.post(f"stock/expected/{number}/end", {}).json()["state"] == "closed"
    assert api.get("stock/expected?state=open").json()["results"] == []
    assert api.post("stock/expected", body).status_code == 409


def test_low_products_and_what_to_buy():
    Product.objects.update(min_stock=12)
    watching.notice_low(at=make.AT)
    api = make.client(make.manager())
    (low,) = api.get("stock/low").json()["results"]
    assert (low["sku"], low["available"], low["minimum"]) == ("A", 10, 12)
    (buy,) = api.get("stock/buy").json()["results"]
    assert (buy["quantity"], buy["worth"]) == (2, "100.00")
    assert make.client(make.packer()).get("stock/buy").status_code == 403


def test_goods_left_on_the_table_are_listed():
    made = make.picked([("A", 2, "100.00")])
    packing.put_down(made.number, by=make.BY, at=make.AT)
    (row,) = make.client(make.packer()).get("stock/put-back").json()["results"]
    assert (row["number"], row["lines"]) == (made.number, [{"sku": "A", "quantity": 2}])


def test_bins_of_a_location_and_a_new_one():
    api = make.client(make.manager())
    assert api.post("stock/bins", {"code": "S-1", "location": "SOUTH"}).status_code == 201
    assert api.post("stock/bins", {"code": "S-1", "location": "SOUTH"}).status_code == 409
    rows = api.get("stock/bins").json()["results"]
    assert {(row["location"], row["code"], row["pieces"]) for row in rows} == {
        ("MAIN", "MAIN", 10), ("SOUTH", "MAIN", 0), ("SOUTH", "S-1", 0)
    }  # fmt: skip
    assert len(api.get("stock/bins?location=SOUTH").json()["results"]) == 2


def test_proposals_of_today_do_not_say_what_the_books_say(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: make.AT)
    counts.propose("MAIN", day=make.AT.date(), at=make.AT)
    assert CountProposal.objects.count() == 1
    (row,) = make.client(make.packer()).get("stock/proposals").json()["results"]
    assert (row["sku"], row["bin"], row["count"]) == ("A", "MAIN", None)
    assert "on_hand" not in row


def test_queries_do_not_grow_with_the_rows():
    api, asked = make.client(make.manager()), []
    api.get("stock/transfers")  # whoever asks is remembered from now on
    for already in (0, 1):
        for _sent in range(1 + already * 8):
            transfers.send([transfers.Sent("A", 1)], source="MAIN", target="SOUTH", by=make.BY, at=make.AT)
        with CaptureQueriesContext(connection) as caught:
            rows = api.get("stock/transfers").json()["results"]
        asked.append(len(caught))
    assert len(rows) == 10
    assert asked[0] == asked[1]
