"""The packing table's carts and what else it has with an address of its own, in the walker's world."""

from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile

from delivery import fines, proofs
from delivery.models import ActProof
from orders import packing
from orders.models import Order
from tests import make
from tests.walker.bodies import Body, plainly

if TYPE_CHECKING:
    from tests.walker.world import World

STAFF = {"owner", "manager", "costless", "packer"}
PACKING_THINGS = {"batch_id": "batch", "proof_id": "proof", "fine_id": "fine"}
PACKING_FORMS: dict[str, Body] = {
    "acts-proofs": lambda pick: {"photo": SimpleUploadedFile("a.jpg", make.photo(), "image/jpeg")},
    "acts-shift": lambda pick: {"courier": "own", "parcel": pick("parcel")},
    "acts-shift-end": plainly(courier="own", keeps="1"),
    "acts-fine": plainly(courier="own", reason="late", amount_minor="100"),
    "acts-fine-end": plainly(how="withdrawn"),
    "settings-fines": plainly(code="walked", name="Walked"),
    "settings-fines-reason": plainly(name="Late", active="on"),
    "packing-rules": plainly(),
    "packing-wave": plainly(wave="2026-11-23T"),
    "packing-carts": plainly(cart="8", most="1"),
    "packing-cart-labels": plainly(cart="8", most="1"),
    "stock-bins-labels": plainly(),
    "packing-cart-scans": plainly(code="s1", event_id="w1", sku="A", hand="1"),
}
PACKING_JSON: dict[str, Body] = {
    "api:order-partial": plainly(policy="wait"),
    "api:order-codes": plainly(sku="A", code="SN-1"),
    "api:carts": plainly(cart="9", most=1),
    "api:cart-scans": plainly(event_id="w1", sku="A", slot=1),
}


def furnish_packing(world: "World") -> None:
    """A cart with an order in it."""
    order = make.confirmed([("A", 1, "129.00")], channel=make.channel("rival"))
    rows = Order.objects.filter(pk=order.pk)
    batch = packing.start(rows, packing.NewBatch("7", 1), make.packer().pk, by=make.BY, at=make.AT)
    world.add("batch", batch.pk, STAFF)
    fine = fines.impose(fines.NewFine("own", "late", 100_00), by=make.BY, at=make.AT)
    world.add("fine", fine.pk, STAFF - {"packer"})
    world.add("reason for a fine", "late", STAFF - {"packer"} | {"narrow"})
    act = next(thing for thing in world.things if thing.kind == "act" and thing.status == "closed")
    new = proofs.NewProof(ActProof.Kind.PHOTO, make.photo("red"))
    proof = proofs.keep(act.key, new, by=make.BY, at=make.AT)
    world.add("proof", proof.pk, STAFF - {"packer"}, of=act)
