"""Orders come in: a storefront, a marketplace and the phone; most in order, some as orders are in life."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from orders import changes, intake
from orders.intake import Address, NewLine, NewOrder
from orders.models import Channel, Order, Product
from orders.status import HoldReason
from shopdesk.base.access import SWEEP
from shopdesk.demo import buyers, goods
from shopdesk.demo.buyers import Buyer
from shopdesk.demo.people import OWN, SERVICE
from shopdesk.demo.stage import MINUTE, Stage

STORE, MARKET = "shop", "market"
AGAIN: Final = "-again"
PHONE_EVERY: Final = 9
FREE_DELIVERY_FROM: Final = 6000
COMMENTS: Final = {
    "ru": ("", "", "", "Позвоните за час", "Домофон не работает", "Подарок, без чека", "Лучше после шести"),
    "bg": ("", "", "", "Обадете се час преди това", "Звънецът не работи", "Подарък, без бележка", "След шест часа"),
    "en": ("", "", "", "Please ring an hour before", "The bell is broken", "A gift, no receipt", "After six please"),
}
SOURCES: Final[tuple[Mapping[str, str], ...]] = (
    {"utm_source": "search"},
    {"utm_source": "mail"},
    {"utm_source": "social"},
    {},
)


def take_orders(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Take in what was ordered in the last hours."""
    take_in(stage, at, dice, how_many=dice.choice((1, 2, 2, 3, 3, 4) if at.weekday() < 5 else (1, 1, 2, 2)))


def take_in(stage: Stage, at: datetime, dice: random.Random, *, how_many: int) -> list[Order]:
    """Take in so many orders, of which now and then one was ordered by phone, and one is there twice."""
    products = list(Product.objects.filter(kind=Product.Kind.GOODS, active=True).order_by("sku"))
    wanted = [_order(stage, at, dice, products, f"{at:%m%d%H}-{place}") for place in range(how_many)]
    if dice.random() < 0.06:
        wanted.append(replace(wanted[0], external_id=wanted[0].external_id + AGAIN))
    if at.day % PHONE_EVERY == 0 or dice.random() < 0.1:
        wanted.append(_by_phone(_order(stage, at, dice, products, "phone")))
    taken = [one.order for one in intake.take_in_many(wanted, by=SWEEP, at=at)]
    _hold_doubles(stage, taken, at)
    return taken


def take_troubled(stage: Stage, at: datetime, dice: random.Random) -> list[Order]:
    """Take in one of each kind that a person must look at: phone, address, goods, money, twice the same."""
    products = list(Product.objects.filter(sku__in=["TEA-01", "MUG-01", "JAM-01"]).order_by("sku"))
    lamp = Product.objects.get(sku=goods.SCARCE[0])
    plain = [_order(stage, at, dice, products, f"T{at:%m%d%H}-{place}") for place in range(6)]
    store = Channel.objects.get(pk=STORE)
    plain = [replace(one, channel=store, payment_method=Order.PaidBy.COD, paid_minor=0, phone=one.phone or
                     stage.buyer(place).phone) for place, one in enumerate(plain)]  # fmt: skip
    nine = NewLine(lamp.name, 9, lamp.price_minor, 9 * lamp.price_minor, sku=lamp.sku)
    troubled = [
        replace(plain[0], phone=buyers.NEVER_READ[0]),
        replace(plain[1], address=Address(), delivery_method=Order.Delivery.COURIER),
        replace(plain[2], lines=[nine], discount_minor=0, stated_total_minor=None),
        replace(plain[3], payment_method=Order.PaidBy.PREPAID),
        plain[4],
        replace(plain[4], external_id=plain[4].external_id + AGAIN),
        plain[5],
    ]
    taken = [one.order for one in intake.take_in_many(troubled, by=SWEEP, at=at)]
    _hold_doubles(stage, taken, at)
    return taken[-1:]


def pieces(products: Sequence[Product], dice: random.Random, currency: str) -> list[NewLine]:
    """Choose what is bought: one to three kinds, mostly a piece of each; now and then wrapped as a gift."""
    chosen = dice.sample(list(products), k=dice.choice((1, 1, 1, 2, 2, 3)))
    lines = []
    for product in chosen:
        quantity = dice.choice((1, 1, 1, 1, 2, 2, 3))
        total = product.price_minor * quantity
        lines.append(NewLine(product.name, quantity, product.price_minor, total, sku=product.sku))
    if dice.random() < 0.08:
        price = goods.worth(250, currency)
        lines.append(NewLine("", 1, price, price, sku="WRAP", kind=Product.Kind.SERVICE))
    if dice.random() < 0.015:
        price = goods.worth(1500, currency)
        lines.append(NewLine("Gift box 2027", 1, price, price, sku="BOX-27"))
    return lines


def _order(stage: Stage, at: datetime, dice: random.Random, products: Sequence[Product], number: str) -> NewOrder:
    who = stage.buyer(dice.randrange(buyers.HOW_MANY))
    market = dice.random() < 0.22
    currency = stage.shop.currency
    lines = pieces(products, dice, currency)
    items = sum(line.total_minor for line in lines)
    code = MARKET if market else STORE
    plain = NewOrder(
        channel=Channel.objects.get(pk=code), placed_at=at - dice.randint(1, 70) * MINUTE, currency=currency,
        lines=lines, external_id=f"{code[0].upper()}{number}", name=who.name, email=who.email, address=who.address,
        comment=dice.choice(COMMENTS[stage.shop.language]), source=dice.choice(SOURCES),
        discount_minor=items // 20 if dice.random() < 0.1 else 0, **_carried(stage, at, dice, who, market),
    )  # fmt: skip
    plain = _paid(plain, dice, market)
    return plain if market else _as_in_life(replace(plain, phone=who.phone), dice)


def _carried(stage: Stage, at: datetime, dice: random.Random, who: Buyer, market: bool) -> dict[str, Any]:
    """Say how it goes to the buyer, until when, and for how much."""
    if market:
        return {"delivery_method": Order.Delivery.PICKUP_POINT, "courier": SERVICE}
    if who.near and dice.random() < 0.12:
        return {"delivery_method": Order.Delivery.PICKUP}
    days = dice.choice((1, 2, 2)) if who.near else dice.choice((3, 4, 5))
    method = Order.Delivery.COURIER if who.near or dice.random() < 0.4 else Order.Delivery.PICKUP_POINT
    return {
        "delivery_method": method,
        "courier": OWN if who.near else SERVICE,
        "promised_on": stage.day(at) + timedelta(days=days) if dice.random() < 0.7 else None,
        "slot": dice.choice(("10:00-14:00", "14:00-18:00", "18:00-21:00")) if who.near else "",
        "delivery_minor": goods.worth(dice.choice((0, 300, 350)), stage.shop.currency),
    }


def _paid(order: NewOrder, dice: random.Random, market: bool) -> NewOrder:
    items = sum(line.total_minor for line in order.lines)
    total = items + order.delivery_minor - order.discount_minor
    if market:
        return replace(order, payment_method=Order.PaidBy.PREPAID, paid_minor=total)
    how = dice.choice((Order.PaidBy.COD,) * 6 + (Order.PaidBy.CARD_ON_DELIVERY, Order.PaidBy.PREPAID))
    # One in eight of those who pay in advance has not paid yet.
    paid = total if how == Order.PaidBy.PREPAID and dice.random() < 0.85 else 0
    stated = total + 100 if dice.random() < 0.01 else None
    return replace(order, payment_method=how, paid_minor=paid, stated_total_minor=stated)


def _as_in_life(order: NewOrder, dice: random.Random) -> NewOrder:
    """Spoil a few: a phone that nobody can read, an address that is not there."""
    chance = dice.random()
    if chance < 0.02:
        return replace(order, phone=dice.choice(buyers.NEVER_READ))
    if chance < 0.035:
        return replace(order, address=Address())
    return order


def _by_phone(order: NewOrder) -> NewOrder:
    return replace(order, channel=intake.phone_channel(), external_id="", source={}, stated_total_minor=None)


def _hold_doubles(stage: Stage, taken: Sequence[Order], at: datetime) -> None:
    for order in taken:
        if order.external_id.endswith(AGAIN):
            by = stage.actor("manager")
            stage.attempt(partial(changes.hold, order.number, HoldReason.DUPLICATE, by=by, at=at))
