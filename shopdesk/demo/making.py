"""Making the demo shop: its days one after another, resumed where it was cut short, never in a real shop."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders import intake, stock
from orders.models import BuyoutFee, Channel, Courier, Order, Shop, Tariff
from shopdesk.base.errors import DomainError
from shopdesk.demo import calling, goods, packing_table, people, road, selling, shelf, shops, today
from shopdesk.demo.stage import DAY, Deed, Stage

NAMES: Final = {"ru": "Демо-магазин", "bg": "Демо магазин", "en": "Demo shop"}
OWN_COURIERS: Final = {"ru": "Наши курьеры", "bg": "Наши куриери", "en": "Our couriers"}
OPENS_AT: Final = time(8, 30)
AGENDA: Final[tuple[tuple[time, Deed], ...]] = (
    (time(9, 0), shelf.receive),
    (time(9, 15), selling.take_orders),
    (time(9, 30), calling.ring),
    (time(10, 40), calling.settle_holds),
    (time(11, 0), packing_table.pack),
    (time(12, 0), selling.take_orders),
    (time(12, 20), calling.ring),
    (time(13, 0), road.report),
    (time(13, 30), packing_table.pack),
    (time(14, 30), shelf.count),
    (time(15, 20), road.take_back),
    (time(15, 40), shelf.give),
    (time(16, 0), selling.take_orders),
    (time(16, 15), calling.ring),
    (time(17, 20), packing_table.pack),
    (time(18, 20), road.hand_over),
    (time(18, 50), selling.take_orders),
    (time(19, 0), calling.ring),
    (time(20, 20), road.report),
    (time(20, 50), road.bring_money),
    (time(21, 40), selling.take_orders),
)


class RealShop(DomainError):
    """There are orders, goods or people that are not the demo's."""

    sentence = _("Somebody works in this desk already: the demo shop is made on an empty one only.")
    next_step = _("Choose another folder with --data, or another database.")


class OtherDays(DomainError):
    """The demo was begun with other days than it shall go on with."""

    sentence = _("The demo shop was begun with another number of days.")
    next_step = _("Repeat the command as it was the first time.")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many days of trade, and the seed of their chance."""

    days: int = 21
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What was done: how many deeds now (none when the shop was there), and what the desk refused on the way."""

    deeds: int
    refused: list[str]


Say = Callable[[int, int], None]


def make(plan: Plan, *, now: datetime, say: Say = lambda done, whole: None) -> Made:
    """Make the demo shop up to `now`, or go on where it was cut short. Again: nothing is added.

    `say` hears how many of how many deeds are done. Raises RealShop, OtherDays.
    """
    refuse_real_shop()
    shop = _open(plan, now)
    deeds = agenda(shop, plan.days)
    if shop.demo_whole != len(deeds):
        raise OtherDays
    stage = _stage(shop, plan.seed)
    for place, (at, deed) in list(enumerate(deeds))[shop.demo_done :]:
        deed(stage, at, stage.dice(place))
        Shop.objects.filter(pk=shop.pk).update(demo_done=F("demo_done") + 1)
        say(place + 1, len(deeds))
    return Made(len(deeds) - shop.demo_done, stage.refused)


def refuse_real_shop() -> None:
    """Refuse where anybody works for real. Raises RealShop."""
    ours = {selling.STORE, selling.MARKET, shops.WOO, "phone"}
    if Order.objects.exclude(channel__in=ours).exists() or people.strangers():
        raise RealShop
    if not Shop.current().demo and (Order.objects.exists() or goods.anything()):
        raise RealShop


def agenda(shop: Shop, days: int) -> list[tuple[datetime, Deed]]:
    """Give every deed with its hour: the opening, each day's work, and the last hours before the end."""
    end = shop.demo_until
    if end is None:
        return []
    stage = Stage(shop, 0, {}, "", {})
    first = stage.day(end) - days * DAY
    worked = [
        (at, deed)
        for day in range(days + 1)
        for hour, deed in AGENDA
        if (at := stage.clock(first + day * DAY, hour)) <= end - today.LASTS
    ]
    return [(stage.clock(first, OPENS_AT), _stock_up), *worked, (end, today.leave_work)]


def _open(plan: Plan, now: datetime) -> Shop:
    """Give the shop, named and begun on the first time; what was begun keeps its end."""
    shop = Shop.current()
    if shop.demo:
        return shop
    shop.name, shop.demo, shop.demo_until = NAMES[shop.language], True, now.replace(second=0, microsecond=0)
    shop.demo_whole = len(agenda(shop, plan.days))
    shop.save()
    return shop


def _stage(shop: Shop, seed: int) -> Stage:
    """Hire the people, open the channels, make terms with the couriers."""
    hired = people.hire(shop)
    terms = {"currency": shop.currency, "country": shop.country}
    Channel.objects.get_or_create(code=selling.STORE, defaults={"name": "shop.example", **terms})
    contact = {"name": "market.example", "contact": Channel.Contact.OPTIONAL, **terms}
    Channel.objects.get_or_create(code=selling.MARKET, defaults=contact)
    intake.phone_channel()
    own = {"name": OWN_COURIERS[shop.language], "kind": Courier.Kind.OWN, "days": 1, "check_after_days": 2}
    Courier.objects.get_or_create(code=people.OWN, defaults=own)
    service = {"name": "Parcel Express", "kind": Courier.Kind.SERVICE, "days": 3, "check_after_days": 4}
    Courier.objects.get_or_create(code=people.SERVICE, defaults=service)
    _price(shop, people.OWN, charged=300, cost=220, free_from=5000)
    _price(shop, people.SERVICE, charged=350, cost=310, free_from=None)
    if not BuyoutFee.objects.filter(courier=people.SERVICE).exists():
        worth = goods.worth(90, shop.currency)
        BuyoutFee.objects.create(courier_id=people.SERVICE, currency=shop.currency, fee_minor=worth, fee_permille=10)
    bins = {article.card.sku: article.bin for article in goods.articles(shop.language, shop.currency)}
    return Stage(shop, seed, hired, stock.main_location().code, bins)


def _price(shop: Shop, courier: str, *, charged: int, cost: int, free_from: int | None) -> None:
    """Make one line of prices, once. In the demo's own roubles; `goods.worth` says what they are elsewhere."""
    if Tariff.objects.filter(courier=courier).exists():
        return
    worth = {name: goods.worth(roubles, shop.currency) for name, roubles in {"charged": charged, "cost": cost}.items()}
    Tariff.objects.create(
        courier_id=courier, currency=shop.currency, charged_minor=worth["charged"], cost_minor=worth["cost"],
        free_from_minor=goods.worth(free_from, shop.currency) if free_from else None, cod_fee_permille=20,
    )  # fmt: skip


def _stock_up(stage: Stage, at: datetime, dice: random.Random) -> None:
    shelf.stock_up(stage, goods.articles(stage.shop.language, stage.shop.currency), at)
