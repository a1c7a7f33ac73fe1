"""Which shop a channel calls, and with what."""

from collections.abc import Callable, Mapping
from typing import Final

from orders.channels.calling import Access, Shop
from orders.channels.shopifyshop import ShopifyShop
from orders.channels.wooshop import WooShop
from orders.inbox import secrets
from orders.models import Channel, Connection

SHOPS: Final[Mapping[str, Callable[[Access], Shop]]] = {
    Channel.Kind.WOOCOMMERCE: WooShop,
    Channel.Kind.SHOPIFY: ShopifyShop,
}


def can_be_called(own: Connection) -> bool:
    """Tell whether the desk knows how to call a channel's shop, and may."""
    return own.channel.kind in SHOPS and bool(own.address and own.api_key)


def shop_of(own: Connection) -> Shop:
    """Give the shop of a channel. Its keys are opened here and nowhere else."""
    access = Access(own.address, secrets.opened(own, "api_key"), secrets.opened(own, "api_secret"), own.stock_place)
    return SHOPS[own.channel.kind](access)
