"""Orders from a file: tried row by row, taken in once, cancelled by hand, undone where nobody worked on them."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from xlsxwriter import Workbook

from orders import changes
from orders.models import Hold, Order, StockLevel
from orders.status import CancelReason, HoldReason
from shopdesk.base import prepared
from shopdesk.base.errors import Missing
from shopdesk.base.tables import UnreadableTable
from shopdesk.imports import files, orders, taking, work
from shopdesk.imports.markup import UnreadableMarkup
from shopdesk.imports.models import Import, ImportItem
from tests import make

pytestmark = pytest.mark.django_db
REAL = Path(__file__).parents[4] / "shared" / "fixtures"
State, Verdict, Fate = Import.State, ImportItem.Verdict, ImportItem.Fate
HEAD = "Номер заказа;ФИО;Телефон;Артикул;Количество;Цена;Стоимость доставки;Итого;Адрес доставки\n"
TWO = (
    HEAD
    + "К-1;Анна Смирнова;8 916 123-45-67;A;2;1 290,50;300;2881;Москва, Тверская, 1\n"
    + "К-1;;;B;1;10,00;;;\n"
    + 'К-2;Иван Петров;+79161234568;A;1;1290.50;0;1290,5;"Казань; Баумана, 5"\n'
)


@pytest.fixture
def owner():
    make.shop()
    make.product("A", 10, price="1290.50")
    make.product("B", 10, price="10.00")
    return make.owner()


def laid(owner, content: str | bytes, *, name: str = "orders.csv", what: str = "orders", channel=None) -> Import:
    raw = content.encode() if isinstance(content, str) else content
    return taking.lay_down(taking.NewFile(Import.What(what), name, raw, channel), subject=owner.subject, at=make.AT)


def worked(batch: Import) -> Import:
    while work.work_on_next(at=make.AT):
        pass
    batch.refresh_from_db()
    return batch


def tried(owner, content: str | bytes, **more) -> Import:
    batch = laid(owner, content, **more)
    taking.try_out(batch.code, batch.columns, at=make.AT)
    return worked(batch)


def taken(owner, content: str | bytes, *, skip_bad: bool = False, **more) -> Import:
    batch = tried(owner, content, **more)
    taking.apply(batch.code, skip_bad=skip_bad, at=make.AT)
    return worked(batch)


def verdicts(batch: Import) -> list[str]:
    return list(batch.items.order_by("place").values_list("verdict", flat=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_order_of_two_rows_is_taken_in_whole(owner, encoding, delimiter):
    text = TWO.replace('"Казань; Баумана, 5"', "Казань").replace(";", delimiter)

    batch = taken(owner, text.encode(encoding))

    first, second = Order.objects.order_by("number")
    assert (first.external_id, first.contact_name, first.contact_phone) == ("К-1", "Анна Смирнова", "+79161234567")
    assert [(line.sku, line.quantity, line.total_minor) for line in first.lines.all()] == [
        ("A", 2, 258100),
        ("B", 1, 1000),
    ]
    assert (first.delivery_minor, first.total_minor, first.channel_total_minor) == (30000, 289100, 288100)
    assert first.holds.get().reason == HoldReason.OTHER, "10 roubles short: the file's total is kept and shown"
    assert (second.total_minor, second.address_text) == (129050, "Казань")
    assert (batch.state, batch.rows, batch.rows_done) == (State.DONE, 2, 2)
    assert not files.is_there(batch), "the file is deleted when its work is done"


def test_nothing_is_written_while_a_file_is_tried(owner):
    batch = tried(owner, TWO)

    assert (batch.state, verdicts(batch)) == (State.TRIED, ["noted", "good"])
    assert not Order.objects.exists()


def test_same_file_again_adds_nothing(owner):
    taken(owner, TWO)
    again = tried(owner, TWO.encode("cp1251"), name="again.csv")

    assert verdicts(again) == ["known", "known"]
    with pytest.raises(taking.NothingToTake):
        taking.apply(again.code, skip_bad=True, at=make.AT)
    assert Order.objects.count() == 2


def test_rows_without_numbers_are_not_doubled_either(owner):
    text = "Телефон;Артикул;Цена\n+79161234567;A;5\n+79161234567;A;5\n+79161234568;A;5\n"

    taken(owner, text)
    again = tried(owner, text)

    assert Order.objects.count() == 3, "two equal rows are two orders"
    assert verdicts(again) == ["known"] * 3


def test_other_words_under_a_known_number_change_nothing_and_are_pointed_out(owner):
    taken(owner, TWO)
    again = tried(owner, TWO.replace("Иван", "Пётр"))

    assert verdicts(again) == ["known", "known"]
    assert "says something else" in again.items.get(key="К-2").words[0]


def test_verdict_on_a_known_order_says_nothing_of_what_a_new_one_would_meet(owner):
    odd = HEAD + "К-9;Анна;не скажу;NOBODY;1;10;0;99;Тула\n"
    assert taken(owner, odd).items.get().words

    again = tried(owner, odd)

    assert [(item.verdict, item.words) for item in again.items.all()] == [("known", [])]


def test_columns_are_shown_with_what_stands_in_them_and_nothing_of_it_is_kept(owner):
    batch = laid(owner, TWO)
    first = taking.samples(batch)
    assert (first["ФИО"], first["Цена"], first["Адрес доставки"]) == (
        "Анна Смирнова",
        "1 290,50",
        "Москва, Тверская, 1",
    )
    batch.refresh_from_db()
    assert "Анна" not in str({field.name: getattr(batch, field.name) for field in Import._meta.concrete_fields})


def test_documents_of_a_shop_of_1c_are_orders_too(owner):
    raw = (REAL / "orders" / "commerceml" / "carono_orders.xml").read_bytes()
    batch = laid(owner, raw, name="orders.xml")
    assert (batch.form, batch.state) == ("commerceml", State.TRYING)
    assert verdicts(worked(batch)) == ["noted"]

    taking.apply(batch.code, skip_bad=False, at=make.AT)
    worked(batch)

    order = Order.objects.get()
    assert (order.external_id, order.total_minor, order.delivery_minor, order.paid_minor) == (
        "20",
        968342,
        34800,
        968342,
    )
    assert [(line.name, line.total_minor) for line in order.lines.all()] == [("Комбайн MOULINEX A77 4C", 933542)]
    assert verdicts(worked(laid(owner, raw, name="orders.xml"))) == ["known"]


def test_document_that_its_shop_cancelled_is_left_out(owner):
    raw = (REAL / "orders" / "commerceml" / "carono_orders.xml").read_bytes().decode("cp1251")
    name, said = "<Наименование>Отменен</Наименование>", "<Значение>{}</Значение>"
    cancelled = re.sub(rf"({name}\s*){said.format('false')}", rf"\1{said.format('true')}", raw)
    assert cancelled != raw
    batch = worked(laid(owner, cancelled.encode("cp1251"), name="orders.xml"))

    assert [(item.verdict, bool(item.words)) for item in batch.items.all()] == [("left", True)]
    with pytest.raises(taking.NothingToTake):
        taking.apply(batch.code, skip_bad=False, at=make.AT)


@pytest.mark.parametrize("content", ["<yml_catalog></yml_catalog>", "<html></html>", "<a"])
def test_markup_without_orders_is_refused_and_leaves_no_file(owner, settings, content):
    with pytest.raises((taking.NoOrders, UnreadableMarkup)):
        laid(owner, content, name="orders.xml")
    assert not Import.objects.exists()
    assert list((Path(settings.MEDIA_ROOT) / "imports").glob("*")) == []


def test_all_or_nothing(owner):
    batch = tried(owner, TWO + "К-3;Х;1;A;много;5;;;\n")

    assert verdicts(batch)[-1] == "bad"
    with pytest.raises(taking.RowsAreBad):
        taking.apply(batch.code, skip_bad=False, at=make.AT)
    assert not Order.objects.exists()

    taking.apply(batch.code, skip_bad=True, at=make.AT)
    assert worked(batch).state == State.DONE
    assert list(Order.objects.values_list("external_id", flat=True)) == ["К-1", "К-2"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("К-9;;;A;0;5;;;", "quantity is above zero"),
        ("К-9;;;A;1;пять;;;", "not a number"),
        ("К-9;;;A;1;-5;;;", "not below zero"),
        ("К-9;;;;1;5;;;", "no item"),
        ("К-9;;;НЕТ;1;;;;", "no price"),
        ("К\u200b9;;;A;1;5;;;", "cannot be seen"),
    ],
)
def test_bad_row_says_why_and_never_what_stood_there(owner, row, words):
    batch = tried(owner, HEAD + row + "\n")

    item = batch.items.get()
    assert item.verdict == Verdict.BAD
    assert words in " ".join(item.words)
    assert "пять" not in str(item.words)


def test_odd_data_are_taken_in_and_held(owner):
    taken(owner, HEAD + "К-9;Анна;нет;НЕТ;1;5;;;\n")

    order = Order.objects.get()
    assert order.contact_phone_raw == "нет"
    assert {hold.reason for hold in Hold.objects.all()} >= {HoldReason.BAD_PHONE, HoldReason.UNKNOWN_ITEM}


def test_price_that_the_file_leaves_out_is_the_catalogues(owner):
    taken(owner, "SKU,Quantity\nA,2\n")

    assert Order.objects.get().total_minor == 258100


def test_fraction_is_one_piece_named_for_what_it_is(owner):
    taken(owner, HEAD + "К-9;Анна;;A;0,5;100;;;\n")

    line = Order.objects.get().lines.get()
    assert (line.name, line.quantity, line.total_minor) == ("A × 0.5", 1, 5000)


def test_columns_that_somebody_named_are_remembered(owner):
    batch = laid(owner, "a,b\nA,7\n")
    with pytest.raises(taking.columns.ColumnsMissing):
        taking.try_out(batch.code, {}, at=make.AT)
    with pytest.raises(taking.columns.ColumnTwice):
        taking.try_out(batch.code, {"sku": "a", "price": "a"}, at=make.AT)
    taking.try_out(batch.code, {"sku": "a", "price": "b"}, at=make.AT)

    assert laid(owner, "a,b\nA,9\n").columns == {"sku": "a", "price": "b"}


def test_workbook_and_formulas_are_words(owner, tmp_path):
    path = tmp_path / "orders.xlsx"
    book = Workbook(path)
    sheet = book.add_worksheet()
    for column, (heading, cell) in enumerate({"Order": "1001", "Name": "x", "SKU": "A", "Price": 12.5}.items()):
        sheet.write(0, column, heading)
        sheet.write(1, column, cell)
    sheet.write(0, 4, "Comment")
    sheet.write_formula(1, 4, '=HYPERLINK("http://evil.example")', value="click")
    book.close()

    taken(owner, path.read_bytes(), name="orders.xlsx")

    order = Order.objects.get()
    assert (order.external_id, order.total_minor, order.comment) == ("1001", 1250, "click")


def test_bomb_and_programs_are_refused_and_leave_no_file(owner, settings):
    for content in (b"PK\x03\x04" + b"\0" * 50, b"\x7fELF\x02\x01\x01\x00"):
        with pytest.raises((UnreadableTable, taking.DomainError)):
            laid(owner, content)
    assert not Import.objects.exists()
    assert list(Path(settings.MEDIA_ROOT).rglob("*.source")) == []


def test_undo_cancels_what_nobody_worked_on(owner):
    batch = taken(owner, TWO)
    worked_on = Order.objects.get(external_id="К-2")
    changes.hold(worked_on.pk, HoldReason.OTHER, by=owner.subject.actor, at=make.AT)

    taking.undo(batch.code, at=make.AT)
    batch = worked(batch)

    assert batch.state == State.UNDONE
    assert dict(Order.objects.values_list("external_id", "status")) == {"К-1": "cancelled", "К-2": "new"}
    assert dict(batch.items.values_list("key", "fate")) == {"К-1": "undone", "К-2": "kept"}
    assert StockLevel.objects.get(product__sku="B").reserved == 0


def test_worker_that_dies_while_it_undoes_says_of_none_that_somebody_worked_on_it(owner, monkeypatch):
    """What it had cancelled and not yet written down is found cancelled by the same words when it goes on."""
    batch = taken(owner, TWO)
    by_hand = Order.objects.get(external_id="К-2")
    changes.cancel(by_hand.pk, CancelReason.PRICE, by=owner.subject.actor, at=make.AT)
    taking.undo(batch.code, at=make.AT)

    def die(*said):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(work, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            work.work_on_next(at=make.AT)
    batch.refresh_from_db()
    assert (Order.objects.get(external_id="К-1").status, batch.state) == ("cancelled", State.UNDOING)
    Import.objects.update(lease_until=None)
    worked(batch)

    assert dict(batch.items.values_list("key", "fate")) == {"К-1": "undone", "К-2": "kept"}


def test_undo_of_many_asks_little_more_than_of_few(owner):
    """Each once had a transaction of its own, and some thirty statements."""
    asked = []
    for count in (2, 20):
        text = HEAD + "".join(f"{count}-{n};Анна;+7916123{n:04};A;1;10;0;10;Тула\n" for n in range(count))
        batch = taken(owner, text)
        taking.undo(batch.code, at=make.AT)
        with CaptureQueriesContext(connection) as queries:
            worked(batch)
        asked.append(len(queries))
        assert set(batch.items.values_list("fate", flat=True)) == {Fate.UNDONE}
    assert asked[1] <= asked[0] + 4 * 18, asked
    assert StockLevel.objects.get(product__sku="A").reserved == 0


def test_taking_in_many_asks_no_more_than_few(owner):
    asked = []
    for count in (2, 40):
        text = HEAD + "".join(f"{count}-{n};Анна;+7916123{n:04};A;1;10;0;10;Тула\n" for n in range(count))
        batch = tried(owner, text)
        taking.apply(batch.code, skip_bad=False, at=make.AT)
        with CaptureQueriesContext(connection) as queries:
            worked(batch)
        sent = [query["sql"] for query in queries if "import_item" in query["sql"]]
        asked.append(len(sent) if connection.vendor == "postgresql" else len({sql.split("WHERE")[0] for sql in sent}))
        assert {item.order.external_id for item in batch.items.all()} == {item.key for item in batch.items.all()}
    assert asked[0] == asked[1], asked


SPOILED = {
    "postgresql": [("{lateral}", ""), ("{end}", "")],
    "sqlite": [("NOT (o.external_id = '')", "o.external_id <> ''")],
}


def test_each_id_of_a_file_is_found_by_the_index_of_ids():
    """In a young shop, of which the server knows nothing yet, 500 ids walked over all orders of the channel instead."""

    def is_looked_up(statement: str) -> bool:
        first = prepared._spelled(statement, connection.vendor).split("UNION")[0]
        plan = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        with connection.cursor() as cursor:
            cursor.execute(f"{plan} {first}", prepared._all_passed([["files"], ["a", "b"]]))
            told = [str(row) for row in cursor.fetchall()]
        by_both = ("Index Cond", "external_id") if connection.vendor == "postgresql" else ("SEARCH o", "external_id=?")
        return any(all(word in line for word in by_both) for line in told)

    spoiled = orders.THERE_ALREADY
    for words, others in SPOILED[connection.vendor]:
        assert words in spoiled
        spoiled = spoiled.replace(words, others)
    assert is_looked_up(orders.THERE_ALREADY)
    assert not is_looked_up(spoiled), "negative control"


def test_rows_of_one_order_say_together_what_the_first_leaves_open(owner):
    """An order's own fields come from the first row that says them; its lines each from their own row."""
    rows = "К-7;;;A;2;10;;;\nК-7;Анна Смирнова;8 916 123-45-67;B;1;5;300;;Тула\nК-7;Пётр;;;;;;;Казань\n"
    batch = tried(owner, HEAD + rows)
    taking.apply(batch.code, skip_bad=False, at=make.AT)
    worked(batch)

    order = Order.objects.get()
    assert (order.contact_name, order.contact_phone, order.address_text) == ("Анна Смирнова", "+79161234567", "Тула")
    assert [(line.sku, line.total_minor) for line in order.lines.order_by("position")] == [("A", 2000), ("B", 500)]
    assert order.delivery_minor == 30000


def test_killed_worker_goes_on_and_takes_nothing_twice(owner, monkeypatch):
    """Killed after the orders of a piece were committed and before that was written down."""
    monkeypatch.setattr(work, "AT_ONCE", 1)
    batch = tried(owner, TWO)
    taking.apply(batch.code, skip_bad=False, at=make.AT)
    mark = work._mark

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "_mark", killed)
    with pytest.raises(KeyboardInterrupt):
        work.work_on_next(at=make.AT)
    monkeypatch.setattr(work, "_mark", mark)
    assert Order.objects.count() == 1
    assert work.work_on_next(at=make.after(minutes=1)) == 0, "its lease is not over"
    while work.work_on_next(at=make.after(minutes=4)):
        pass

    batch.refresh_from_db()
    assert (batch.state, Order.objects.count()) == (State.DONE, 2)
    assert set(batch.items.values_list("fate", flat=True)) == {Fate.TAKEN}, "both can be undone"


def test_cancelled_import_stops_between_two_pieces(owner, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 1)
    monkeypatch.setattr(work, "LONGEST_S", -1.0)
    batch = tried(owner, TWO)
    taking.apply(batch.code, skip_bad=False, at=make.AT)
    work.work_on_next(at=make.AT)
    taking.cancel(batch.code, at=make.AT)

    assert worked(batch).state == State.CANCELLED
    assert Order.objects.count() == 1
    taking.undo(batch.code, at=make.AT)
    assert worked(batch).state == State.UNDONE


def test_file_goes_with_its_days_and_with_whoever_is_erased(owner):
    old, other = laid(owner, TWO), laid(owner, TWO)

    assert taking.delete_old_files(at=make.after(days=6)) == 0
    assert taking.delete_old_files(at=make.after(days=7)) == 2
    assert not files.is_there(old)
    fresh = laid(owner, TWO)
    taking.withdraw_all(at=make.AT)
    fresh.refresh_from_db()
    assert (files.is_there(fresh), fresh.state) == (False, State.CANCELLED)
    assert not files.is_there(other)


def test_import_is_its_senders(owner):
    make.manager()
    batch = laid(owner, TWO)

    assert not Import.objects.for_subject(make.manager().subject).filter(pk=batch.pk).exists()
    assert Import.objects.for_subject(owner.subject).filter(pk=batch.pk).exists()
    with pytest.raises(Missing):
        taking.cancel("0" * 32, at=make.AT)
