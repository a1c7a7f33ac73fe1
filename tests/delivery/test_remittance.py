"""Money that comes home: what a register's lines come to, to the penny, and what it may never do."""

import csv
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from delivery import audit, remittance
from delivery.models import CashEntry, Register, RegisterLine, Shipment
from delivery.registers import Said, UnknownColumns, read_register
from shopdesk.base.access import Actor
from shopdesk.base.errors import Malformed
from shopdesk.people.models import ApiToken
from tests import make

BY = make.BY
LATER = make.after(days=3)


@pytest.fixture
def shop(db):
    make.shop()
    make.courier("own")
    make.product("A", on_hand=50)


def due(order) -> int:
    return Shipment.objects.get(order=order).collected_minor


def taken_in(*lines, reference="R-1", **fields):
    said = [Said(place, *line) for place, line in enumerate(lines, start=1)]
    new = remittance.NewRegister("own", reference, "RUB", said, **fields)
    return remittance.take_in(new, by=BY, at=LATER)[0]


def outcomes(register) -> list[tuple[str, int, int, bool]]:
    rows = register.lines.order_by("position")
    return [(row.outcome, row.remitted_minor, row.kept_minor, row.is_open) for row in rows]


def clean() -> None:
    for check in audit.checks():
        if check.id in {"M1", "M2", "M3", "M4"}:
            assert not check.find("default").offenders, check.id


def test_every_kind_of_line_is_told_apart_to_the_penny(shop):
    full, short, over, parts, twice, fee = (make.delivered() for _ in range(6))
    assert {due(order) for order in (full, short, over, parts, twice, fee)} == {12900}

    register = taken_in(
        (f"P-{full.number}-1", 12900, 300),
        (f"P-{short.number}-1", 10000, 300),
        (f"P-{over.number}-1", 13000, 300),
        (str(parts.number), 5000, 100), (str(parts.number), 7900, 200),
        (f"P-{twice.number}-1", 12900, 0), (f"P-{twice.number}-1", 12900, 0),
        ("nobody's", 700, 0),
        (f"P-{fee.number}-1", 0, 450),
    )  # fmt: skip

    assert outcomes(register) == [
        ("matched", 12600, 300, False),
        ("short", 9700, 300, True),
        ("over", 12600, 300, True),
        ("partial", 4900, 100, False), ("partial", 7700, 200, False),
        ("matched", 12900, 0, False), ("duplicate", 0, 0, True),
        ("unknown", 0, 0, True),
        ("fee", 0, 450, False),
    ]  # fmt: skip
    # The file's own totals, added by hand.
    assert (register.total_minor, register.fees_minor) == (75_300, 1_650)
    assert [row.differs_minor for row in register.lines.order_by("position")] == [0, -2900, 100, 0, 0, 0, 12900, 700, 0]
    home = sum(Shipment.objects.values_list("remitted_minor", flat=True))
    assert home == 12600 + 9700 + 12600 + 4900 + 7700 + 12900
    clean()


def test_same_register_again_books_nothing_and_another_of_its_number_is_refused(shop):
    order = make.delivered()
    line = (f"P-{order.number}-1", 12900, 0)
    register = taken_in(line)

    assert taken_in(line).pk == register.pk
    with pytest.raises(remittance.OtherRegister):
        taken_in((f"P-{order.number}-1", 12800, 0))
    assert CashEntry.objects.filter(kind="remitted").count() == 1
    assert Register.objects.count() == 1


def test_rounding_within_the_tolerance_is_the_couriers(shop):
    order = make.delivered()

    register = taken_in((f"P-{order.number}-1", 12850, 300), tolerance_minor=100)

    assert outcomes(register) == [("matched", 12550, 350, False)]
    clean()


def test_parcel_of_another_courier_is_unknown(shop):
    make.courier("other")
    order = make.delivered()
    new = remittance.NewRegister("other", "R-1", "RUB", [Said(1, f"P-{order.number}-1", 12900)])

    register, _new = remittance.take_in(new, by=BY, at=LATER)

    assert outcomes(register) == [("unknown", 0, 0, True)]


def test_money_that_came_before_the_news_is_matched_once_the_courier_says_it(shop):
    order = make.handed_over()
    register = taken_in((f"P-{order.number}-1", 12900, 300))
    assert outcomes(register) == [("over", 0, 0, True)]

    make.said(order, "delivered", at=make.after(days=4))
    closed = [remittance.look_again(pk, by=BY, at=make.after(days=4)) for pk in remittance.to_look_at_again()]

    assert closed == [1]
    assert outcomes(register) == [("matched", 12600, 300, False)]
    assert remittance.to_look_at_again() == []
    clean()


@pytest.mark.parametrize("whose", ["person", "key", "machine", "sweep"])
def test_a_question_is_of_whoever_brought_the_register_else_an_owners(shop, whose):
    owner, person = make.owner(), make.manager()
    make.token(person if whose == "key" else make.courier("own"))
    key = ApiToken.objects.get().pk
    by = {"person": Actor("person", person.pk), "key": Actor("token", key), "machine": Actor("token", key), "sweep": BY}

    new = remittance.NewRegister("own", "R-1", "RUB", [Said(1, "nobody's", 700)])
    register = remittance.take_in(new, by=by[whose], at=LATER)[0]

    brought = whose in {"person", "key"}
    assert register.taken_by == (person if brought else None)
    assert register.lines.get().owner == (person if brought else owner)


def test_question_is_settled_with_a_word_and_only_once(shop):
    line = taken_in(("nobody's", 700, 0)).lines.get()
    person = make.manager()

    remittance.assign(line.pk, person.pk, by=BY, at=LATER)
    with pytest.raises(remittance.NoWord):
        remittance.settle(line.pk, "", by=BY, at=LATER)
    settled = remittance.settle(line.pk, "theirs, sent back", by=BY, at=LATER)

    assert (settled.is_open, settled.note, settled.owner_id) == (False, "theirs, sent back", person.pk)
    with pytest.raises(remittance.AlreadySettled):
        remittance.settle(line.pk, "again", by=BY, at=LATER)


def test_cash_laid_on_the_table_pays_the_oldest_first(shop):
    first, second = make.delivered(), make.delivered(at=make.after(hours=1))

    register, _new = remittance.hand_in("own", 20_000, currency="RUB", reference="H-1", by=BY, at=LATER)

    assert outcomes(register) == [("matched", 12900, 0, False), ("short", 7100, 0, True)]
    assert remittance.held_by("own", "RUB") == [(second.number, 5800)]
    assert remittance.hand_in("own", 20_000, currency="RUB", reference="H-1", by=BY, at=LATER)[0].pk == register.pk
    rest, _new = remittance.hand_in("own", 6_000, currency="RUB", reference="H-2", by=BY, at=make.after(days=4))
    assert outcomes(rest) == [("matched", 5800, 0, False), ("unknown", 0, 0, True)]
    with pytest.raises(remittance.NothingHeld):
        remittance.hand_in("own", 100, currency="RUB", reference="H-3", by=BY, at=make.after(days=5))
    assert first.number != second.number
    clean()


def test_money_that_no_register_brought_is_found_by_the_audit(shop):
    order = make.delivered()
    taken_in((f"P-{order.number}-1", 12900, 0))
    RegisterLine.objects.update(remitted_minor=12_899)

    found = next(check for check in audit.checks() if check.id == "M3").find("default")

    assert len(found.offenders) == 1


@given(
    held=st.integers(-200, 500),
    said=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), min_size=1, max_size=5),
    before=st.booleans(),
    tolerance=st.integers(0, 20),
)
def test_never_more_is_booked_than_was_held_nor_more_than_was_said(held, said, before, tolerance):
    lines = [Said(place, "W", *one) for place, one in enumerate(said)]

    found = remittance.judge(held, lines, before=before, tolerance_minor=tolerance)

    booked = sum(one.remitted_minor + one.kept_minor for one in found)
    assert len(found) == len(lines)
    assert all(one.remitted_minor >= 0 and one.kept_minor >= 0 for one in found)
    assert booked <= max(held, 0)
    assert sum(one.remitted_minor for one in found) <= sum(line.amount_minor for line in lines)


# --- the file ---------------------------------------------------------------------------------------------------------


def csv_file(folder: Path, rows, delimiter=";") -> Path:
    path = folder / "register.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def test_register_is_read_as_couriers_write_it(tmp_path):
    rows = [["Номер накладной", "Сумма", "Комиссия"], ["P-1-1", "1 234,50", "30"], ["P-2-1", "99.10", ""],
            ["Итого", "1333,60", "30"]]  # fmt: skip

    assert read_register(csv_file(tmp_path, rows), "RUB") == [Said(2, "P-1-1", 123450, 3000), Said(3, "P-2-1", 9910, 0)]


def test_workbook_is_read_too(tmp_path):
    path = tmp_path / "register.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([["Товарителница", "Сума", "Такса"], ["P-1-1", 12.5, 1]]):
            sheet.write_row(place, 0, row)

    assert read_register(path, "EUR") == [Said(2, "P-1-1", 1250, 100)]


def test_every_wrong_row_is_named_at_once(tmp_path):
    rows = [["waybill", "amount"], ["", "10"], ["P-1-1", "ten"], ["P-2-1", "-5"], ["total", "7"]]

    with pytest.raises(Malformed) as refused:
        read_register(csv_file(tmp_path, rows), "RUB")

    assert [error.pointer for error in refused.value.errors] == ["/2/waybill", "/3/amount", "/4/amount", "/5/amount"]


def test_table_without_its_columns_is_refused(tmp_path):
    with pytest.raises(UnknownColumns):
        read_register(csv_file(tmp_path, [["a", "b"], ["1", "2"]]), "RUB")


# --- the doors --------------------------------------------------------------------------------------------------------


def test_register_comes_in_by_the_api(shop):
    order = make.delivered()
    body = {"courier": "own", "reference": "R-7", "lines": [{"waybill": f"P-{order.number}-1", "amount": "129.00"}]}
    desk = make.client(make.manager())

    first, again = desk.post("remittances", body), desk.post("remittances", body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["outcomes"]["matched"] == 1
    assert first.json()["lines"][0]["remitted"] == "129.00"
    assert desk.get("remittances").json()["results"][0]["reference"] == "R-7"


def test_open_line_is_settled_by_the_api(shop):
    line = taken_in(("nobody's", 700, 0)).lines.get()
    desk = make.client(make.manager())

    answer = desk.post(f"remittances/lines/{line.pk}/settlement", {"note": "theirs"})

    assert (answer.status_code, answer.json()["open"]) == (200, False)
    assert desk.post("remittances/lines/999/settlement", {"note": "x"}).status_code == 404


@pytest.mark.once
@pytest.mark.parametrize("who", ["packer", "courier_person"])
def test_only_owner_and_manager_see_the_money(shop, client, who):
    client.force_login(getattr(make, who)())

    assert client.get("/tracking/registers").status_code in {403, 404}


def test_manager_takes_in_a_file_and_settles_what_is_open(shop, client, tmp_path):
    order = make.delivered()
    client.force_login(make.manager())
    path = csv_file(tmp_path, [["waybill", "amount", "fee"], [f"P-{order.number}-1", "129,00", "3"], ["X-1", "5", ""]])

    assert "No register was taken in yet" in client.get("/tracking/registers").content.decode()
    with path.open("rb") as file:
        sent = {"courier": "own", "reference": "R-9", "file": file}
        answer = client.post("/tracking/registers/new", sent)
    page = client.get(answer.url).content.decode()
    assert "Unknown parcel" in page
    assert "R-9" in client.get("/tracking/registers").content.decode()

    line = RegisterLine.objects.get(is_open=True)
    client.post(f"/tracking/registers/lines/{line.pk}", {"note": "not ours"})
    assert "not ours" in client.get(answer.url).content.decode()


def test_cash_is_counted_before_its_sum_is_shown(shop, client):
    make.delivered()
    client.force_login(make.manager())

    assert "129" not in client.get("/tracking/registers").content.decode()
    answer = client.post("/tracking/hand-ins", {"courier": "own", "counted": "129"})

    assert "Matched" in client.get(answer.url).content.decode()


def test_queries_do_not_grow_with_the_registers(shop, client):
    client.force_login(make.manager())
    taken_in(("a", 100, 0), ("b", 100, 0))
    client.get("/tracking/registers")
    caches["nearby"].clear()  # the bar counts anew both times, however long the test takes
    with CaptureQueriesContext(connection) as one:
        client.get("/tracking/registers")
    for number in range(9):
        taken_in(("a", 100, 0), ("b", 100, 0), reference=f"R-{number + 2}")
    caches["nearby"].clear()

    with CaptureQueriesContext(connection) as ten:
        client.get("/tracking/registers")

    assert len(ten) == len(one)
