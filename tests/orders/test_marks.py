"""Marking codes and serial numbers: read in every form in which scanners send them, kept once, given back."""

import pytest
from django.urls import reverse

from orders import changes, packing
from orders.marks import GS, BrokenMark, looks_like_mark, read_mark
from orders.models import Barcode, JournalEvent, OrderLine, PieceCode
from orders.packing import NewParcel, NewScan
from orders.status import CancelReason
from tests import make
from tests.orders.web.test_packing import shoot, sign_in, taken, text

pytestmark = pytest.mark.django_db
GTIN = "04600000000015"
SERIAL, KEY, SIGNATURE = "5'D!a8kQ2\"x/b", "EE06", "dGVzdA" * 7 + "0="


def mark(serial=SERIAL, gtin=GTIN):
    return f"01{gtin}21{serial}{GS}91{KEY}{GS}92{SIGNATURE}"


FULL = mark()
ON_RUSSIAN_KEYS = str.maketrans(
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?^",
    "йцукенгшщзхъфывапролджэячсмитьбю.ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,:",
)


@pytest.mark.parametrize(
    "sent",
    [
        FULL, "]d2" + FULL, GS + FULL, FULL + "\n", FULL.replace(GS, "␝"), FULL.replace(GS, "^]"),
        FULL.replace(GS, "<GS>"),
        FULL.replace(GS, "\\x1d"), FULL.replace(GS, ""), f"(01){GTIN}(21){SERIAL}(91){KEY}(92){SIGNATURE}",
        FULL.replace(GS, "^]").translate(ON_RUSSIAN_KEYS),
    ],
)  # fmt: skip
def test_a_code_is_the_same_however_the_scanner_sends_it(sent):
    read = read_mark(sent)

    assert looks_like_mark(sent)
    assert (read.gtin, read.serial, read.text) == (GTIN, SERIAL, FULL)
    assert "4600000000015" in read.barcodes


def test_short_codes_and_those_of_ai_93_are_read_too():
    assert read_mark(f"01{GTIN}21abcdef").serial == "abcdef"
    assert read_mark(f"01{GTIN}21abcdef{GS}93aBcD").serial == read_mark(f"01{GTIN}21abcdef93aBcD").serial == "abcdef"


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (f"01{GTIN}21abc{GS}93aBcD", ["abc", "abc93aBcD"]),
        (f"(01){GTIN}(21)abc(93)aBcD", ["abc", "abc93aBcD"]),
        (f"01{GTIN}21abc93aBcD", ["abc93aBcD", "abc"]),
        (f"(01){GTIN}(21)abc93aBcD", ["abc93aBcD"]),
        (f"01{GTIN}21{'x' * 15}93aBcD", ["x" * 15, "x" * 15 + "93aBcD"]),
        (f"01{GTIN}21abcdef", ["abcdef"]),
        (FULL.replace(GS, ""), [SERIAL]),
    ],
)
def test_where_a_serial_ends_is_told_by_gs_brackets_or_its_length_else_both_readings_find_it(sent, keys):
    """Twenty characters are the longest serial, so what is longer has its key behind it."""
    assert [key[18:] for key in read_mark(sent).spellings] == keys
    assert read_mark(sent).key == read_mark(sent).spellings[0]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("4600000000015", "begin with 01"), (FULL.replace(GTIN, "04600000000016"), "check digit"),
        (f"01{GTIN}17260101", "no serial"), (f"01{GTIN}21{'x' * 21}", "more than 20"),
        (f"01{GTIN}21a b", "not allowed"),
        (FULL[:-10], "cut off"), (f"01{GTIN}21{SERIAL}{GS}91{KEY}", "cut off"),
        (f"01{GTIN}21{SERIAL}{GS}92{SIGNATURE}", "cut off"),
    ],
)  # fmt: skip
def test_a_broken_code_is_refused_with_what_is_wrong(sent, why):
    with pytest.raises(BrokenMark) as refusal:
        read_mark(sent)

    assert why in str(refusal.value)


@pytest.fixture
def shoes():
    row = make.product("SHOE", 10, traced="marking")
    Barcode.objects.create(code="4600000000015", product=row)
    return row


@pytest.fixture
def packer():
    return make.packer()


def held():
    return {row.says for row in PieceCode.objects.filter(released_at=None)}


def test_a_marking_code_picks_its_piece_and_the_order_is_not_sealed_without(shoes, packer):
    order = taken(packer, [("SHOE", 2, "900.00")])
    client = sign_in(packer)

    assert "Right" in text(shoot(client, order, FULL.replace(GS, "␝"), "e1"))
    assert "Scanned already" in text(shoot(client, order, FULL, "e2")), "the same piece twice is one piece"
    shoot(client, order, "4600000000015", "e3")
    assert [line.picked for line in OrderLine.objects.filter(order=order)] == [2]
    with pytest.raises(packing.CodesMissing):
        packing.seal(order.number, [NewParcel(900)], by=make.BY, at=make.AT)
    page = text(client.get(reverse("packing-station", args=[order.number])))
    assert "1 / 2" in page
    assert "1 piece has no code yet" in page
    assert "Code kept" in text(shoot(client, order, mark("other"), "e4"))
    packing.seal(order.number, [NewParcel(900)], by=make.BY, at=make.AT)
    assert held() == {SERIAL, "other"}
    card = text(sign_in(make.manager()).get(reverse("orders-card", args=[order.number])))
    assert "Codes: " in card
    assert "other" in card


def test_one_code_is_one_piece_and_another_products_code_is_refused(shoes, packer):
    first, second = (taken(packer, [("SHOE", 1, "900.00")]) for _ in range(2))
    client = sign_in(packer)
    shoot(client, first, FULL, "e1")

    refused = text(shoot(client, second, FULL, "e2"))

    assert f"is packed in order {first.number} already" in refused
    assert JournalEvent.objects.filter(kind="packing.wrong_scan").count() == 1
    foreign = mark(gtin="04600000000022")
    assert "Wrong item" in text(shoot(client, second, foreign, "e3"))
    scan = NewScan("e4", 1, sku="SHOE", mark=foreign)
    with pytest.raises(packing.CodeOfAnother):
        packing.scan(second.number, [scan], by=make.BY, at=make.AT)
    assert not OrderLine.objects.filter(order=second, picked__gt=0).exists(), "a refused code picks nothing"
    assert held() == {SERIAL}


def test_a_piece_goes_back_by_its_own_code_which_is_free_again(shoes, packer):
    order = taken(packer, [("SHOE", 2, "900.00")])
    client = sign_in(packer)
    shoot(client, order, FULL, "e1"), shoot(client, order, mark("other"), "e2")
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    back = reverse("packing-back-scans", args=[order.number])

    assert "has its own code" in text(client.post(back, {"code": "4600000000015", "event_id": "b1"}))
    assert OrderLine.objects.get(order=order).picked == 2
    client.post(back, {"code": FULL, "event_id": "b2"})

    assert (held(), OrderLine.objects.get(order=order).picked) == ({"other"}, 1)
    again = taken(packer, [("SHOE", 1, "900.00")])
    shoot(client, again, FULL, "e3")
    assert held() == {"other", SERIAL}


def test_what_came_back_from_its_customer_may_be_sold_again(shoes, packer):
    first = taken(packer, [("SHOE", 1, "900.00")])
    shoot(sign_in(packer), first, FULL, "e1")
    OrderLine.objects.filter(order=first).update(returned=1)
    second = taken(packer, [("SHOE", 1, "900.00")])

    shoot(sign_in(packer), second, FULL, "e2")

    assert PieceCode.objects.get(released_at=None).order_id == second.pk


def test_a_serial_number_follows_its_item(packer):
    row = make.product("PHONE", 10, traced="serial")
    Barcode.objects.create(code="4600000000039", product=row)
    order = taken(packer, [("PHONE", 2, "9000.00")])
    client = sign_in(packer)
    shoot(client, order, "4600000000039", "e1")

    assert "Code kept" in text(shoot(client, order, "SN-77", "e2", last="4600000000039"))
    shoot(client, order, "4600000000039", "e3", last="4600000000039")
    assert "Scanned already" in text(shoot(client, order, "SN-77", "e4", last="4600000000039"))
    assert "no serial number" in text(shoot(client, order, "S N", "e5", last="4600000000039"))
    api = make.client(packer)
    said = api.post(f"orders/{order.number}/codes", {"sku": "PHONE", "code": "SN-78"})
    assert (said.status_code, said.json()["codes"]) == (200, [{"sku": "PHONE", "kept": 2, "missing": 0}])
    assert api.post(f"orders/{order.number}/codes", {"sku": "PHONE", "code": "SN-79"}).status_code == 409
    packing.seal(order.number, [NewParcel(900)], by=make.BY, at=make.AT)


def test_a_shops_goods_without_codes_ask_for_none_and_the_card_says_which_do(packer):
    make.product("A", 5)
    order = taken(packer, [("A", 1, "9.00")])
    assert packing.coded(order) == []
    owner = make.owner()
    page = sign_in(owner).get(reverse("stock-edit", args=[OrderLine.objects.get(order=order).product_id]))
    assert "A marking code" in text(page)
    api = make.client(owner)
    assert api("PUT", "products/A", {"traced": "serial"}).json()["traced"] == "serial"
    body = {"event_id": "e1", "sku": "A", "mark": "SN-1"}
    assert make.client(packer).post(f"orders/{order.number}/scans", body).json()["codes"][0]["kept"] == 1


SEALED = "01" + GTIN + "21"


def test_two_pieces_whose_serials_differ_behind_93_are_two(shoes, packer):
    """Scanned without GS they were one and the same code once, and the second piece was refused."""
    order = taken(packer, [("SHOE", 2, "900.00")])
    client = sign_in(packer)

    assert "Right" in text(shoot(client, order, f"{SEALED}abc93aaaa", "e1"))
    assert "Right" in text(shoot(client, order, f"{SEALED}abc93bbbb", "e2"))

    assert held() == {"abc93aaaa", "abc93bbbb"}


@pytest.mark.parametrize(("first", "second"), [(f"{GS}93", "93"), ("93", f"{GS}93")])
def test_one_piece_by_two_scanners_is_one(shoes, packer, first, second):
    one, other = (taken(packer, [("SHOE", 1, "900.00")]) for _ in range(2))
    client = sign_in(packer)
    shoot(client, one, f"{SEALED}abc{first}aaaa", "e1")

    assert f"is packed in order {one.number} already" in text(shoot(client, other, f"{SEALED}abc{second}aaaa", "e2"))
    changes.cancel(one.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    client.post(reverse("packing-back-scans", args=[one.number]), {"code": f"{SEALED}abc{second}aaaa", "event_id": "b"})
    assert held() == set(), "it goes back by either spelling"


def test_serial_is_told_whatever_digits_its_gtin_has():
    assert PieceCode(key="010460021000001521abc").says == "abc"
    assert PieceCode(key="7:SN-1").says == "SN-1"
