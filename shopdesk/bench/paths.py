"""What the bench walks: the pages of the day through the whole stack, and the desks beside their limits."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count, cycle
from typing import Final

from django.conf import settings
from django.core.cache import caches
from django.template import engines
from django.test import Client
from django.utils import timezone

from orders import counts, intake
from orders.models import Channel, CustomerPhone, Order, PlaceLevel, Product, Shop
from reports import period, rollups
from reports.period import Asked
from shopdesk.accounts.secondstep import HAVE
from shopdesk.base.access import Actor
from shopdesk.base.periods import KINDS, ONE_DAY, shop_day
from shopdesk.bench import limits
from shopdesk.bench.measuring import Path
from shopdesk.bench.telling import YARDSTICK
from shopdesk.people.models import Role, User

FIFTY: Final = """
SELECT o.*, l.name FROM orders o JOIN order_line l ON l.order_id = o.number AND l.position = 1
ORDER BY o.number DESC LIMIT 51
"""
BEGINS: Final = "SELECT order_id, customer_id FROM search_key WHERE key >= %s AND key < %s LIMIT 1000"
KEPT: Final = """
SELECT code, currency, sum(value) FROM figure_delta WHERE dim = '' AND span = 'm' AND "on" >= %s AND "on" <= %s
GROUP BY code, currency
"""
SHELF: Final = "SELECT * FROM stock_level ORDER BY id LIMIT 200"
SHEET, BATCH = 200, 100
MOST_KNOWN: Final = 100_000  # customers of whom some order again
# The page that speed.md calls "50 rows with ORM objects and the Django template", without any of the desk's own.
PLAIN: Final = """<table>{% for order in orders %}<tr><td>{{ order.number }}</td><td>{{ order.status }}</td>
<td>{{ order.contact_name }}</td><td>{{ order.contact_phone }}</td><td>{{ order.address_city }}</td>
<td>{{ order.delivery_method }}</td><td>{{ order.total_minor }}</td><td>{{ order.currency }}</td>
<td>{{ order.placed_at }}</td><td>{{ order.promised_on }}</td></tr>{% endfor %}</table>"""


def pages() -> list[Path]:
    """Give the pages, as a manager sees them; the report as the owner does."""
    last = Order.objects.order_by("-number").values_list("number", flat=True)[0]
    phone = CustomerPhone.objects.order_by("-pk").values_list("phone", flat=True)[0]
    surname = Order.objects.order_by("-number").values_list("contact_name", flat=True)[0].split()[-1]
    fifty = limits.asks(FIFTY)
    visit = _visitor(Role.MANAGER)
    rested = caches["default"].clear  # whoever asks so often would be told to wait (`shopdesk.base.pace`)
    walked = [
        Path(YARDSTICK, _yardstick(), times=10),
        Path("order list", visit("/orders"), fifty, "8"),
        Path("order list, deep", visit(f"/orders?before={max(last // 2, 60)}"), fifty, "10"),
        Path("order list, with the courier", visit("/orders?view=road"), fifty, "8"),
        Path("order", visit(f"/orders/{last}")),
        Path("search: end of a phone", visit(f"/orders?q={phone[-6:]}"), _begins(phone[-6:]), "11"),
        Path("search: number", visit(f"/orders?q={last}"), _begins(str(last)), "11"),
        Path("search: name", visit(f"/orders?q={surname}"), _begins(surname.casefold()), "11"),
        Path("board of calls", visit("/calls/board"), None, "12"),
        Path("shelf", visit("/stock"), limits.asks(SHELF)),
    ]
    return [*(replace(path, before=rested) for path in walked), *_reports()]


def _reports() -> list[Path]:
    """Give the report of the month and of the year: its figures alone, and whole pages as the owner sees them."""
    shop, visit = Shop.current(), _visitor(Role.OWNER)
    today = shop_day(timezone.now(), shop.zone, shop.day_cutoff)
    month, year = (kind(today, shop.zone, shop.day_cutoff) for kind in (KINDS["month"], KINDS["year"]))
    edges = f"from={year.from_on}&until={year.to_on - ONE_DAY}"
    ten = take(10)

    def keep() -> int:
        caches["reports"].clear()  # the page is measured as it is made, and once as it was kept
        return rollups.sweep()

    kept = {one.kind: limits.asks(KEPT, one.from_on, one.to_on - ONE_DAY) for one in (month, year)}
    return [
        Path("figures of a month", lambda: period.read(Asked(month)), kept["month"], "13 figures", before=keep),
        Path("figures of a year", lambda: period.read(Asked(year)), kept["year"], "13 figures", before=keep),
        Path("report of a month", visit("/reports"), kept["month"], "13", before=keep),
        Path("report of a month, again", visit("/reports"), None, "13", before=rollups.sweep),
        # What came since the sweep is added from the facts.
        Path("report of a month, 10 orders later", visit("/reports"), None, "13", before=lambda: (keep(), ten())),
        Path("report of a year", visit(f"/reports?{edges}"), kept["year"], "13", before=keep),
        Path("buyout of a month", visit("/reports/buyout"), kept["month"], "13", before=keep),
    ]


def desks() -> list[Path]:
    """Give the desks: intake one by one and in batches beside the raw intake, and a count that is posted."""
    raw = limits.intake()
    write_down, post = _count()
    return [
        Path("intake", take(1), raw, "", times=40),
        Path(f"intake of {BATCH} at once", take(BATCH), limits.bulk(BATCH), "", times=3, units=BATCH),
        Path(f"count of {SHEET} SKUs, posted", post, None, "14", times=3, units=SHEET, before=write_down),
    ]


def _visitor(role: Role) -> Callable[[str], Callable[[], object]]:
    """Give what makes visits to addresses, as somebody of a role."""
    client = signed_in(role)

    def to(address: str) -> Callable[[], object]:
        def visit() -> None:
            status = client.get(address).status_code
            if status != 200:
                raise RuntimeError(f"{address} answered {status}")

        return visit

    return to


def signed_in(role: Role) -> Client:
    """Sign somebody of a role in, second step and all."""
    client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[-2], REMOTE_ADDR="127.0.0.1")
    client.force_login(User.objects.filter(role=role).order_by("pk")[0])
    session = client.session
    session[HAVE] = True
    session.save()
    return client


def _yardstick() -> Callable[[], object]:
    """Give the plain page by which a machine is told from the one of the targets: `telling.slower`."""
    page = engines["django"].from_string(PLAIN)
    return lambda: page.render({"orders": list(Order.objects.order_by("-number")[:50])})


def _begins(text: str) -> Callable[[], object]:
    return limits.asks(BEGINS, text, text + "\U0010ffff")


def take(at_once: int, *, worker: int = 0, skus: int = 1_000) -> Callable[[], object]:
    """Take orders of three lines in, as a storefront sends them: half of the customers are known."""
    channel = Channel.objects.get(code="site")
    goods = list(Product.objects.order_by("pk").values_list("sku", "name", "price_minor")[:skus])
    by, numbers, phones = Actor("token", 1), count(worker * 1_000_331 + 1), buyers(worker)
    run = f"{timezone.now():%y%m%d%H%M%S%f}-{worker}"

    def new(number: int, at: datetime) -> intake.NewOrder:
        chosen = [goods[(number * step + step // 5) % len(goods)] for step in (7, 11, 13)]
        lines = [intake.NewLine(name, 1, price, price, sku=sku) for sku, name, price in chosen]
        return intake.NewOrder(
            channel, at, channel.currency, lines, external_id=f"{run}-{at_once}-{number}", name="Анна Смирнова",
            phone=next(phones), address=intake.Address("Москва, ул. Мясницкая, д. 7", city="Москва"),
            delivery_method="courier",
        )  # fmt: skip

    def take_in() -> None:
        at = timezone.now()
        intake.take_in_many([new(next(numbers), at) for _order in range(at_once)], by=by, at=at)

    return take_in


def buyers(worker: int) -> Iterator[str]:
    """Give the phones of those who order: in turn one of the shop's own customers, and one whom nobody knows yet.

    No run goes on where another one began: a customer with forty open orders is nobody's, and slow.
    """
    known = list(CustomerPhone.objects.order_by("pk").values_list("phone", flat=True)[:MOST_KNOWN])
    first = time.time_ns() // 1_000 + worker * 1_000_331
    place = first % len(known)
    for new, old in zip(count(first), cycle([*known[place:], *known[:place]]), strict=False):
        yield old
        yield f"+7916{new % 10**7:07}"


def _count() -> tuple[Callable[[], object], Callable[[], object]]:
    """Count two hundred shelves as they are but for a piece more in every twentieth. Gives counting and posting."""
    by = Actor("person", User.objects.filter(role=Role.PACKER).order_by("pk")[0].pk)
    skus = [f"S-{place:04}" for place in range(SHEET)]
    # A piece of what is dear is counted by two, and approved: that is another path.
    cheap = set(Product.objects.filter(cost_minor__lt=Shop.current().count_again_minor).values_list("sku", flat=True))
    waiting: list[int] = []

    def write_down() -> None:
        at = timezone.now()
        shelves = counts.shelves_of("", skus)
        opened = counts.start("list", "", shelves=shelves, by=by, at=at)
        lying = _lying(skus)
        rows = [
            counts.Counted(sku, code, lying.get((sku, code), 0) + (place % 20 == 0 and sku in cheap))
            for place, (sku, code) in enumerate(shelves)
        ]
        counts.count_lines(opened.pk, rows, by=by, at=at)
        waiting.append(opened.pk)

    def post() -> None:
        counts.close(waiting.pop(), by=by, at=timezone.now())

    return write_down, post


def _lying(skus: Sequence[str]) -> dict[tuple[str, str], int]:
    rows = PlaceLevel.objects.filter(product__sku__in=skus, place__kind="bin")
    return {(sku, code): pieces for sku, code, pieces in rows.values_list("product__sku", "place__code", "on_hand")}
