"""The catalogue: what the shop sells, under which codes, at which price, and what may be offered instead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import journal, stock
from orders.models import Barcode, PlaceLevel, Product, StockLevel, Substitute
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake

COLUMNS = ("name", "kind", "group", "price_minor", "cost_minor", "weight_g", "min_stock", "lead_days", "traced")


class ProductExists(DomainError):
    """The SKU is taken."""

    sentence = _("There is a product %(sku)s already.")


class BarcodeTaken(DomainError):
    """One barcode cannot mean two products."""

    sentence = _("Barcode %(code)s belongs to %(sku)s.")


class UnknownSubstitutes(DomainError):
    """Substitutes were named that are not in the catalogue, or the product itself; all are told at once."""

    sentence = _("%(skus)s cannot be offered instead: it is unknown, or the product itself.")


class KindFixed(DomainError):
    """Goods became a service while they lay on a shelf."""

    sentence = _("%(sku)s has pieces in stock, so it cannot become a service.")
    next_step = _("Write the pieces off first.")


@dataclass(frozen=True, slots=True)
class Card:
    """A product as it shall be. `barcodes` gives the pieces a code stands for; `substitutes` are SKUs, best first.

    `cost_minor` None leaves the average of the receipts as it is.
    """

    sku: str
    name: str
    kind: str = Product.Kind.GOODS
    group: str = ""
    price_minor: int = 0
    cost_minor: int | None = None
    barcodes: Mapping[str, int] = field(default_factory=dict)
    weight_g: int = 0
    min_stock: int = 0
    lead_days: int = 7
    traced: str = ""
    safety_stock: int = 0
    substitutes: Sequence[str] = ()


@transaction.atomic(durable=True)
def add(card: Card, *, by: Actor, at: datetime) -> Product:
    """Put a new product into the catalogue. Orders that waited for its SKU find it with the next allocation.

    Raises ProductExists, BarcodeTaken, UnknownSubstitutes.
    """
    try:
        with transaction.atomic():
            product = Product.objects.create(sku=card.sku, name=card.name, kind=card.kind)
    except IntegrityError:
        raise ProductExists(detail={"sku": card.sku}) from None
    changed = _write(product, card)
    _record("product.added", product, changed, by=by, at=at)
    wake("orders.tasks.allocate")
    return product


@transaction.atomic(durable=True)
def add_many(cards: Sequence[Card], *, by: Actor, at: datetime) -> list[Product]:
    """Put many new products into the catalogue at once. A SKU that is there already is left as it is.

    Raises BarcodeTaken, UnknownSubstitutes; then none is added.
    """
    fresh = {card.sku: card for card in cards}
    known = Product.objects.filter(sku__in=fresh).values_list("sku", flat=True)
    for sku in set(known):
        del fresh[sku]
    products = Product.objects.bulk_create(
        Product(
            sku=card.sku, name=card.name, kind=card.kind, group=card.group, price_minor=card.price_minor,
            cost_minor=card.cost_minor or 0, weight_g=card.weight_g, min_stock=card.min_stock, lead_days=card.lead_days,
            traced=card.traced,
        )
        for card in fresh.values()
    )  # fmt: skip
    for product in products:
        if (card := fresh[product.sku]).barcodes or card.substitutes or card.safety_stock:
            _write(product, card)
    journal.record([_entry("product.added", product, COLUMNS) for product in products], by=by, at=at)
    wake("orders.tasks.allocate")
    return products


@transaction.atomic(durable=True)
def change(sku: str, wanted: Mapping[str, Any], *, by: Actor, at: datetime) -> Product:
    """Change fields of a product's card by name; the others stay, and saying the same again changes nothing.

    Raises Missing, BarcodeTaken, UnknownSubstitutes, KindFixed.
    """
    product = Product.objects.locked(sku=sku).first()
    if product is None:
        raise Missing
    card = replace(card_of(product), **wanted)
    if card.kind != product.kind and _has_pieces(product):
        raise KindFixed(detail={"sku": sku})
    if changed := _write(product, card):
        _record("product.changed", product, changed, by=by, at=at)
    return product


def card_of(product: Product) -> Card:
    """Give the card of a product as it is now."""
    levels = StockLevel.objects.filter(product=product, location=stock.main_location().code)
    return Card(
        sku=product.sku, name=product.name, kind=product.kind, group=product.group, price_minor=product.price_minor,
        cost_minor=product.cost_minor, barcodes=dict(product.barcodes.values_list("code", "pieces")),
        weight_g=product.weight_g, min_stock=product.min_stock, lead_days=product.lead_days,
        traced=product.traced,
        safety_stock=levels.values_list("safety", flat=True).first() or 0,
        substitutes=tuple(product.substitutes.values_list("instead__sku", flat=True)),
    )  # fmt: skip


def look_alikes(sku: str) -> list[str]:
    """Give the other products whose SKU differs in letter case only: two products, easily taken for one another."""
    # SQLite folds ASCII only, so the spellings that people type are asked for by name as well.
    rows = Product.objects.filter(Q(sku__iexact=sku) | Q(sku__in={sku.lower(), sku.upper(), sku.title()}))
    return sorted(rows.exclude(sku=sku).values_list("sku", flat=True))


def _has_pieces(product: Product) -> bool:
    promised = StockLevel.objects.filter(product=product, reserved__gt=0)
    return promised.exists() or PlaceLevel.objects.filter(product=product, on_hand__gt=0).exists()


def _write(product: Product, card: Card) -> list[str]:
    """Write what differs. Gives the names of what changed."""
    wanted = {name: getattr(card, name) for name in COLUMNS}
    if card.cost_minor is None:
        del wanted["cost_minor"]
    changed = [name for name, value in wanted.items() if getattr(product, name) != value]
    for name in changed:
        setattr(product, name, wanted[name])
    if changed:
        product.save(update_fields=changed)
    changed += ["barcodes"] if _write_barcodes(product, card.barcodes) else []
    changed += ["substitutes"] if _write_substitutes(product, card.substitutes) else []
    changed += ["safety_stock"] if _write_safety(product, card.safety_stock) else []
    return changed


def _write_barcodes(product: Product, wanted: Mapping[str, int]) -> bool:
    present = dict(product.barcodes.values_list("code", "pieces"))
    if present == dict(wanted):
        return False
    taken = Barcode.objects.exclude(product=product).select_related("product").filter(code__in=wanted)
    if other := taken.first():
        raise BarcodeTaken(detail={"code": other.code, "sku": other.product.sku})
    product.barcodes.all().delete()
    try:
        with transaction.atomic():
            Barcode.objects.bulk_create(Barcode(code=code, product=product, pieces=n) for code, n in wanted.items())
    except IntegrityError:
        # Another product took one of them at the same moment.
        clash = Barcode.objects.filter(code__in=wanted).select_related("product").get()
        raise BarcodeTaken(detail={"code": clash.code, "sku": clash.product.sku}) from None
    return True


def _write_substitutes(product: Product, skus: Sequence[str]) -> bool:
    wanted = list(dict.fromkeys(skus))
    if list(product.substitutes.values_list("instead__sku", flat=True)) == wanted:
        return False
    found = {row.sku: row for row in Product.objects.filter(sku__in=wanted).exclude(pk=product.pk)}
    if unknown := _absent(wanted, found):
        raise UnknownSubstitutes(detail={"skus": ", ".join(unknown)})
    product.substitutes.all().delete()
    Substitute.objects.bulk_create(
        Substitute(product=product, instead=found[sku], rank=rank) for rank, sku in enumerate(wanted, start=1)
    )
    return True


def _absent(wanted: Iterable[str], found: Mapping[str, Product]) -> list[str]:
    return [sku for sku in wanted if sku not in found]


def _write_safety(product: Product, pieces: int) -> bool:
    """Set the pieces that the main location never promises. A service has none."""
    location = stock.main_location().code
    present = StockLevel.objects.filter(product=product, location=location).values_list("safety", flat=True).first()
    if not product.is_goods or pieces == (present or 0):
        return False
    level = stock.lock_levels([(product.pk, location)])[product.pk, location]
    set_integers(StockLevel, ["safety"], [(level.pk, pieces)])
    wake("orders.tasks.allocate")  # what is kept back no longer may be promised
    return True


def _record(kind: str, product: Product, changed: Sequence[str], *, by: Actor, at: datetime) -> None:
    journal.record([_entry(kind, product, changed)], by=by, at=at)


def _entry(kind: str, product: Product, changed: Sequence[str]) -> journal.Entry:
    """Say which fields changed, and the price and cost as they are now."""
    data: dict[str, journal.Code] = {
        "sku": product.sku, "changed": list(changed), "price": product.price_minor, "cost": product.cost_minor,
    }  # fmt: skip
    return journal.Entry(kind, data=data, subject=("product", product.pk))
