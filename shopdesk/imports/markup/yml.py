"""YML: the feed that marketplaces read. https://yandex.ru/support/partnermarket/export/yml.html"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from orders.models import Product
from shopdesk.base.errors import Malformed, Refusal
from shopdesk.base.strict import form_identifier
from shopdesk.imports import cells
from shopdesk.imports.markup.walking import Element, Thing, said, thing, walk
from shopdesk.imports.products import grams

OLD_CODES = {"RUR": "RUB", "BYR": "BYN"}
WITHOUT_PLACE = ("event-ticket", "tour")  # kinds of offers that nobody can put on a shelf
NAMES = (("typePrefix", "vendor", "model"), ("author", "title"), ("artist", "title"), ("title",), ("name",))


def read(path: Path, currency: str) -> Iterator[Thing]:
    """Read the offers. The SKU is the seller's own (`shop-sku`, `vendorCode`) where no two share it, else the id."""
    shared = {code for code, times in Counter(_codes(path)).items() if times > 1}
    groups: dict[str, tuple[str, str]] = {}  # id -> (name, the group it is in)
    place = 0
    for name, element, _depth in walk(path, ("category", "offer")):
        if element is None:
            continue
        if name == "category":
            own = (said(element), element.get("parentId", ""))
            groups[element.get("id", "")] = own
        elif name == "offer":
            place += 1
            yield _read(element, place, groups, shared, currency)


def _codes(path: Path) -> Iterator[str]:
    for name, element, _depth in walk(path, ("offer",)):
        if name == "offer" and element is not None and (code := _own_code(element)):
            yield code


def _own_code(offer: Element) -> str:
    return said(offer, "shop-sku") or said(offer, "vendorCode")


def _read(offer: Element, place: int, groups: dict[str, tuple[str, str]], shared: set[str], currency: str) -> Thing:
    code = _own_code(offer)
    sku = code if code and code not in shared else offer.get("id", "").strip()
    found = thing(place, sku)
    try:
        found["key"] = form_identifier(sku, pointer="/sku")
        if not found["key"]:
            raise cells.BadCell("id", _("it is empty."))
        _fill(found, offer, groups, currency)
    except Malformed as refusal:
        found |= {"bad": True, "words": [str(error.detail) for error in refusal.errors]}
    except Refusal as refusal:
        found |= {"bad": True, "words": [str(refusal)]}
    return found


def _fill(found: Thing, offer: Element, groups: dict[str, tuple[str, str]], currency: str) -> None:
    card = found["card"]
    card["name"] = (_name(offer) or found["key"])[:300]
    card["kind"] = Product.Kind.SERVICE if offer.get("type") in WITHOUT_PLACE else Product.Kind.GOODS
    if group := path_of(said(offer, "categoryId"), groups):
        card["group"] = group[:300]
    if codes := [said(code) for code in offer if code.tag == "barcode" and said(code)]:
        card["barcodes"] = {form_identifier(code, pointer="/barcode"): 1 for code in codes}
    if (kilograms := cells.number(said(offer, "weight"), "weight")) is not None:
        card["weight_g"] = grams(kilograms, "weight")
    stated = said(offer, "currencyId").upper()
    if OLD_CODES.get(stated, stated) in {currency, ""}:
        for field, column in (("price", "price_minor"), ("purchase_price", "cost_minor")):
            if (amount := cells.amount(said(offer, field), field, currency)) is not None:
                card[column] = amount
    else:
        found["words"].append(_("Its price is in another currency and is left out."))
    if (count := cells.number(said(offer, "count"), "count")) is not None and count >= 0:
        found["on_hand"] = int(Decimal(count))


def _name(offer: Element) -> str:
    """Give the name as it is said, or put together from what this kind of offer has."""
    if name := said(offer, "name"):
        return name
    for parts in NAMES:
        if said(offer, parts[-1]):
            return " ".join(filter(None, (said(offer, part) for part in parts)))
    return ""


def path_of(group: str, groups: dict[str, tuple[str, str]]) -> str:
    """Give a group with all it is inside of: "Books / Crime". A group that is inside of itself ends where it began."""
    names: list[str] = []
    passed: set[str] = set()
    while group in groups and group not in passed:
        passed.add(group)
        name, group = groups[group]
        names.insert(0, name)
    return " / ".join(names)
