"""Pages of goods on their way, of what to watch, and of counting by list: each door does its one deed."""

import io
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from orders import counts, expecting, receiving, shelf, transfers
from orders.models import (
    CountLine,
    CountProposal,
    ExpectedReceipt,
    Location,
    PlaceLevel,
    ReceiptPaper,
    Shop,
    StockCount,
    Transfer,
)
from shopdesk.base.periods import shop_day
from tests import make, printed

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(make.manager())
    return client


@pytest.fixture
def packer(client):
    client.force_login(make.packer())
    return client


@pytest.fixture
def two_places():
    make.product("CUP", on_hand=9, name="Cup")
    return Location.objects.create(code="SOUTH", name="South", position=1)


def test_goods_are_sent_and_arrive_by_line(boss, two_places):
    assert "There is one location only" not in boss.get("/stock/transfers").content.decode()
    sent = boss.post("/stock/transfers/new", {"source": "MAIN", "target": "SOUTH", "lines": "CUP 3\nCUP"})
    transfer = Transfer.objects.get()
    assert (sent.status_code, sent.url) == (302, f"/stock/transfers/{transfer.pk}")
    line = transfer.lines.get()
    assert line.quantity == 4
    page = boss.get(sent.url).content.decode()
    assert "All of it arrived" in page
    boss.post(f"{sent.url}/arrival", {"line": line.pk, "quantity": 1, "bin": "MAIN"})
    line.refresh_from_db()
    assert line.received == 1
    boss.post(f"{sent.url}/loss")
    line.refresh_from_db()
    assert (line.lost, line.left) == (3, 0)
    assert "On the way" in boss.get("/stock/transfers").content.decode()


def test_wrong_lines_say_so_and_nothing_is_sent(boss, two_places):
    page = boss.post("/stock/transfers/new", {"source": "MAIN", "target": "SOUTH", "lines": "CUP 0"})
    assert "This line is not understood: CUP 0" in page.content.decode()
    refused = boss.post("/stock/transfers/new", {"source": "MAIN", "target": "MAIN", "lines": "CUP 1"})
    assert refused.status_code == 409
    assert not Transfer.objects.exists()


def test_packer_receives_but_writes_nothing_off(packer, two_places):
    sent = transfers.send([transfers.Sent("CUP", 2)], source="MAIN", target="SOUTH", by=make.BY, at=make.AT)
    assert packer.post(f"/stock/transfers/{sent.pk}/loss").status_code in {403, 404}
    packer.post(f"/stock/transfers/{sent.pk}/arrival", {"all": "1"})
    sent.refresh_from_db()
    assert sent.state == "received"


def test_expected_goods_are_noted_received_and_closed(boss):
    product = make.product("CUP", name="Cup")
    answer = boss.post("/stock/expected/new", {"supplier": "Mill", "reference": "PO-1", "lines": "CUP 5 12,50"})
    expected = ExpectedReceipt.objects.get()
    assert answer.url == f"/stock/expected/{expected.pk}"
    assert expected.lines.get().unit_cost_minor == 1250
    form = boss.get(f"/stock/receipts/new?expected={expected.pk}").content.decode()
    assert f'name="expected" value="{expected.pk}"' in form
    booked = boss.post(
        "/stock/receipts/new",
        {"expected": expected.pk, "invoice": "INV-7", "sku": "CUP", "quantity": "7", "cost": "", "bin": "MAIN"},
    )
    assert booked.status_code == 302
    receipt = expected.receipts.get()
    assert (receipt.invoice, receipt.supplier, receipt.lines.get().unit_cost_minor) == ("INV-7", "Mill", 1250)
    assert "2 over" in boss.get(answer.url).content.decode()
    boss.post(f"{answer.url}/end")
    expected.refresh_from_db()
    assert expected.state == "closed"
    assert "Mill" in boss.get("/stock/expected").content.decode()
    product.refresh_from_db()
    assert product.cost_minor == 1250


def test_what_to_watch_shows_each_list_and_an_alarm(boss):
    make.product("CUP", on_hand=1, min_stock=4, name="Cup")
    assert "Cup" in boss.get("/stock/watch").content.decode()
    assert "Nothing runs low" in boss.get("/stock/watch?view=low").content.decode()
    assert "Everything that lies here is sold" in boss.get("/stock/watch?view=dead").content.decode()
    prefilled = boss.get("/stock/expected/new?line=CUP+3").content.decode()
    assert "CUP 3</textarea>" in prefilled


def test_shelf_of_a_past_day_and_the_whole_ledger(boss):
    make.product("CUP", on_hand=5, name="Cup", at=timezone.now() - timedelta(days=3))
    day = (timezone.now() - timedelta(days=10)).date().isoformat()
    assert "<b>0</b>" in boss.get(f"/stock/then?day={day}").content.decode()
    assert "<b>5</b>" in boss.get("/stock/then").content.decode()
    assert "Cup" in boss.get("/stock/moves?why=receipt&q=cup").content.decode()
    assert "Nothing is found" in boss.get("/stock/moves?why=picked").content.decode()


@pytest.mark.parametrize("path", ["/stock/moves", "/stock/then", "/stock/watch", "/stock/transfers", "/counts/today"])
def test_queries_do_not_grow_with_rows(boss, path, django_assert_max_num_queries):
    for n in range(2):
        make.product(f"P{n}", on_hand=3, min_stock=9)
    day = timezone.localdate()
    for level in PlaceLevel.objects.filter(place__kind="bin"):
        CountProposal.objects.create(
            location_id="MAIN", day=day, product=level.product, place=level.place, score=9, parts={"never": 9}
        )
    boss.get(path)
    caches["nearby"].clear()
    with django_assert_max_num_queries(60) as few:
        boss.get(path)
    for n in range(20):
        make.fill(make.product(f"Q{n}", min_stock=9), 3)
    caches["nearby"].clear()
    with django_assert_max_num_queries(len(few)):
        boss.get(path)


def test_proposals_of_today_become_a_count(boss):
    make.product("CUP", on_hand=5, name="Cup")
    now = timezone.now()
    counts.propose("MAIN", day=shop_day(now, Shop.current().zone), at=now)
    assert "never counted" in boss.get("/counts/today").content.decode()
    answer = boss.post("/counts/today/count", {"location": "MAIN"})
    count = StockCount.objects.get()
    assert (count.kind, answer.url) == ("cycle", f"/counts/{count.pk}")
    assert "Cup" in boss.get(answer.url).content.decode()


def test_named_products_are_counted_by_sheet_and_table(boss):
    make.product("CUP", on_hand=5, name="Cup", at=timezone.now() - timedelta(days=1))
    make.product("POT", on_hand=5, name="Pot")
    answer = boss.post("/counts/list", {"skus": "CUP"})
    sheet = boss.post(f"{answer.url}/sheet")
    text = printed.read(sheet.content)[0].text
    assert "CUP" in text
    assert "POT" not in text
    table = SimpleUploadedFile("sheet.csv", b"sku,bin,counted\nCUP,MAIN,5\n")
    boss.post(f"{answer.url}/table", {"table": table})
    assert CountLine.objects.get().variance == 0
    wrong = SimpleUploadedFile("sheet.csv", b"sku,bin,counted\nPOT,MAIN,5\n")
    assert boss.post(f"{answer.url}/table", {"table": wrong}).status_code == 409
    assert boss.post(f"{answer.url}/table", {"table": io.BytesIO(b"x")}).status_code == 409


def test_nothing_expected_is_refused_by_the_form(boss):
    assert "field is required" in boss.post("/stock/expected/new", {"supplier": "Mill", "lines": ""}).content.decode()
    assert not expecting.ExpectedReceipt.objects.exists()


def test_second_warehouse_is_put_up_once(boss):
    make.product("CUP", on_hand=1)
    new = {"code": "SOUTH", "name": "South", "near": "Sochi", "serves": "on"}
    assert boss.post("/stock/locations", new).status_code == 302
    made = Location.objects.get(pk="SOUTH")
    assert (made.near, made.serves, made.position) == ("sochi", True, 1)
    assert made.places.get().code == "MAIN"
    assert boss.post("/stock/locations", new).status_code == 409
    assert "South" in boss.get("/stock/locations").content.decode()


def test_card_proposes_where_a_short_order_is_served_from(boss, two_places):
    order = make.order([("CUP", 12, "10.00")])
    make.fill(make.product("POT"), 3)
    split = boss.get(f"/orders/{order.pk}/sourcing").content.decode()
    assert "It could be split" in split
    assert "CUP × 9" in split
    assert "CUP × 3" in split  # nowhere
    transfer = transfers.send([transfers.Sent("POT", 3)], source="MAIN", target="SOUTH", by=make.BY, at=make.AT)
    transfers.receive(transfer.pk, [transfers.Arrived("POT", 3)], by=make.BY, at=make.AT)
    other = make.order([("POT", 2, "10.00")])
    assert other.location_id == "SOUTH"
    boss.post(f"/orders/{other.pk}/location", {"location": "MAIN"})
    other.refresh_from_db()
    assert other.location_id == "MAIN"
    assert "Serve it from SOUTH" in boss.get(f"/orders/{other.pk}/sourcing").content.decode()
    assert boss.post(f"/orders/{other.pk}/location", {"location": "NORTH"}).status_code == 404


def test_bill_of_a_receipt_is_kept_once_and_given_back_as_a_file(boss):
    make.product("CUP")
    booked = receiving.receive(receiving.NewReceipt([receiving.NewLine("CUP", 1, 100)]), by=make.BY, at=make.AT)
    path = f"/stock/receipts/{booked.receipt.pk}"
    for _time in range(2):
        boss.post(f"{path}/papers", {"paper": SimpleUploadedFile("bill.pdf", b"%PDF-1.4\n1 0 obj\n%%EOF")})
    paper = ReceiptPaper.objects.get()
    given = boss.get(f"{path}/papers/{paper.pk}")
    assert given.content.startswith(b"%PDF-1.4")
    assert given["Content-Disposition"].startswith("attachment")
    assert f"{path}/papers/{paper.pk}" in boss.get(path).content.decode()
    assert boss.get(f"/stock/receipts/999/papers/{paper.pk}").status_code == 404
    page = SimpleUploadedFile("bill.pdf", b"<html>")
    assert boss.post(f"{path}/papers", {"paper": page}).status_code == 409
    assert boss.post(f"{path}/papers").status_code in {400, 422}


def test_bins_of_every_location_are_shown_and_put_up(boss):
    shelf.make_location(shelf.NewLocation("FAR", "Far"), by=make.BY, at=make.AT)
    assert boss.post("/stock/bins", {"code": "F-1", "location": "FAR"}).status_code == 302
    rows = boss.get("/stock/bins").context["rows"]
    assert ("FAR", "F-1") in [(row.location_id, row.code) for row in rows]
    assert boss.post("/stock/bins", {"code": "X-1", "location": "NOWHERE"}).status_code == 200  # said on the form
    assert not rows.filter(code="X-1").exists()
