"""What people look up while they type or wait: customers, products, and how many wait where. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from orders.models import Barcode, CustomerPhone, Order, SearchKey, StockLevel
from orders.models.catalog import ProductRows
from orders.models.customers import CustomerRows
from orders.models.orders import OrderRows
from orders.queues import COUNTED, begins
from orders.status import INSIDE, Status

SHOWN = 8
FEWEST = 2  # characters from which on a name or a SKU is looked for
REFUSED = (Status.RETURNING, Status.RETURNED)


def counted(named: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Count several lists in one statement, none further than `COUNTED`."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in named.values():
        sql, params = rows.order_by().values("pk")[:COUNTED].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) counted)")  # noqa: S608  # made by the query builder
        values += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(named, cursor.fetchone(), strict=True))


def customers(rows: CustomerRows, text: str) -> CustomerRows:
    """Give the customers found by a fragment of a phone or the start of a name or mail; none for too little."""
    folded = text.casefold().strip()
    digits = "".join(character for character in folded if character.isdigit())
    wanted = begins(folded) if len(folded) >= FEWEST else Q(pk__in=[])
    if len(digits) >= 4 and not any(character.isalpha() for character in folded):
        wanted = begins(digits)
    found = SearchKey.objects.filter(wanted, customer__isnull=False).values_list("customer", flat=True)
    return with_past(rows.filter(pk__in=list(found[: SHOWN * 4]))).order_by("-pk")[:SHOWN]


def with_past(rows: CustomerRows) -> CustomerRows:
    """Read customers with their phones, how their orders went, and where the last one goes."""
    last = Order.objects.filter(customer=OuterRef("pk")).order_by("-number")
    return rows.prefetch_related("phones").annotate(
        bought=_times(Q(status=Status.DELIVERED)),
        refused=_times(Q(status__in=REFUSED)),
        waiting=_times(Q(status__in=INSIDE)),
        last_city=Subquery(last.values("address_city")[:1]),
        last_address=Subquery(last.values("address_text")[:1]),
    )


def _times(which: Q) -> Any:
    """Count orders of each customer of a page: a join of all orders would count every customer's before the cut."""
    counted = Order.objects.filter(which, customer=OuterRef("pk")).order_by().values("customer")
    return Coalesce(Subquery(counted.annotate(times=Count("pk")).values("times")), 0)


def rivals(rows: OrderRows, phones: Sequence[str]) -> OrderRows:
    """Give the orders of these phones' customers that have not left the house yet, the newest first."""
    people = CustomerPhone.objects.filter(phone__in=phones).values("customer")
    return still_inside(rows.filter(customer__in=people))


def ordered_since(rows: OrderRows, phone: str, since: datetime) -> OrderRows:
    """Give what whoever has this phone ordered since, the newest first."""
    people = CustomerPhone.objects.filter(phone=phone).values("customer")
    return rows.filter(customer__in=people, taken_at__gte=since).order_by("-number")[:SHOWN]


def still_inside(rows: OrderRows) -> OrderRows:
    """Narrow to orders that have not left the house, the newest first."""
    return rows.filter(status__in=INSIDE).order_by("-number")[:SHOWN]


def past(customer_id: int | None) -> dict[str, int]:
    """Give how a customer's orders went: all, open, delivered, refused."""
    rows = Order.objects.filter(customer=customer_id).order_by()
    by_status = dict(rows.values_list("status").annotate(Count("pk"))) if customer_id else {}
    return {
        "all": sum(by_status.values()),
        "open": sum(by_status.get(status, 0) for status in INSIDE),
        "delivered": by_status.get(Status.DELIVERED, 0),
        "refused": sum(by_status.get(status, 0) for status in REFUSED),
    }


def products(rows: ProductRows, text: str) -> ProductRows:
    """Give active products by barcode, SKU or name, exact codes first; with their stock. None for too little."""
    wanted = text.strip()
    if len(wanted) < FEWEST:
        return rows.none()
    code = Exists(Barcode.objects.filter(product=OuterRef("pk"), code=wanted))
    named = Q()
    for word in wanted.split():
        # SQLite folds ASCII only: a Cyrillic name is looked for as it was typed, small and with a capital.
        spellings = {word, word.casefold(), word.capitalize(), word.upper()}
        named &= Q(*(("name__contains", spelling) for spelling in spellings), _connector=Q.OR) | Q(name__icontains=word)
    stock = Prefetch("stock_levels", StockLevel.objects.order_by("location"))
    found = rows.filter(Q(code) | Q(sku__istartswith=wanted) | named, active=True)
    exact = Q(code) | Q(sku=wanted)
    return (
        found.annotate(exact=Exists(rows.model.objects.filter(exact, pk=OuterRef("pk"))))
        .order_by("-exact", "name", "pk")
        .prefetch_related(stock)[:SHOWN]
    )
