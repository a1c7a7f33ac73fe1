"""What a courier may keep: for taking money, and for a part that was kept; booked, and set against its registers."""

from decimal import Decimal

import pytest

from delivery import audit, fees, handoff, remittance, tracking
from delivery.models import CashEntry, RegisterLine, Shipment
from delivery.registers import Said
from orders import couriers, packing
from orders.couriers import NewBuyoutFee, NewTariff, WrongLimits
from orders.models import Order
from reports.workfacts import CONVEYED
from tests import make

pytestmark = pytest.mark.django_db
BY, AT = make.BY, make.AT
THREE = [("A", 2, "100.00"), ("B", 1, "300.00")]  # 500.00 at the door


@pytest.fixture
def post():
    make.product("A", on_hand=50)
    make.product("B", on_hand=50)
    row = make.courier("post", kind="post")
    couriers.set_buyout_fee("post", NewBuyoutFee(50_00, 10, sum_to_minor=250_00), by=BY, at=AT)
    couriers.set_buyout_fee("post", NewBuyoutFee(20_00, sum_from_minor=250_00), by=BY, at=AT)
    return row


def sent(**fields) -> Order:
    return make.handed_over(THREE, code="post", courier="post", **fields)


def kept(order, pieces, *, reason="changed_mind", **fields) -> Shipment:
    """Let the customer keep these pieces (SKU, how many)."""
    make.said(order, "delivered", courier_code="post", delivered=pieces, reason=reason, **fields)
    return Shipment.objects.get(order=order)


def clean() -> None:
    for check in audit.checks():
        if check.id in {"M1", "M2", "M3", "M4"}:
            assert not check.find("default").offenders, check.id


@pytest.mark.parametrize(
    ("pieces", "fee"),
    [
        ([("A", 1)], 51_00),  # 100.00 kept: 50.00 and ten of a thousand
        ([("A", 2)], 52_00),
        ([("B", 1)], 20_00),  # the next band begins at 250.00
        ([("A", 2), ("B", 1)], 0),  # all of it
        ([], 0),  # nothing of it: that is no part
    ],
)
def test_the_fee_follows_the_sum_that_is_kept(post, pieces, fee):
    shipment = kept(sent(), pieces)

    assert (shipment.buyout_fee_minor, shipment.fee_due_minor) == (fee, fee)
    booked = CashEntry.objects.filter(kind="fee_due").values_list("source", "target", "amount_minor")
    assert list(booked) == ([("terms", "owed:post", fee)] if fee else [])
    clean()


def test_the_order_that_is_kept_in_part_stays_one_order(post):
    order = sent()
    kept(order, [("A", 1)])

    order.refresh_from_db()
    assert (Order.objects.count(), order.status) == (1, "delivered")


@pytest.mark.parametrize(
    ("reason", "fee"), [("damaged", 0), ("defect", 0), ("price", 51_00), ("", 51_00), ("not-his-size", 51_00)]
)
def test_what_is_broken_costs_nothing(post, reason, fee):
    assert kept(sent(), [("A", 1)], reason=reason).buyout_fee_minor == fee


def test_reasons_that_cost_nothing_are_the_couriers_own(post):
    couriers.set_exempt("post", ["price", "77"], by=BY, at=AT)

    assert kept(sent(), [("A", 1)], reason="77").buyout_fee_minor == 0
    assert kept(sent(), [("A", 1)], reason="damaged").buyout_fee_minor == 51_00


def test_a_correction_takes_the_fee_back(post):
    order = sent()
    kept(order, [("A", 1)])
    shipment = kept(order, [("A", 2), ("B", 1)], at=make.after(hours=1), correction=True)

    assert (shipment.buyout_fee_minor, shipment.fee_due_minor) == (0, 0)
    signed = [(one.source, one.amount_minor) for one in CashEntry.objects.filter(kind="fee_due").order_by("pk")]
    assert signed == [("terms", 51_00), ("owed:post", 51_00)]
    clean()


def test_a_part_over_two_parcels_is_one_part(post):
    """One box is kept whole, the other goes back whole: of the order a part was kept."""
    order = make.picked(THREE, courier="post")
    boxes = [packing.NewParcel(500, items=[("A", 2)]), packing.NewParcel(500, items=[("B", 1)])]
    packing.seal(order.number, boxes, by=BY, at=AT)
    act = make.closed_act(order, code="post")
    numbers = list(act.lines.order_by("pk").values_list("parcel__number", flat=True))
    handoff.accept(act.number, handoff.Acceptance(numbers), by=BY, at=AT)
    events = [
        tracking.CourierEvent("1", f"P-{order.number}-1", "delivered", AT, cod_taken=Decimal("200")),
        tracking.CourierEvent("2", f"P-{order.number}-2", "returning", AT, reason="price"),
    ]
    tracking.take_in("post", events, by=BY, at=AT)

    assert Shipment.objects.get(order=order).buyout_fee_minor == 52_00


def test_limits_that_end_before_they_begin_are_refused(post):
    with pytest.raises(WrongLimits):
        couriers.set_buyout_fee("post", NewBuyoutFee(1, sum_from_minor=5, sum_to_minor=5), by=BY, at=AT)


# --- the register ---


def register(*lines, reference="R-1", tolerance=0) -> list[tuple[str, bool, int, int | None]]:
    said = [Said(place, *line) for place, line in enumerate(lines, start=1)]
    new = remittance.NewRegister("post", reference, "RUB", said, tolerance)
    taken = remittance.take_in(new, by=BY, at=make.after(days=3))[0]
    rows = taken.lines.order_by("position")
    return [(row.outcome, row.is_open, row.differs_minor, row.fee_due_minor) for row in rows]


@pytest.fixture
def priced(post):
    couriers.set_tariff("post", NewTariff(0, 90_00, cod_fee_minor=5_00, cod_fee_permille=20), by=BY, at=AT)
    return post


def test_the_fee_for_taking_money_follows_what_was_taken(priced):
    whole, part = kept(sent(), None), kept(sent(), [("A", 1)])

    assert (whole.collected_minor, whole.fee_due_minor) == (500_00, 15_00)
    assert (part.collected_minor, part.fee_due_minor) == (100_00, 7_00 + 51_00)
    clean()


def test_a_fee_that_agrees_is_no_question_and_another_is(priced):
    agreed, more, less, way = (kept(sent(), [("A", 1)]).order for _ in range(4))

    assert register(
        (str(agreed.pk), 100_00, 58_00), (str(more.pk), 100_00, 60_00), (str(less.pk), 100_00, 50_00),
        (str(way.pk), 100_00, 100_00),
    ) == [
        ("matched", False, 0, 58_00), ("other_fee", True, 2_00, 58_00), ("other_fee", True, -8_00, 58_00),
        ("other_fee", True, 42_00, 58_00),
    ]  # fmt: skip
    assert not RegisterLine.objects.filter(is_open=False, outcome="other_fee").exists()
    clean()


def test_without_the_comparison_another_fee_goes_by(priced, monkeypatch):
    """Negative control: it is this comparison that asks, nothing else."""
    monkeypatch.setattr(fees, "compare", lambda *_rows, **_sums: None)
    order = kept(sent(), [("A", 1)]).order

    assert register((str(order.pk), 100_00, 99_00)) == [("matched", False, 0, None)]


def test_the_money_of_another_fee_is_booked_all_the_same(priced):
    order = kept(sent(), [("A", 1)]).order
    register((str(order.pk), 100_00, 60_00))

    shipment = Shipment.objects.get(order=order)
    assert (shipment.remitted_minor, shipment.fees_minor) == (40_00, 60_00)


def test_the_price_for_the_way_may_be_kept_too(priced):
    order = kept(sent(), None).order

    assert register((str(order.pk), 500_00, 15_00 + 90_00)) == [("matched", False, 0, 15_00)]


def test_rounding_of_fees_within_the_tolerance_is_no_question(priced):
    order = kept(sent(), None).order

    assert register((str(order.pk), 500_00, 15_01), tolerance=1) == [("matched", False, 0, 15_00)]


def test_a_fee_in_parts_is_compared_whole(priced):
    order = kept(sent(), None).order

    assert register((str(order.pk), 500_00, 5_00), (str(order.pk), 0, 10_00)) == [
        ("partial", False, 0, 15_00), ("partial", False, 0, 15_00),
    ]  # fmt: skip
    assert register((str(order.pk), 0, 3_00), reference="R-2") == [("other_fee", True, 3_00, 0)]


def test_without_terms_nothing_is_compared(post):
    order = kept(sent(), None).order

    assert register((str(order.pk), 500_00, 33_00)) == [("matched", False, 0, None)]


def test_a_register_without_fees_asks_nothing(priced):
    order = kept(sent(), None).order

    assert register((str(order.pk), 500_00, 0)) == [("matched", False, 0, None)]


def test_the_cost_of_delivery_in_the_report_has_the_fee_for_a_part(priced):
    order = kept(sent(), [("A", 1)]).order
    row = CONVEYED.rows("default").filter(order=order).annotate(cost=CONVEYED.measures["delivery_cost"]).get()
    assert row.cost == 90_00 + 15_00 + 51_00
