"""CommerceML 2: what 1C and Bitrix write. `import.xml` has the goods and their groups, `offers.xml` prices and stock.

https://v8.1c.ru/tekhnologii/obmen-dannymi-i-integratsiya/standarty-i-formaty/standarty-commerceml/
"""

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

GOODS, OFFER, GROUP, PRICE_TYPE = "Товар", "Предложение", "Группа", "ТипЦены"
RETAIL = ("розн", "retail")
OF_A_CHOICE = 8  # characters of a characteristic's id that tell sizes and colours of one article apart


class Reading:
    """What was met on the way through the file: the groups, and which of several prices is the shop's."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.inside: list[str] = []  # the names of the groups around
        self.own_id: list[str] = []
        self.groups: dict[str, str] = {}  # id -> with all it is inside of
        self.prices: list[tuple[str, str]] = []  # (id, casefolded name)

    @property
    def price_type(self) -> str:
        """The retail price, else the first that is listed; empty when none is."""
        retail = (own for own, name in self.prices if any(word in name for word in RETAIL))
        return next(retail, self.prices[0][0] if self.prices else "")


def read(path: Path, currency: str) -> Iterator[Thing]:
    """Read goods and offers. The SKU is the article; of several choices of it (sizes), with the choice behind it."""
    reading, place = Reading(currency), 0
    for name, element, _depth in walk(path, (GOODS, OFFER, PRICE_TYPE)):
        _hear_groups(reading, name, element)
        if element is None:
            continue
        if name == PRICE_TYPE:
            reading.prices.append((said(element, "Ид"), said(element, "Наименование").casefold()))
        elif name in {GOODS, OFFER}:
            place += 1
            yield _read(element, place, reading)


def _hear_groups(reading: Reading, name: str, element: Element | None) -> None:
    """Follow the groups as they begin and end; a group's id and name stand before the groups inside it."""
    if name == GROUP and element is None:
        reading.inside.append("")
        reading.own_id.append("")
    elif name == GROUP:
        reading.inside.pop()
        reading.own_id.pop()
    elif element is not None and reading.inside and name in {"Ид", "Наименование"}:
        names = reading.own_id if name == "Ид" else reading.inside
        names[-1] = names[-1] or said(element)
        if reading.own_id[-1]:
            reading.groups[reading.own_id[-1]] = " / ".join(filter(None, reading.inside))


def _read(element: Element, place: int, reading: Reading) -> Thing:
    own, _hash, choice = said(element, "Ид").partition("#")
    article = said(element, "Артикул")
    found = thing(place, article or own)
    found["id"] = own
    if "удал" in (said(element, "Статус") or element.get("Статус", "")).casefold():
        return found | {"skipped": True, "words": [_("It is deleted where the file comes from.")]}
    try:
        sku = form_identifier(article or own, pointer="/sku")
        if not sku:
            raise cells.BadCell("Артикул", _("it is empty."))
        found["key"] = f"{sku[: 63 - OF_A_CHOICE]}#{choice[:OF_A_CHOICE]}" if choice else sku
        found["article"] = bool(article)
        _fill(found, element, reading)
    except Malformed as refusal:
        found |= {"bad": True, "words": [str(error.detail) for error in refusal.errors]}
    except Refusal as refusal:
        found |= {"bad": True, "words": [str(refusal)]}
    return found


def _fill(found: Thing, element: Element, reading: Reading) -> None:
    card = found["card"]
    if name := said(element, "Наименование"):
        card["name"] = name[:300]
    if code := said(element, "Штрихкод"):
        card["barcodes"] = {form_identifier(code, pointer="/barcode"): 1}
    if group := reading.groups.get(said(element, "Группы", "Ид")):
        card["group"] = group[:300]
    details = {
        said(detail, "Наименование"): said(detail, "Значение")
        for detail in element.iter("ЗначениеРеквизита")
    }  # fmt: skip
    if kind := details.get("ТипНоменклатуры"):
        card["kind"] = Product.Kind.SERVICE if "услуг" in kind.casefold() else Product.Kind.GOODS
    if (kilograms := cells.number(details.get("Вес", "") or said(element, "Вес"), "Вес")) is not None:
        card["weight_g"] = grams(kilograms, "Вес")
    _fill_price(found, element, reading)
    found["on_hand"] = _stock(element)


def _fill_price(found: Thing, element: Element, reading: Reading) -> None:
    prices = {said(price, "ИдТипаЦены"): price for price in element.iter("Цена")}
    price = prices.get(reading.price_type, next(iter(prices.values()), None))
    if price is None:
        return
    stated = said(price, "Валюта").upper()
    if {"RUR": "RUB", "РУБ": "RUB"}.get(stated.rstrip("."), stated) not in {reading.currency, ""}:
        found["words"].append(_("Its price is in another currency and is left out."))
        return
    amount = cells.amount(said(price, "ЦенаЗаЕдиницу"), "ЦенаЗаЕдиницу", reading.currency)
    if amount is not None:
        found["card"]["price_minor"] = amount


def _stock(element: Element) -> int | None:
    """Give the pieces in stock: as the offer says, else those of all warehouses; parts of a piece are none."""
    told = cells.number(said(element, "Количество"), "Количество")
    if told is None:
        each = [cells.number(place.get("КоличествоНаСкладе", ""), "Склад") for place in element.iter("Склад")]
        known = [count for count in each if count is not None]
        if not known:
            return None
        told = sum(known, Decimal())
    return max(int(told), 0)
