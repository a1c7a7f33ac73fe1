"""What couriers' codes mean: each code of each list has a meaning, or is passed over on purpose."""

import csv
from pathlib import Path

import pytest

from delivery import codes
from delivery.models import CourierCode
from delivery.news import RANK
from shopdesk.base.errors import Missing
from tests import make

FIXTURES = Path("../shared/fixtures/couriers")
THEIRS = {  # our list -> their file, and the columns that make up a code
    "cdek": ("cdek_v2_statuses.csv", ["code"]),
    "dpd": ("dpd_event_types.csv", ["code"]),
    "easypost": ("easypost_statuses.csv", ["status"]),
    "econt": ("econt_statuses.csv", ["value"]),
    "karrio": ("karrio_tracking_vocabulary.csv", ["status"]),
    "nova_post_eu": ("nova_post_eu_statuses.csv", ["code"]),
    "nova_poshta": ("nova_poshta_statuses.csv", ["StatusCode"]),
    "russian_post": ("russian_post_operations.csv", ["oper_type", "oper_attr"]),
    "sameday": ("sameday_bg_ro_hu_statuses.csv", ["code"]),
    "speedy": ("speedy_bg_operation_codes.csv", ["operationCode"]),
}
PASSED_OVER = {
    "cdek": 0, "dpd": 2, "easypost": 1, "econt": 4, "karrio": 1, "nova_post_eu": 1, "nova_poshta": 1,
    "russian_post": 43, "sameday": 0, "speedy": 0,
}  # fmt: skip


def test_every_list_is_here():
    assert codes.lists() == sorted(THEIRS)
    assert {THEIRS[name][0] for name in codes.lists()} == {path.name for path in FIXTURES.glob("*.csv")}


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_every_code_of_every_courier_means_something_or_is_passed_over_on_purpose(name):
    file, columns = THEIRS[name]
    with (FIXTURES / file).open(encoding="utf-8-sig", newline="") as lines:
        theirs = ["/".join(row[column] for column in columns) for row in csv.DictReader(lines)]
    ours = {line.code: line.means for line in codes.read_list(name)}

    assert set(theirs) == set(ours)
    assert set(ours.values()) <= set(codes.MEANINGS)
    assert sum(means == "ignored" for means in ours.values()) == PASSED_OVER[name]
    assert "unknown" not in ours.values()


@pytest.mark.django_db
def test_a_list_is_taken_over_and_what_people_taught_stays():
    make.courier("post", kind="post")
    codes.explain("post", "8/2", "in_transit", by=make.BY, at=make.AT)

    assert codes.take_over("post", "russian_post", by=make.BY, at=make.AT) == 445
    assert codes.take_over("post", "russian_post", by=make.BY, at=make.AT) == 0

    assert CourierCode.objects.get(courier="post", code="8/2").means == "in_transit"
    assert CourierCode.objects.get(courier="post", code="5/1").means == "lost"


@pytest.mark.django_db
def test_a_code_means_what_somebody_taught_before_it_means_itself():
    make.product("A", 5)
    order = make.handed_over(code="fast")
    codes.explain("fast", "delivered", "in_transit", by=make.BY, at=make.AT)

    make.said(order, "delivered", courier_code="fast")

    order.refresh_from_db()
    assert (order.status, order.shipment.state) == ("handed_over", "in_transit")


@pytest.mark.django_db
def test_codes_that_nobody_explained_are_listed_until_somebody_does():
    make.product("A", 5)
    order = make.handed_over(code="fast")
    make.said(order, "X1", courier_code="fast")
    make.said(order, "X1", courier_code="fast", at=make.after(hours=1))

    row = codes.unexplained("fast").get()
    assert (row["code"], row["times"], row["last_at"]) == ("X1", 2, make.after(hours=1))
    codes.explain("fast", "X1", "ignored", by=make.BY, at=make.AT)
    assert not codes.unexplained().exists()
    make.picked_up(at=make.after(hours=2))
    order.shipment.refresh_from_db()
    assert order.shipment.flag == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "refusal"), [("unknown", codes.NoMeaning), ("there", codes.NoMeaning)])
def test_a_code_means_a_word_of_the_desk_or_nothing(what, refusal):
    make.courier("fast")
    with pytest.raises(refusal):
        codes.explain("fast", "X", what, by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        codes.explain("nobody", "X", next(iter(RANK.keys() - {"unknown"})), by=make.BY, at=make.AT)
    assert not CourierCode.objects.exists()
