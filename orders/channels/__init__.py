"""Channels: how each kind of shop writes, in the desk's words. They only translate; nothing here touches a row."""

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any, Final

from orders.channels import commerceml, generic, shopify, woocommerce
from orders.channels.reading import Unreadable, read_json
from orders.channels.said import Heard
from orders.models import Channel, ShopOrder

KINDS: Final[Mapping[str, ModuleType]] = {
    Channel.Kind.WOOCOMMERCE: woocommerce,
    Channel.Kind.SHOPIFY: shopify,
    Channel.Kind.API: generic,
}


def dialect(channel: Channel) -> Any:
    """Give the module that understands a channel's kind; the desk's own shape where no other is known."""
    return KINDS.get(channel.kind, generic)


def hear(channel: Channel, topic: str, body: str, at: datetime) -> Heard:
    """Understand a raw message of a channel. `at`: when it came. Raises Unreadable."""
    text = body.lstrip("\ufeff")
    if text.lstrip().startswith("<"):
        found: Any = commerceml.read_xml(_bytes_of(text))
        found = found[0] if len(found) == 1 else found
        heard: Heard = commerceml.hear(topic, found, channel, at)
        return heard
    value = read_json(text)
    # The part of a file of several documents: it was read from XML once, and lies as JSON since.
    is_document = channel.kind == Channel.Kind.FILE and isinstance(value, dict) and "facts" in value
    speaks: Any = commerceml if is_document else dialect(channel)
    understood: Heard = speaks.hear(topic, value, channel, at)
    return understood


def meaning_of(state: str, channel: Channel, own: Mapping[str, str]) -> str:
    """Say what a shop's status means to the desk: as the channel's owner mapped it, else as its kind is known."""
    known: Mapping[str, str] = dialect(channel).MEANINGS
    # A word nobody mapped is an order: an order too many is seen, a lead too many is not.
    return own.get(state) or known.get(state) or ShopOrder.Meaning.ORDER


def _bytes_of(text: str) -> bytes:
    """Give an XML text in the encoding that its head promises; the desk keeps it as text."""
    head, sep, rest = text.partition("?>")
    return (rest if sep and head.lstrip().startswith("<?xml") else text).encode()


__all__ = ["KINDS", "Unreadable", "dialect", "hear", "meaning_of"]
