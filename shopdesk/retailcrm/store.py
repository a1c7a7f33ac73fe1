"""Goods over API v5: how many there are, what they cost, what they are called."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from rest_framework.request import Request

from orders import catalogue
from orders.models import Product, StockLevel
from shopdesk.base import masks
from shopdesk.base.envelope import answered
from shopdesk.base.errors import DomainError, Malformed
from shopdesk.base.strict import read_whole
from shopdesk.retailcrm import reading, stocktaking
from shopdesk.retailcrm.door import Door, Visit, paged
from shopdesk.retailcrm.reading import Entity, rows, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.showing import amount

LIMITS = (20, 50, 100, 250)
MOST_OFFERS = 250


class Inventories(Door):
    """How many pieces of each product can be sold."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page; one behind the last is empty, by which some modules know the end."""
        visit = self.visit(request)
        found, told = _products(visit)
        details = reading.yes((reading.filters(visit.query).get("details") or ["0"])[0])
        return answered({"pagination": told, "offers": [_inventory(row, visit, details=details) for row in found]})


class InventoriesUpload(Door):
    """How many pieces somebody else counted."""

    def post(self, request: Request) -> HttpResponse:
        """Count them in: a count per store, with its variance posted or laid before a person as any other."""
        visit = self.visit(request)
        offers = reading.entities(visit.fields, "offers", MOST_OFFERS)
        products, unknown = _named(offers)
        counted: dict[str, dict[str, int]] = defaultdict(dict)
        wrong = {}
        for place, offer in enumerate(offers):
            for store in rows(offer, "stores"):
                available = _pieces(store)
                if available is None:
                    wrong[f"offers[{place}].stores"] = "This value is not valid."
                elif place in products:
                    counted[text(store, "code", 32)][products[place].sku] = available
        if wrong:
            raise BadEntity(wrong)
        for store_code, pieces in counted.items():
            try:
                stocktaking.take(store_code, pieces, by=visit.by, at=visit.now)
            except DomainError as refusal:
                raise BadEntity({f"stores.{store_code}": refusal}) from refusal
        return answered({"processedOffersCount": len(products), "notFoundOffers": unknown})


class PricesUpload(Door):
    """What products shall cost."""

    def post(self, request: Request) -> HttpResponse:
        """Set the price that is called `base`; the desk has one."""
        visit = self.visit(request)
        offers = reading.entities(visit.fields, "prices", MOST_OFFERS)
        products, unknown = _named(offers)
        wrong = {}
        for place, product in products.items():
            for price in rows(offers[place], "prices"):
                if text(price, "code", 40) not in ("", "base"):
                    continue
                try:
                    wanted = {"price_minor": reading.minor(price.get("price"), visit.shop.currency)}
                    catalogue.change(product.sku, wanted, by=visit.by, at=visit.now)
                except (ValueError, Malformed):
                    wrong[f"prices[{place}]"] = "This value is not valid."
        if wrong:
            raise BadEntity(wrong)
        return answered({"processedOffersCount": len(products), "notFoundOffers": unknown})


class Products(Door):
    """What the shop sells."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page of products, each with its one offer."""
        visit = self.visit(request)
        found, told = _products(visit)
        return answered({"pagination": told, "products": [_product(row, visit) for row in found]})


class Offers(Door):
    """What the shop sells, offer by offer."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page of offers."""
        visit = self.visit(request)
        found, told = _products(visit)
        return answered({"pagination": told, "offers": [_offer(row, visit) for row in found]})


def _products(visit: Visit) -> tuple[list[Product], dict[str, int]]:
    limit, page = reading.paging(visit.query, LIMITS)
    asked = reading.filters(visit.query)
    rows_ = Product.objects.for_subject(visit.subject).filter(kind=Product.Kind.GOODS)
    if numbers := asked.get("ids"):
        rows_ = rows_.filter(pk__in=reading.wholes(numbers))
    if codes := [one for name in ("offerExternalId", "offerXmlId", "externalIds") for one in asked.get(name, ())]:
        rows_ = rows_.filter(sku__in=codes)
    if "active" in asked or "offerActive" in asked:
        rows_ = rows_.filter(active=reading.yes((asked.get("active") or asked["offerActive"])[0]))
    levels = Prefetch("stock_levels", StockLevel.objects.order_by("location"))
    return paged(rows_.prefetch_related(levels).order_by("pk"), limit, page)


def _inventory(row: Product, visit: Visit, *, details: bool) -> dict[str, Any]:
    levels = list(row.stock_levels.all())
    cost = _cost(row, visit)
    shown = {
        "id": row.pk, "externalId": row.sku, "xmlId": row.sku, "site": visit.site.pk if visit.site else "",
        "quantity": sum(level.available for level in levels), **cost,
    }  # fmt: skip
    stores = [{"store": level.location_id, "quantity": level.available, **cost} for level in levels]
    return shown | ({"stores": stores} if details else {})


def _cost(row: Product, visit: Visit) -> dict[str, Any]:
    """Give what a piece costs the shop, to those who may see it."""
    shown = {"purchasePrice": amount(row.cost_minor, visit.shop.currency)}
    return {name: one for name, one in masks.visible(visit.subject, shown, {"purchasePrice": "product.cost"}).items()}


def _offer(row: Product, visit: Visit) -> dict[str, Any]:
    price = amount(row.price_minor, visit.shop.currency)
    return {
        "id": row.pk, "externalId": row.sku, "xmlId": row.sku, "name": row.name, "article": row.sku, "price": price,
        "prices": [{"priceType": "base", "price": price}], "active": row.active, "weight": row.weight_g,
        "quantity": sum(level.available for level in row.stock_levels.all()),
    }  # fmt: skip


def _product(row: Product, visit: Visit) -> dict[str, Any]:
    offer = _offer(row, visit)
    shown = {"id": row.pk, "externalId": row.sku, "name": row.name, "article": row.sku, "active": row.active}
    return shown | {"minPrice": offer["price"], "maxPrice": offer["price"], "quantity": offer["quantity"],
                    "groups": [], "offers": [offer]}  # fmt: skip


def _named(offers: Sequence[Entity]) -> tuple[Mapping[int, Product], list[dict[str, str]]]:
    """Find the products that offers name, by place; and those that nobody knows."""
    numbers = {int(one) for offer in offers for one in [text(offer, "id", 18)] if one.isascii() and one.isdigit()}
    codes = {code for offer in offers for code in _codes(offer)}
    by_number = Product.objects.in_bulk(numbers)
    by_code = {row.sku: row for row in Product.objects.filter(sku__in=codes)}
    found: dict[int, Product] = {}
    unknown = []
    for place, offer in enumerate(offers):
        product = next((by_code[code] for code in _codes(offer) if code in by_code), None)
        number = text(offer, "id", 18)
        product = product or (by_number.get(read_whole(number) or 0))
        if product is None:
            unknown.append({name: text(offer, name, 64) for name in ("id", "externalId", "xmlId") if text(offer, name)})
        else:
            found[place] = product
    return found, unknown


def _codes(offer: Entity) -> list[str]:
    return [code for code in (text(offer, "externalId", 64), text(offer, "xmlId", 64)) if code]


def _pieces(store: Entity) -> int | None:
    """Read how many there are; None for what is no whole number of pieces."""
    try:
        found = reading.number(store.get("available"))
    except ValueError:
        return None
    whole = found is not None and 0 <= found <= Decimal(10**9) and found == found.to_integral_value()
    return int(found) if whole and found is not None else None
