"""Inserts that are sent as one statement leave what they would leave one by one, on both databases, or nothing."""

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from orders import intake
from orders.models import CallTask, Customer, CustomerPhone, Hold, JournalEvent, Order, OrderLine, Payment, SearchKey
from shopdesk.base import gathering, prepared
from shopdesk.base.bulk import create, create_unkeyed, insert
from shopdesk.base.gathering import Drawing, together
from tests import make

pytestmark = pytest.mark.django_db
WRITTEN = (Customer, CustomerPhone, Order, OrderLine, SearchKey, JournalEvent, CallTask, Payment, Hold)
STRANGE = 'Ё "a" \\b\\ {c} %s %(d)s \t\n😀 \u2028 \x7f </x> '


def everything() -> list[list[dict[str, object]]]:
    """Give all that an intake wrote, but for the keys, which are never drawn twice, and an order's own number."""
    keys = ("id", "number", "order", "customer", "event", "recorded_at")
    rows = [[model_to_dict(row) for row in model.objects.order_by("pk")] for model in WRITTEN]
    told = [[{name: value for name, value in row.items() if name not in keys} for row in some] for some in rows]
    return [sorted((row for row in some if not str(row.get("key")).isdecimal()), key=str) for some in told]


def take_two_in() -> None:
    strange = make.new_order(
        [("A", 2, "10.00"), ("NOBODY", 1, "5.00")], external_id="1", name=STRANGE, comment=STRANGE,
        source={"utm": STRANGE}, promised_on=date(2026, 12, 1), paid_minor=500, phone="+79161230077",
        placed_at=datetime(2026, 11, 23, 7, 0, 0, 123456, tzinfo=UTC),
    )  # fmt: skip
    intake.take_in_many([strange, make.new_order([("A", 9, "1.00")], external_id="2")], by=make.BY, at=make.AT)


@pytest.mark.parametrize("many", [1, gathering.MANY], ids=["as arrays", "as JSON"])
def test_what_is_written_together_is_what_is_written_one_by_one(monkeypatch, many):
    monkeypatch.setattr(gathering, "MANY", many)
    make.product("A", 5)

    def written():
        with make.undone():
            take_two_in()
            return everything()

    once = written()
    monkeypatch.setattr(gathering.Gathered, "add", one_by_one)
    again = written()

    assert once == again
    assert len(once[WRITTEN.index(OrderLine)]) == 3


def one_by_one(gathered, model, columns, rows, unless):
    """Insert at once, by placeholders as everywhere."""
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks}){unless}', row)


def test_keys_are_known_within_the_block():
    with prepared.in_one_trip():
        drawing = Drawing({Customer: 1})
    one, two = (Customer(name=name, created_at=make.AT) for name in "ab")
    with together(drawing):
        create([one])
        create([two])  # for which no key was drawn before
        insert(CustomerPhone, ("phone", "customer_id"), [("+1", one.pk), ("+2", two.pk)])

    assert one.pk != two.pk
    assert {row.phone: row.customer.name for row in CustomerPhone.objects.all()} == {"+1": "a", "+2": "b"}


@pytest.mark.postgres
def test_it_is_one_statement():
    with CaptureQueriesContext(connection) as asked, together(Drawing({Customer: 2})):
        create([Customer(name=name, created_at=make.AT) for name in "ab"])
        create_unkeyed([SearchKey(customer_id=None, key="x")])
    assert len([one for one in asked if "INSERT" in one["sql"]]) == 1


def test_what_is_refused_leaves_nothing():
    CustomerPhone.objects.create(phone="+1", customer=Customer.objects.create(name="a", created_at=make.AT))

    def write():
        with transaction.atomic(), together(Drawing({})):
            insert(SearchKey, ("key",), [("x",)])
            insert(CustomerPhone, ("phone", "customer_id"), [("+1", Customer.objects.get().pk)])

    with pytest.raises(IntegrityError):
        write()
    assert not SearchKey.objects.exists()


@pytest.mark.postgres
def test_what_is_too_long_for_its_column_is_refused_and_not_cut():
    def write():
        with transaction.atomic(), together(Drawing({})):
            insert(SearchKey, ("key",), [("x" * 81,)])

    with pytest.raises(DataError):
        write()


def test_nothing_is_sent_when_the_block_ends_in_an_error():
    def write():
        with together(Drawing({})):
            insert(SearchKey, ("key",), [("x",)])
            raise RuntimeError

    with transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():
            write()
        insert(SearchKey, ("key",), [("y",)])
    assert SearchKey.objects.get().key == "y"


@pytest.mark.postgres
def test_an_order_that_was_there_burns_no_number():
    make.product("A", 5)
    new = make.new_order([("A", 1, "10.00")], external_id="1", body_hash="x")
    first = intake.take_in(new, by=make.BY, at=make.AT).order
    for _again in range(5):
        intake.take_in(new, by=make.BY, at=make.AT)

    other = intake.take_in(make.new_order([("A", 1, "10.00")], external_id="2"), by=make.BY, at=make.AT).order

    assert other.number == first.number + 1
