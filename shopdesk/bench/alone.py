"""What a worker does alone for seconds on end, in a process of its own so that its memory can be told: files."""

import io
import random
from collections.abc import Callable, Sequence
from typing import Final

from django.utils import timezone

from orders import printing
from orders.models import Parcel, PrintRun, Product
from shopdesk.base.access import Actor
from shopdesk.bench import limits
from shopdesk.bench.crowds import Crowd
from shopdesk.bench.measuring import Act
from shopdesk.exports import making
from shopdesk.exports import work as exporting
from shopdesk.exports.models import Export
from shopdesk.imports import taking
from shopdesk.imports import work as importing
from shopdesk.imports.models import Import
from shopdesk.people.models import Role, User

IMPORTED, PRINTED = 10_000, 100
HEAD: Final = "Номер заказа;ФИО;Телефон;Артикул;Количество;Цена;Стоимость доставки;Адрес доставки\n"
EXPORTED: Final = "SELECT * FROM orders ORDER BY number DESC LIMIT {rows}"


def files(imported: int = IMPORTED) -> list[Crowd]:
    """Give an import beside COPY of as many orders, an export beside COPY of as many rows, and papers as one PDF."""
    wish, exported, printed = *_largest_export(), _sealed()
    return [
        Crowd(
            f"import of {imported:,} orders", "3", 1, _once(_importer(imported)),
            _once(lambda: limits.bulk(imported)), units=imported, most=1,
        ),
        Crowd(
            f"export of {exported:,} orders", "", 1, _once(lambda: _exporter(wish)),
            _once(lambda: limits.copied(EXPORTED.format(rows=exported))), units=exported, most=1,
        ),
        Crowd(f"slips of {len(printed)} orders, PDF", "", 1, _once(_printer(printed)), units=len(printed), most=1),
    ]  # fmt: skip


def _once(make: Callable[[], Act]) -> Callable[[int], Act]:
    return lambda _worker: make()


def _importer(orders: int) -> Callable[[], Act]:
    """Give the import of a file: laid down, tried, taken in."""

    def make() -> Act:
        owner = _somebody(Role.OWNER)
        raw = written(orders, f"{timezone.now():%H%M%S%f}")

        def bring() -> None:
            at = timezone.now()
            new = taking.NewFile(Import.What.ORDERS, "orders.csv", raw)
            batch = taking.lay_down(new, subject=owner.subject, at=at)
            taking.try_out(batch.code, batch.columns, at=at)
            _until_nothing_waits(importing.work_on_next)
            taking.apply(batch.code, skip_bad=False, at=at)
            _until_nothing_waits(importing.work_on_next)
            batch.refresh_from_db()
            if batch.state != Import.State.DONE or batch.items.filter(order=None).exists():
                raise RuntimeError(f"the import ended {batch.state}")

        return bring

    return make


def written(orders: int, run: str) -> bytes:
    """Write a file: one line an order, as many people as orders."""
    dice, text = random.Random(5), io.StringIO()  # noqa: S311  # the same goods each time
    skus = list(Product.objects.order_by("pk").values_list("sku", flat=True)[:1_000])
    text.write(HEAD)
    for n in range(orders):
        phone = f"8916{1_000_000 + n * 7 % 9_000_000:07d}"
        goods = f"{dice.choice(skus)};{dice.randint(1, 3)};1290,50"
        text.write(f"К-{run}-{n};Анна Смирнова{n % 500};{phone};{goods};300;Москва, Тверская, {n % 200}\n")
    return text.getvalue().encode()


def _largest_export() -> tuple[making.Wish, int]:
    """Give the export of all orders, or of the channel with fewer where they are more than one may hold: its rows."""
    owner = _somebody(Role.OWNER).subject
    for filters in ({}, {"channel": "market"}):
        wish = making.Wish(filters)
        if (rows := making.count(wish, owner, at=timezone.now())) <= making.MOST_ROWS:
            break
    return wish, rows


def _exporter(wish: making.Wish) -> Act:
    """Give an export as CSV."""
    owner = _somebody(Role.OWNER)

    def export() -> None:
        wanted = making.ask(wish, subject=owner.subject, at=timezone.now())
        _until_nothing_waits(exporting.make_next)
        wanted.refresh_from_db()
        if wanted.state != Export.State.READY:
            raise RuntimeError(f"the export ended {wanted.state}")
        making.cancel(wanted.code, by=owner.subject.actor, at=timezone.now())  # its file is deleted

    return export


def _printer(numbers: Sequence[int]) -> Callable[[], Act]:
    """Give the drawing of slips and labels as one file."""

    def make() -> Act:
        packer = _somebody(Role.PACKER)

        def draw() -> None:
            at = timezone.now()
            run = printing.ask(
                printing.Wish(numbers, PrintRun.What.BOTH), by=Actor("person", packer.pk), at=at
            )  # fmt: skip
            _until_nothing_waits(printing.draw_next)
            run.refresh_from_db()
            printing.read_run(run)

        return draw

    return make


def _until_nothing_waits(work: Callable[..., int]) -> None:
    while work(at=timezone.now()):
        pass


def _sealed() -> list[int]:
    parcels = Parcel.objects.exclude(state=Parcel.State.OPENED).order_by("-order")
    return list(dict.fromkeys(parcels.values_list("order", flat=True)[: PRINTED * 2]))[:PRINTED]


def _somebody(role: Role) -> User:
    return User.objects.filter(role=role).order_by("pk")[0]
