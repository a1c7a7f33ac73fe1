"""JSON doors of carts: several orders in one walk, for scanners that are small computers of their own."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import packing, queues, waves
from orders.api.packing import read
from orders.models import Batch, Order, Shop
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import IdentifierField, QuantityField, StrictSerializer, WholeNumberField


class CartBody(StrictSerializer):
    cart = serializers.RegexField(r"^[A-Z0-9]{1,8}$", default="1")
    most = WholeNumberField(min_value=1, max_value=packing.MOST_SLOTS, required=False, default=6)
    wave = serializers.RegexField(r"^[0-9-]{10}T([0-9:]{5})?$", required=False, allow_blank=True, default="")


class CartScanBody(StrictSerializer):
    event_id = IdentifierField(max_length=64)
    sku = IdentifierField(max_length=64)
    slot = WholeNumberField(min_value=1, max_value=99)
    quantity = QuantityField(required=False, default=1)
    bin = IdentifierField(max_length=32, required=False, allow_blank=True, default="")


class Waves(APIView):
    """What is to be packed, by when it goes."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """Group what waits by day and cut-off, late ones first; `key` begins a cart with that wave."""
        now, shop = timezone.now(), Shop.current()
        today = shop_day(now, shop.zone, shop.day_cutoff)
        found = waves.waves(Order.objects.for_subject(asker(request)), today, at=now)
        shown = [
            {"key": wave.key, "ship_on": wave.ship_on.isoformat(),
             "cutoff": f"{wave.cutoff:%H:%M}" if wave.cutoff else None, "couriers": list(wave.couriers),
             "orders": wave.orders, "pieces": wave.pieces, "unprinted": wave.unprinted, "late": wave.late}
            for wave in found
        ]  # fmt: skip
        return Response({"results": shown})


class Carts(APIView):
    """Carts that hold orders."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List the carts on their way, those at the packing station, and those left ones that the desk took back."""
        carts = [
            {"id": one.batch.pk, "cart": one.batch.cart, "picker": one.batch.picker_id, "orders": one.orders,
             "ready": one.ready}
            for one in packing.carts_now()
        ]  # fmt: skip
        left = [
            {"id": one.batch.pk, "cart": one.batch.cart, "picker": one.batch.picker_id, "orders": one.orders,
             "taken_back_at": one.batch.taken_back_at, "slots_with_goods": list(one.lying)}
            for one in packing.left_carts(at=timezone.now())
        ]  # fmt: skip
        return Response({"results": carts, "taken_back": left})

    @extend_schema(request=CartBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Take the first orders that wait to the slots of a cart."""
        subject, now, shop = asker(request), timezone.now(), Shop.current()
        seen, today = Order.objects.for_subject(subject), shop_day(now, shop.zone, shop.day_cutoff)
        said = read(CartBody, request)
        waiting = waves.in_wave(seen, said["wave"], today) if said["wave"] else queues.to_pack(seen, today)
        new = packing.NewBatch(said["cart"], said["most"])
        batch = packing.start(waiting, new, subject.person, by=subject.actor, at=now)
        return Response(show_walk(packing.walk(batch.pk)), status=201)


class OneCart(APIView):
    """A cart on its walk."""

    @extend_schema(responses=dict)
    def get(self, request: Request, batch_id: int) -> Response:
        """Show what is to be taken from which bin into which slot."""
        find(request, batch_id)
        return Response(show_walk(packing.walk(batch_id)))

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, batch_id: int) -> Response:
        """Put the cart down: its orders wait again."""
        find(request, batch_id)
        orders = packing.put_down_batch(batch_id, by=asker(request).actor, at=timezone.now())
        return Response({"orders": [order.number for order in orders]})


class CartScans(APIView):
    """Pieces into slots."""

    @extend_schema(request=CartScanBody, responses=dict)
    def post(self, request: Request, batch_id: int) -> Response:
        """Put pieces of an item into a slot; a repeated `event_id` changes nothing."""
        cart = find(request, batch_id).cart
        said = read(CartScanBody, request)
        shot = packing.CartShot(
            said["event_id"], f"K-{cart}-{said['slot']}", said["bin"], said["sku"], said["quantity"]
        )
        heard = packing.hear_cart(batch_id, shot, by=asker(request).actor, at=timezone.now())
        return Response({"put": heard.pieces, "left_in_hand": heard.hand} | show_walk(packing.walk(batch_id)))


class HandingOn(APIView):
    """The cart at the packing station."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, batch_id: int) -> Response:
        """Hand the picked cart on: whoever takes one of its orders there has it."""
        find(request, batch_id)
        packing.hand_on(batch_id, by=asker(request).actor, at=timezone.now())
        return Response(show_walk(packing.walk(batch_id)))


def find(request: Request, batch_id: int) -> Batch:
    """Give the batch. Raises Missing."""
    batch = Batch.objects.for_subject(asker(request)).filter(pk=batch_id).first()
    if batch is None:
        raise Missing
    return batch


def show_walk(walk: packing.Walk) -> dict[str, Any]:
    """Show a cart: its slots, and its stops by bin."""
    return {
        "id": walk.batch.pk,
        "cart": walk.batch.cart,
        "picker": walk.batch.picker_id,
        "ready": walk.is_ready,
        "slots": [
            {"slot": slot.position, "code": slot.code, "order": slot.order_id, "pieces": layout.pieces,
             "picked": layout.picked}
            for slot, layout in zip(walk.slots, walk.layouts, strict=True)
        ],
        "stops": [
            {"bin": stop.bin, "sku": stop.line.sku, "name": stop.line.name, "pieces": stop.pieces,
             "picked": stop.picked, "into": [{"slot": slot, "pieces": pieces} for slot, pieces in stop.into if pieces]}
            for stop in walk.stops
        ],
    }  # fmt: skip
