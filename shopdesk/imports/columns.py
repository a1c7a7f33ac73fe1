"""What columns mean: the fields the desk knows, how programs and people call them, what was said before."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.errors import DomainError
from shopdesk.imports.models import ColumnMap, Import


class ColumnsMissing(DomainError):
    """A file without these says nothing."""

    sentence = _("Say which column holds: %(fields)s.")


class ColumnTwice(DomainError):
    """One column was named for two things."""

    sentence = _("Column “%(column)s” is chosen twice.")


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column may hold, and how such columns are called (casefolded) in exports that people have."""

    name: str
    label: str | Promise
    known_as: tuple[str, ...]


ORDERS = (
    Field("external_id", _("Number in the shop"), (
        "external_id", "order id", "order number", "order", "number", "id", "name", "номер заказа", "заказ", "№ заказа",
        "номер", "№", "поръчка", "номер на поръчка",
    )),
    Field("placed_at", _("Placed"), (
        "placed_at", "created at", "order date", "date", "дата заказа", "дата", "создан", "дата создания",
        "дата на поръчка",
    )),
    Field("person", _("Customer"), (
        "customer", "customer name", "shipping name", "billing name", "full name", "buyer", "клиент", "покупатель",
        "фио", "имя", "получатель", "име", "получател",
    )),
    Field("phone", _("Phone"), (
        "phone", "shipping phone", "billing phone", "phone number", "телефон", "номер телефона", "тел", "тел.",
    )),
    Field("email", _("E-mail"), ("email", "e-mail", "billing email", "почта", "имейл")),
    Field("sku", _("SKU"), ("sku", "lineitem sku", "item sku", "артикул", "код товара", "код")),
    Field("item", _("Item"), (
        "item", "lineitem name", "item name", "product", "product name", "товар", "наименование", "название товара",
        "наименование товара", "продукт", "стока",
    )),
    Field("quantity", _("Quantity"), (
        "quantity", "lineitem quantity", "qty", "pieces", "количество", "кол-во", "колво", "шт", "брой",
    )),
    Field("price", _("Price a piece"), (
        "price", "lineitem price", "item price", "unit price", "цена", "цена за единицу", "цена за шт", "ед. цена",
    )),
    Field("line_total", _("Total of the line"), ("line total", "item total", "сумма товара", "стоимость", "стойност")),
    Field("line_discount", _("Discount of the line"), ("line discount", "lineitem discount", "скидка на товар")),
    Field("delivery", pgettext_lazy("way", "Delivery"), (
        "delivery", "shipping method", "delivery method", "способ доставки", "доставка", "начин на доставка",
    )),
    Field("delivery_charge", _("Delivery charge"), (
        "delivery charge", "shipping", "shipping cost", "стоимость доставки", "цена доставки", "цена на доставка",
    )),
    Field("discount", _("Discount"), ("discount", "discount amount", "скидка", "отстъпка")),
    Field("total", _("Total"), ("total", "order total", "итого", "сумма", "сумма заказа", "всего", "общо", "сума")),
    Field("payment", _("Payment"), (
        "payment", "payment method", "способ оплаты", "оплата", "начин на плащане", "плащане",
    )),
    Field("paid", _("Paid"), ("paid", "paid amount", "amount paid", "оплачено", "предоплата", "платено")),
    Field("address", _("Address"), (
        "address", "shipping street", "shipping address", "shipping address1", "delivery address", "адрес",
        "адрес доставки", "адрес за доставка",
    )),
    Field("country", _("Country"), ("country", "shipping country", "страна", "държава")),
    Field("region", _("Region"), ("region", "shipping province", "state", "регион", "область", "край", "област")),
    Field("city", _("City"), ("city", "shipping city", "город", "населённый пункт", "населенный пункт", "град")),
    Field("postcode", _("Postcode"), (
        "postcode", "zip", "shipping zip", "postal code", "индекс", "почтовый индекс", "пощенски код",
    )),
    Field("street", _("Street"), ("street", "улица")),
    Field("house", _("House"), ("house", "дом")),
    Field("flat", _("Flat"), ("flat", "apartment", "квартира", "кв", "офис", "апартамент")),
    Field("on", _("Delivery day"), ("delivery date", "дата доставки", "дата на доставка")),
    Field("hours", _("Hours"), ("delivery time", "hours", "время доставки", "интервал доставки", "час на доставка")),
    Field("comment", _("Comment"), (
        "comment", "notes", "note", "customer note", "комментарий", "примечание", "коментар", "бележка",
    )),
)  # fmt: skip
PRODUCTS = (
    Field("sku", _("SKU"), ("sku", "артикул", "код", "код товара")),
    Field("name", _("Name"), ("name", "наименование", "название", "товар", "име", "продукт")),
    Field("kind", _("Kind"), ("kind", "type", "вид", "тип")),
    Field("group", _("Group"), ("group", "categories", "category", "категория", "группа", "група")),
    Field("price", _("Price"), ("price", "regular price", "цена", "розничная цена", "продажна цена")),
    Field("cost", _("Cost"), ("cost", "себестоимость", "закупочная цена", "доставна цена")),
    Field("barcode", _("Barcode"), (
        "barcode", "barcodes", "gtin, upc, ean, or isbn", "штрихкод", "штрих-код", "ean", "баркод",
    )),
    Field("weight_g", _("Weight, g"), ("weight_g", "вес, г", "тегло, г")),
    Field("weight_kg", _("Weight, kg"), ("weight (kg)", "weight", "вес, кг", "вес", "тегло, кг", "тегло")),
    Field("min_stock", _("Lowest stock"), ("min_stock", "low stock amount", "минимальный остаток", "мин. наличност")),
    Field("safety_stock", _("Safety stock"), ("safety_stock", "страховой запас", "резервна наличност")),
    Field("on_hand", _("In stock"), ("on_hand", "stock", "остаток", "количество", "наличност")),
)  # fmt: skip
FIELDS: Mapping[str, tuple[Field, ...]] = {Import.What.ORDERS: ORDERS, Import.What.PRODUCTS: PRODUCTS}


def propose(what: str, headings: Sequence[str]) -> dict[str, str]:
    """Give field -> heading: as it was said of such a file before, else by how the columns are called."""
    remembered = ColumnMap.objects.filter(what=what, fingerprint=fingerprint(headings)).first()
    if remembered is not None:
        return dict(remembered.columns)
    free = {heading.casefold(): heading for heading in headings if heading}
    found = {}
    for rank in range(max(len(field.known_as) for field in FIELDS[what])):
        for field in FIELDS[what]:
            names = field.known_as[rank : rank + 1]
            if field.name not in found and names and names[0] in free:
                found[field.name] = free.pop(names[0])
    return found


def check(what: str, columns: Mapping[str, str], headings: Sequence[str]) -> dict[str, str]:
    """Give the chosen columns that are there. Raises ColumnsMissing, ColumnTwice."""
    known = {field.name for field in FIELDS[what]}
    chosen = {name: heading for name, heading in columns.items() if name in known and heading in headings and heading}
    twice = [heading for heading in chosen.values() if list(chosen.values()).count(heading) > 1]
    if twice:
        raise ColumnTwice(detail={"column": twice[0]})
    labels = {field.name: field.label for field in FIELDS[what]}
    if what == Import.What.PRODUCTS and "sku" not in chosen:
        raise ColumnsMissing(detail={"fields": labels["sku"]})
    if what == Import.What.ORDERS and not {"sku", "item"} & set(chosen):
        raise ColumnsMissing(detail={"fields": f"{labels['sku']} / {labels['item']}"})
    return chosen


def remember(what: str, headings: Sequence[str], columns: Mapping[str, str], *, at: datetime) -> None:
    """Keep what was said of a file with these headings for the next one."""
    ColumnMap.objects.update_or_create(
        what=what, fingerprint=fingerprint(headings), defaults={"columns": dict(columns), "saved_at": at}
    )


def fingerprint(headings: Iterable[str]) -> str:
    """Give what two files with the same headings share."""
    return hashlib.sha256(json.dumps([heading.casefold() for heading in headings]).encode()).hexdigest()
