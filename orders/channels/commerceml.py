"""CommerceML 2: the orders that a shop of 1C-Bitrix hands to 1C, one document each.

Source: the exchange format of 1C, version 2.03; a real file of it lies among the real inputs.
"""

from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # types only: reading is defusedxml's
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from orders.channels.reading import LENGTHS, Unreadable, as_minor, as_number, joined, known_currency, pieces, priced
from orders.channels.said import Heard, Said, SaidLine, SaidMany
from orders.intake import Address
from orders.models import Channel, Order
from shopdesk.base.strict import clean_text

DELIVERY = "ORDER_DELIVERY"
ORDER = "Заказ товара"
CASH = "налич"


def read_xml(body: bytes) -> list[dict[str, Any]]:
    """Read a file's orders into plain objects, each with all its texts. Raises Unreadable."""
    try:
        root = fromstring(body.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable("not_json") from None
    return [_document(found) for found in root.iter("Документ") if _text(found, "ХозОперация") in {"", ORDER}]


def hear(topic: str, body: Any, channel: Channel, at: datetime) -> Heard:
    """Understand one order, or the file's list of them. Raises Unreadable."""
    if isinstance(body, list):
        return SaidMany(body)
    if not isinstance(body, dict) or not body.get("id"):
        raise Unreadable("no_id")
    currency = known_currency(str(body.get("currency", "")), channel.currency)
    goods = [row for row in body["lines"] if row["id"] != DELIVERY]
    delivery = sum(as_minor(as_number(row["total"]), currency) for row in body["lines"] if row["id"] == DELIVERY)
    placed_at = _moment(body["date"], body["time"], channel.zone) or at
    contact, facts = body["contact"], body["facts"]
    total = as_minor(as_number(body["total"]), currency)
    return Said(
        external_id=body["id"], state="cancelled" if facts.get("Отменен") == "true" else "order",
        placed_at=placed_at, modified_at=_changed(facts, channel.zone) or placed_at, currency=currency,
        lines=[_line(row, place, currency) for place, row in enumerate(goods, start=1)],
        name=contact["name"], phone=contact["phone"], email=contact["email"].casefold(),
        address=Address(text=contact["address"], country=channel.country if contact["address"] else ""),
        delivery_method=Order.Delivery.COURIER if contact["address"] or delivery else "",
        delivery_minor=delivery, stated_total_minor=total,
        payment_method=Order.PaidBy.COD if CASH in facts.get("Метод оплаты", "").casefold() else Order.PaidBy.PREPAID,
        paid_minor=total if facts.get("Заказ оплачен") == "true" else 0, comment=body["comment"],
    )  # fmt: skip


def _document(found: Element) -> dict[str, Any]:
    person = found.find("Контрагенты/Контрагент")
    facts = {_text(one, "Наименование"): _text(one, "Значение") for one in found.iterfind("ЗначенияРеквизитов/*")}
    return {
        "id": _text(found, "Ид")[: LENGTHS["id"]], "date": _text(found, "Дата"), "time": _text(found, "Время"),
        "currency": _text(found, "Валюта"), "total": _text(found, "Сумма"), "comment": _text(found, "Комментарий"),
        "contact": _contact(person), "facts": facts, "lines": [_row(one) for one in found.iterfind("Товары/Товар")],
    }  # fmt: skip


def _contact(person: Element | None) -> dict[str, str]:
    if person is None:
        return {"name": "", "phone": "", "email": "", "address": ""}
    ways: dict[str, str] = {}
    for one in person.iterfind("Контакты/Контакт"):
        ways.setdefault(_text(one, "Тип").casefold(), _text(one, "Значение"))
    place = person.find("АдресРегистрации")
    parts = [_text(one, "Значение") for one in place.iterfind("АдресноеПоле")] if place is not None else []
    address = (_text(place, "Представление") if place is not None else "") or joined(*parts)
    email = next((text for way, text in ways.items() if "почт" in way or "mail" in way), "")
    return {
        "name": (_text(person, "ПолноеНаименование") or _text(person, "Наименование"))[: LENGTHS["name"]],
        "phone": next((text for way, text in ways.items() if "тел" in way), "")[: LENGTHS["phone"]],
        "email": email[: LENGTHS["email"]], "address": address[: LENGTHS["text"]],
    }  # fmt: skip


def _row(one: Element) -> dict[str, str]:
    return {
        "id": _text(one, "Ид"), "sku": _text(one, "Артикул"), "name": _text(one, "Наименование"),
        "quantity": _text(one, "Количество"), "price": _text(one, "ЦенаЗаЕдиницу"), "total": _text(one, "Сумма"),
    }  # fmt: skip


def _line(row: dict[str, str], place: int, currency: str) -> SaidLine:
    quantity, name = pieces(as_number(row["quantity"]), row["name"][: LENGTHS["title"]])
    total = as_minor(as_number(row["total"]), currency)
    price, off = priced(quantity, total, 0)
    return SaidLine(
        external_id=str(place), name=name, quantity=quantity, price_minor=price, discount_minor=off, total_minor=total,
        sku=row["sku"][: LENGTHS["sku"]], product_code=row["id"][: LENGTHS["id"]],
    )  # fmt: skip


def _text(found: Element, name: str) -> str:
    return clean_text(found.findtext(name) or "")[0].strip()


def _moment(day: str, clock: str, zone: str) -> datetime | None:
    """Read a day and an hour of the shop's own clock."""
    try:
        at = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}")
    except ValueError:
        return None
    return at.replace(tzinfo=ZoneInfo(zone) if zone else UTC) if at.tzinfo is None else at


def _changed(facts: dict[str, str], zone: str) -> datetime | None:
    day, _blank, clock = facts.get("Дата изменения статуса", "").partition(" ")
    return _moment(day, clock, zone) if day else None
