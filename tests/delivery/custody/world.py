"""The world of the custody fuzz: orders sealed by hand, and what a person beside the desk knows of them.

What was sealed and what is due at which door is written down here, apart from the desk; the desk's holders must add up
to it after every event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import delivery.audit
from delivery import custody
from delivery.models import Shipment
from delivery.remittance import NewRegister
from delivery.tracking import CourierEvent
from orders import couriers, intake, packing, payments
from orders.models import Courier, Order, Parcel, Payment, PlaceLevel, StockMove
from shopdesk.base.errors import DomainError
from tests import make

PROMISES = {"P1", "P2", "P3", "P4", "M1", "M2", "M3", "M4", "S5"}
COURIERS = {"own": Courier.Kind.OWN, "bike": Courier.Kind.OWN, "post": Courier.Kind.POST}
MOST_DAYS_LATE = 45


@dataclass
class World:
    """Some orders in two currencies, three couriers, and the papers and news that came of them so far."""

    chance: Random
    orders: list[int] = field(default_factory=list)
    cod: dict[int, tuple[str, int]] = field(default_factory=dict)  # by order: currency and sum, as was agreed
    news: list[tuple[str, CourierEvent]] = field(default_factory=list)
    registers: list[NewRegister] = field(default_factory=list)
    clock: int = 0
    done: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        make.channel("shop", contact="optional")
        make.channel("abroad", contact="optional", currency="EUR")
        for code, kind in COURIERS.items():
            make.courier(code, kind=kind)
        couriers.set_buyout_fee("post", couriers.NewBuyoutFee(5_00, 10), by=make.BY, at=make.AT)
        self.goods = [make.product(sku, 500, cost_minor=1000).sku for sku in ("A", "B")]
        self.packer = make.packer().pk

    @property
    def now(self) -> dict[str, Any]:
        return {"by": make.BY, "at": make.AT + timedelta(minutes=7 * self.clock)}

    def seal(self) -> None:
        """Take in an order and seal it: one or two boxes, paid in advance, in cash or by card, roubles or euro."""
        channel = self.chance.choice(["shop", "shop", "abroad"])
        items = [("A", self.chance.randint(1, 3), "33.33"), ("B", 1, "50.00")]
        paid = self.chance.choice([Order.PaidBy.COD, Order.PaidBy.COD, Order.PaidBy.CARD_ON_DELIVERY, "prepaid"])
        currency = "RUB" if channel == "shop" else "EUR"
        new = make.new_order(items, channel=make.channel(channel), currency=currency, payment_method=str(paid))
        made = intake.take_in(new, **self.now).order
        if paid == "prepaid":
            payments.record(made.number, made.total_minor, account=Payment.Account.PREPAID, **self.now)
        packing.take(made.number, self.packer, **self.now)
        scans = [packing.NewScan(f"{self.clock}-{sku}", pieces, sku=sku) for sku, pieces, _ in items]
        packing.scan(made.number, scans, **self.now)
        packing.seal(made.number, self.boxes(items), **self.now)
        self.orders.append(made.number)
        if paid != "prepaid":
            self.cod[made.number] = (currency, sum(pieces * make.minor(price) for _, pieces, price in items))

    def boxes(self, items: Sequence[make.Item]) -> list[packing.NewParcel]:
        if self.chance.random() < 0.6:
            return [packing.NewParcel(900)]
        return [packing.NewParcel(500, items=[(sku, pieces)]) for sku, pieces, _ in items]

    def do(self, deed: Any) -> None:
        """Do one thing; what the desk refuses changes nothing."""
        self.clock += 1
        try:
            deed(self)
        except DomainError:
            self.refused += 1
        else:
            self.done += 1

    def broken(self) -> list[str]:
        """Say what does not add up now."""
        checks = [check for check in delivery.audit.checks() if check.id in PROMISES]
        wrong = [f"{check.id} {found.offenders}" for check in checks if (found := check.find("default")).broken]
        return wrong + self._wrong_parcels() + self._wrong_money() + self._wrong_goods()

    def _wrong_parcels(self) -> list[str]:
        """Every box that was sealed and not opened is with somebody, and with one only."""
        held = custody.parcels()
        nobodys = [f"nobody has {one.parcels}" for one in held if one.holder.kind not in custody.NAMES]
        unnamed = [
            f"{one.holder.kind} without a name" for one in held
            if one.holder.kind in {"courier", "closed_act"} and one.holder.code not in COURIERS
        ]  # fmt: skip
        counted, there = sum(one.parcels for one in held), self.sealed()
        return nobodys + unnamed + ([] if counted == there else [f"{counted} parcels are held of {there}"])

    def sealed(self) -> int:
        """Count the boxes by the orders' own statuses: whoever is packed or further has at least one."""
        rows = Parcel.objects.filter(order__in=self.orders).exclude(state="opened")
        return rows.exclude(order__status__in=["picking", "cancelled", "confirmed", "new"]).count()

    def _wrong_money(self) -> list[str]:
        """What was agreed for the doors is with somebody, per currency."""
        packed = set(Parcel.objects.exclude(state="opened").values_list("order", flat=True))
        agreed: dict[str, int] = {}
        for number, (currency, amount) in self.cod.items():
            agreed[currency] = agreed.get(currency, 0) + (amount if number in packed else 0)
        held: dict[str, int] = {}
        for one in custody.money():
            held[one.currency] = held.get(one.currency, 0) + one.amount_minor
        wrong = {currency for currency in agreed | held if agreed.get(currency, 0) != held.get(currency, 0)}
        return [f"{held.get(currency)} {currency} is held of {agreed.get(currency)}" for currency in sorted(wrong)]

    def _wrong_goods(self) -> list[str]:
        """Pieces lie where the ledger moved them, and none came from nowhere."""
        levels = sum(PlaceLevel.objects.values_list("on_hand", flat=True))
        moved = StockMove.objects.values_list("quantity", "source__kind", "target__kind")
        outside = {"supplier", "customer", "scrap", "lost", "correction"}
        inside = sum(n * ((target not in outside) - (source not in outside)) for n, source, target in moved)
        return [] if levels == inside else [f"{levels} pieces lie where {inside} were moved"]


def state_of(orders: Sequence[int]) -> dict[str, Any]:
    """Give what a set of news came to: everything but the hours at which the desk heard of it."""
    parcels = Parcel.objects.filter(order__in=orders).order_by("number")
    shipments = Shipment.objects.filter(order__in=orders).order_by("order")
    levels = PlaceLevel.objects.order_by("place__kind", "place__code", "product")
    return {
        "orders": list(Order.objects.filter(pk__in=orders).order_by("pk").values_list("pk", "status", "paid_minor")),
        "parcels": list(parcels.values_list("number", "state", "in_hands_of", "on_act")),
        "items": list(parcels.values_list("number", "items__line", "items__delivered", "items__lost")),
        "money": custody.money(),
        "shipments": list(
            shipments.values_list(
                "order",
                "state",
                "flag",
                "due_minor",
                "reduced_minor",
                "collected_minor",
                "written_off_minor",
                "fee_due_minor",
            )
        ),
        "levels": list(levels.values_list("place__kind", "place__code", "product", "on_hand")),
    }
