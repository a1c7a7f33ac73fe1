"""What a shop sells under its own numbers: tied to our products by SKU, else learnt once from a person."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import changes, journal
from orders.channels.said import Said, SaidLine
from orders.models import Channel, ChannelItem, OrderLine, Product, ShopOrder
from orders.status import BEFORE_PACKED
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing


class UnknownProduct(DomainError):
    """The SKU that was typed is nobody's."""

    sentence = _("There is no product with the SKU %(sku)s.")
    next_step = _("Look it up on the shelf, or add the product first.")


def skus_of(side: ShopOrder, said: Said) -> dict[str, str]:
    """Give line id -> our SKU, where the shop's own number of the goods is known."""
    coded = {(line.product_code, line.variant_code): line.external_id for line in said.lines if line.product_code}
    if not coded:
        return {}
    codes = {product for product, _variant in coded}
    rows = ChannelItem.objects.filter(channel=side.channel, product_code__in=codes).exclude(product=None)
    found = {
        (row.product_code, row.variant_code): row.product.sku for row in rows.select_related("product") if row.product
    }
    return {line.external_id: found[(line.product_code, line.variant_code)] for line in said.lines
            if (line.product_code, line.variant_code) in found}  # fmt: skip


def note_items(channel: Channel, said: Said, *, at: datetime) -> dict[str, str]:
    """Keep which numbers the shop uses, learn those whose SKU is a product's. Gives line id -> our SKU."""
    coded = [line for line in said.lines if line.product_code]
    if not coded:
        return {}
    known = _known(channel, coded)
    products = {row.sku: row for row in Product.objects.filter(sku__in={line.sku for line in coded if line.sku})}
    fresh: dict[tuple[str, str], ChannelItem] = {}
    for line in coded:
        key = (line.product_code, line.variant_code)
        item = known.get(key) or fresh.get(key)
        if item is None:
            item = fresh[key] = ChannelItem(
                channel=channel, product_code=line.product_code, variant_code=line.variant_code, sku=line.sku,
                name=line.name, seen_at=at,
            )  # fmt: skip
        if item.product is None and line.sku in products:
            item.product, item.learnt_at, item.sku = products[line.sku], at, line.sku
            if item.pk:
                item.save(update_fields=["product", "learnt_at", "sku"])
    ChannelItem.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    both = known | fresh
    found = {line.external_id: both[(line.product_code, line.variant_code)].product for line in coded}
    return {key: product.sku for key, product in found.items() if product is not None}


@transaction.atomic(durable=True)
def learn(item_id: int, sku: str, *, by: Actor, at: datetime) -> list[int]:
    """Say which product the shop's number is. Open orders that waited for it are tied; gives their numbers.

    Raises Missing, UnknownProduct. Learnt anew it holds from now on; what was sold before stays as it was sold.
    """
    item = ChannelItem.objects.locked(pk=item_id).first()
    if item is None:
        raise Missing
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        raise UnknownProduct(detail={"sku": sku})
    item.product, item.learnt_at = product, at
    item.save(update_fields=["product", "learnt_at"])
    told: dict[str, journal.Code] = {"product": product.pk}
    journal.record([journal.Entry("channel.item_learnt", data=told, subject=("channel_item", item.pk))], by=by, at=at)
    return _tie(item, product)


def allocate(numbers: Sequence[int], *, at: datetime) -> int:
    """Give orders whose goods were learnt what there is, each in its own transaction. Gives the pieces given."""
    return sum(changes.allocate(number, at=at) for number in numbers)


def _known(channel: Channel, lines: Sequence[SaidLine]) -> dict[tuple[str, str], ChannelItem]:
    rows = ChannelItem.objects.filter(channel=channel, product_code__in={line.product_code for line in lines})
    return {(row.product_code, row.variant_code): row for row in rows.select_related("product")}


def _tie(item: ChannelItem, product: Product) -> list[int]:
    """Tie the lines of open orders that the shop sold under this number and that have no product yet."""
    waiting = OrderLine.objects.filter(product=None, order__channel=item.channel, order__status__in=BEFORE_PACKED)
    sides = ShopOrder.objects.filter(Q(order__in=waiting.values("order"))).exclude(said={})
    numbers = []
    for side in sides:
        said = Said.of_stored(side.said)
        keys = {
            line.external_id
            for line in (said.lines if said else ())
            if (line.product_code, line.variant_code) == (item.product_code, item.variant_code)
        }
        tied = waiting.filter(order=side.order_id, external_id__in=keys)
        if tied.update(product=product, kind=product.kind, sku=product.sku):
            numbers.append(side.order_id)
    return sorted(number for number in numbers if number is not None)
