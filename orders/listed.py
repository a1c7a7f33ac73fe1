"""What a row of the order list shows, read as plain rows: the list is what is asked for all day (speed.md, row 8).

Fifty orders with their people and labels as models took longer to make than the database took to find them. What is
given here has the names that orders, holds and calls have, and no others.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, cast

from django.db.models.expressions import RawSQL
from django.utils.translation import get_language

from orders import likeness
from orders.models import CallTask, Hold, Order
from shopdesk.base.access import Subject
from shopdesk.base.bulk import among

COLUMNS = (
    "number", "status", "status_at", "reserved_until", "promised_on", "ship_on", "contact_name", "contact_phone",
    "contact_phone_raw", "delivery_method", "address_city", "address_text", "currency", "total_minor",
    "picking_until", "packer_id", "packer__name", "label__name", "label__names", "label__colour", "goods", "pieces",
    "alike",
)  # fmt: skip
# In SQL: putting these two together as query sets took a quarter of the whole page's time.
FIRST_LINE = RawSQL(
    "SELECT l.name FROM order_line l WHERE l.order_id = orders.number AND l.position = 1", ()
)  # constant
PIECES = RawSQL("SELECT sum(l.quantity) FROM order_line l WHERE l.order_id = orders.number", ())


class Person(NamedTuple):
    """Somebody who is named in a row."""

    name: str


class Label(NamedTuple):
    """The shop's own name for where the order is in its status."""

    name: str
    names: dict[str, str]
    colour: str

    @property
    def says(self) -> str:
        """Its name in the language of whoever reads."""
        return str(self.names.get((get_language() or "")[:2]) or self.name)


class ListedOrder(NamedTuple):
    """An order of the list, its first line's name and its pieces with it."""

    number: int
    status: str
    status_at: datetime
    reserved_until: datetime | None
    promised_on: date | None
    ship_on: date | None
    contact_name: str
    contact_phone: str
    contact_phone_raw: str
    delivery_method: str
    address_city: str
    address_text: str
    currency: str
    total_minor: int
    picking_until: datetime | None
    packer_id: int | None
    packer_name: str | None
    label_name: str | None
    label_names: dict[str, str] | None
    label_colour: str | None
    goods: str | None
    pieces: int | None
    alike: int | None  # what an open rival has in common (`likeness`); nothing: there is none

    @property
    def pk(self) -> int:
        return self.number

    @property
    def packer(self) -> Person | None:
        return None if self.packer_name is None else Person(self.packer_name)

    @property
    def label(self) -> Label | None:
        return (
            None if self.label_name is None else Label(self.label_name, self.label_names or {}, self.label_colour or "")
        )


class ListedHold(NamedTuple):
    """An open hold."""

    order_id: int
    reason: str
    role: str
    until: datetime | None
    owner_name: str | None

    @property
    def owner(self) -> Person | None:
        return None if self.owner_name is None else Person(self.owner_name)


class ListedCall(NamedTuple):
    """A call that is to be made."""

    order_id: int
    due_at: datetime
    limit_at: datetime | None
    stage: str
    taken_by_name: str | None

    @property
    def taken_by(self) -> Person | None:
        return None if self.taken_by_name is None else Person(self.taken_by_name)


def orders(subject: Subject) -> Any:
    """Give the question for the orders that a subject sees, to be narrowed, ordered and cut; then `read` it."""
    return _orders().for_subject(subject)


def read(rows: Any) -> list[Order]:
    """Read what `orders` asked for."""
    return cast("list[Order]", list(map(ListedOrder._make, rows)))


def open_holds(subject: Subject, numbers: Sequence[int]) -> list[Hold]:
    """Read what holds these orders, the oldest first, as far as the subject sees it."""
    rows = _open_holds().for_subject(subject).filter(among("hold.order_id", numbers))
    return cast("list[Hold]", list(map(ListedHold._make, rows)))


def open_calls(subject: Subject, numbers: Sequence[int]) -> list[CallTask]:
    """Read the calls that are to be made about these orders, as far as the subject sees them."""
    rows = _open_calls().for_subject(subject).filter(among("call_task.order_id", numbers))
    return cast("list[CallTask]", list(map(ListedCall._make, rows)))


# Each question is put together once; none is ever asked as it stands.


@cache
def _orders() -> Any:
    return Order.objects.annotate(goods=FIRST_LINE, pieces=PIECES, alike=likeness.column()).values_list(*COLUMNS)


@cache
def _open_holds() -> Any:
    asked = Hold.objects.filter(closed_at=None).order_by("pk")
    return asked.values_list("order_id", "reason", "role", "until", "owner__name")


@cache
def _open_calls() -> Any:
    asked = CallTask.objects.filter(closed_at=None)
    return asked.values_list("order_id", "due_at", "limit_at", "stage", "taken_by__name")
