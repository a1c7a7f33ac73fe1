"""Replaying a history: each invoice goes through the production desk actions with its own minute as `at`.

Every step asks first whether it is done, so a replay that was cut off goes on where it stood and a second one adds
nothing. Premises: one opening receipt brings per SKU what the file's sales and write-offs need, at cost 0; each sale
is placed, confirmed, picked, packed, given out at the counter and paid at its invoice's minute.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Q

from delivery import handoff, returns
from delivery.models import Return
from orders import catalogue, intake, packing, payments, receiving, shelf, stock
from orders.models import Channel, Credit, Order, OrderLine, Product
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.history.reading import HistoryLine, Invoice
from shopdesk.people.models import Role, User

CHANNEL = "history"
OPENING = "opening, derived"
PIECE_G = 100  # the file weighs nothing; a parcel must
BY = Actor("sweep")


class Replay:
    """Brings invoices in, one after another; `counts` says what became of them in this run."""

    def __init__(self, *, zone: str, currency: str) -> None:
        self.currency = currency
        defaults = {"name": "History", "kind": Channel.Kind.FILE, "currency": currency, "country": "GB", "zone": zone}
        self.channel = Channel.objects.get_or_create(
            code=CHANNEL, defaults=defaults | {"contact": Channel.Contact.OPTIONAL}
        )[0]
        self.location = stock.main_location().code
        self.packer = _packer()
        self.counts: Counter[str] = Counter()

    def open_shelf(self, invoices: Sequence[Invoice]) -> None:
        """Put every product of the file into the catalogue, and on the shelf what its sales and write-offs need."""
        lines = [line for invoice in invoices for line in invoice.lines]
        firsts = {line.sku: line for line in reversed(lines)}.values()
        catalogue.add_many([_card(line) for line in firsts], by=BY, at=invoices[0].at)
        needed: Counter[str] = Counter()
        for invoice in invoices:
            if not invoice.is_cancellation:
                needed.update({line.sku: 0 for line in invoice.lines if line.is_goods})
                for line in invoice.lines:
                    needed[line.sku] += abs(line.quantity) if line.is_goods else 0
        received = [receiving.NewLine(sku, pieces, 0) for sku, pieces in sorted(needed.items()) if pieces]
        receipt = receiving.NewReceipt(received, reference=OPENING, location=self.location)
        receiving.receive(receipt, by=BY, at=invoices[0].at)

    def bring(self, invoice: Invoice) -> None:
        """Bring one invoice in: a sale, a write-off, or money (and goods) back."""
        if invoice.is_cancellation:
            self._credit(invoice)
        elif invoice.is_write_off:
            self._write_off(invoice)
        else:
            self._sell(invoice)

    def _sell(self, invoice: Invoice) -> None:
        taken = intake.take_in(self._order(invoice), by=BY, at=invoice.at)
        order, at = taken.order, invoice.at
        self.counts["orders" if taken.created else "orders there already"] += 1
        order.refresh_from_db()
        if order.status == Status.CONFIRMED:
            order = packing.take(order.number, self.packer.pk, by=BY, at=at)
        if order.status == Status.PICKING:
            packing.scan(order.number, self._scans(order), by=BY, at=at)
            pieces = sum(line.quantity for line in invoice.lines if line.is_goods)
            parcels = [packing.NewParcel(weight_g=max(pieces, 1) * PIECE_G)]
            order = packing.seal(order.number, parcels, by=BY, at=at)
        if order.status == Status.PACKED:
            handoff.give_out(order.number, taken_minor=order.due_minor, by=BY, at=at)

    def _order(self, invoice: Invoice) -> intake.NewOrder:
        return intake.NewOrder(
            channel=self.channel,
            external_id=invoice.number,
            placed_at=invoice.at,
            currency=self.currency,
            lines=[
                intake.NewLine(line.name, line.quantity, line.price_minor, line.total_minor, sku=line.sku)
                for line in invoice.lines
            ],
            address=intake.Address(country="", text=invoice.country),
            delivery_method=Order.Delivery.PICKUP,
            source={"customer": invoice.customer} if invoice.customer else {},
        )

    def _scans(self, order: Order) -> list[packing.NewScan]:
        lines = order.lines.filter(kind="goods").order_by("position")
        return [
            packing.NewScan(event_id=f"history-{line.position}", sku=line.sku, quantity=line.quantity) for line in lines
        ]

    def _write_off(self, invoice: Invoice) -> None:
        paper = shelf.Paper(invoice.number, invoice.lines[0].name if _has_text(invoice) else "")
        pieces = [shelf.Pieces(line.sku, -line.quantity) for line in invoice.lines]
        shelf.write_off(pieces, shelf.Reason.OTHER, location=self.location, by=BY, at=invoice.at, paper=paper)
        self.counts["write-offs"] += 1

    def _credit(self, invoice: Invoice) -> None:
        """Take goods back through inspection, for the customer's earlier order where there is one; credit services."""
        goods = [line for line in invoice.lines if line.is_goods]
        services = [line for line in invoice.lines if not line.is_goods]
        if goods and not _is_back(invoice):
            returns.take_back(self._returns(invoice, goods), by=BY, at=invoice.at)
        self._credit_services(invoice, services)
        self.counts["credits"] += 1

    def _returns(self, invoice: Invoice, goods: Sequence[HistoryLine]) -> list[returns.NewReturn]:
        return [
            returns.NewReturn(
                Return.Kind.AFTER_DELIVERY if number else Return.Kind.NO_ORDER,
                back,
                order=number,
                location=self.location,
                reference=f"{invoice.number}/{number}" if number else invoice.number,
                currency=self.currency,
            )
            for number, back in self._shares(invoice, goods).items()
        ]

    def _credit_services(self, invoice: Invoice, services: Sequence[HistoryLine]) -> None:
        reference = f"{invoice.number}/services"
        if not services or Credit.objects.filter(reference=reference).exists():
            return
        lines = [payments.Service(line.name, -line.total_minor, -line.quantity) for line in services]
        owed = payments.Owed(Credit.Reason.SERVICE, self.currency, lines, reference=reference)
        payments.credit(owed, by=BY, at=invoice.at)

    def _shares(self, invoice: Invoice, goods: Iterable[HistoryLine]) -> dict[int | None, list[returns.Comeback]]:
        """Divide what came back among the customer's earlier orders, the latest first; the rest has no order."""
        shares: dict[int | None, list[returns.Comeback]] = {}
        used: Counter[int] = Counter()
        for line in goods:
            left = -line.quantity
            for sold in self._sold_to(invoice, line.sku):
                pieces = min(left, sold.delivered - used[sold.pk])
                if pieces > 0:
                    used[sold.pk] += pieces
                    left -= pieces
                    back = returns.Comeback(line.sku, pieces, pieces * line.price_minor)
                    shares.setdefault(sold.order_id, []).append(back)
            if left:
                shares.setdefault(None, []).append(returns.Comeback(line.sku, left, left * line.price_minor))
        return shares

    def _sold_to(self, invoice: Invoice, sku: str) -> Sequence[OrderLine]:
        if not invoice.customer:
            return []
        lines = OrderLine.objects.filter(
            sku=sku, delivered__gt=0, order__channel=CHANNEL, order__source__customer=invoice.customer,
            order__placed_at__lte=invoice.at,
        )  # fmt: skip
        return list(lines.order_by("-order_id", "position"))


def _is_back(invoice: Invoice) -> bool:
    """Tell whether its goods came back before: all returns of an invoice are made in one transaction.

    Dividing them among orders again would divide otherwise, since what came back is no longer with the customer.
    """
    named = Q(reference=invoice.number) | Q(reference__startswith=f"{invoice.number}/")
    return Return.objects.filter(named).exists()


def _card(line: HistoryLine) -> catalogue.Card:
    kind = Product.Kind.GOODS if line.is_goods else Product.Kind.SERVICE
    return catalogue.Card(line.sku, line.name, kind=kind, price_minor=line.price_minor)


def _has_text(invoice: Invoice) -> bool:
    """Tell whether the first line says why: a line without a text was named by its SKU."""
    return invoice.lines[0].name != invoice.lines[0].sku


def _packer() -> User:
    """Give the person in whose name the history was packed. Nobody can sign in as them."""
    found = User.objects.filter(email="history@shop.invalid").first()
    return found or User.objects.create_user("history@shop.invalid", name="History", role=Role.PACKER, is_active=False)
