"""Files laid down, customers of whom nobody knows whether they are one, orders that belong together."""

from typing import TYPE_CHECKING

from django.db import transaction

from orders import customers, joining, merging
from orders.models import CustomerConflict, CustomerPhone, Order
from shopdesk.imports import taking
from shopdesk.imports.models import Import
from shopdesk.people.models import User
from tests import make

if TYPE_CHECKING:
    from tests.walker.world import World

STAFF = frozenset({"owner", "manager", "costless"})


def bring_together(world: "World", orders: dict[str, Order]) -> None:
    """Add what several orders, customers or rows of a file make together."""
    things = {thing.note: thing for thing in world.things if thing.kind == "order"}
    for label in ("manager", "costless"):
        person = User.objects.get(pk=world.clients[label].session["_auth_user_id"])
        new = taking.NewFile(Import.What.PRODUCTS, "goods.csv", f"SKU,Name\nW-{label},Lamp\n".encode())
        world.add("import", taking.lay_down(new, subject=person.subject, at=make.AT).code, {"owner", label})
    first = orders["new"].customer_id
    assert first is not None
    world.add("customer beside", orders["rival"].customer_id, STAFF)
    world.add("order beside", orders["rival"].pk, STAFF, of=things["new"])
    joined = joining.join(first, _somebody("+79160000011"), by=make.BY, at=make.AT)
    world.add("join", joined.pk, STAFF)
    _somebody("+79160000012")
    with transaction.atomic():
        phones = ("+79160000012", CustomerPhone.objects.get(customer=orders["rival"].customer_id).phone)
        customers.match([customers.Contact(phones=phones)], at=make.AT)
    world.add("conflict", CustomerConflict.objects.get().pk, STAFF)
    made = merging.link(orders["new"].pk, orders["rival"].pk, by=make.BY, at=make.AT)
    world.add("link", made.pk, STAFF, of=things["new"])


def _somebody(phone: str) -> int:
    """Let somebody order who is nobody's canary. Gives the customer."""
    customer = make.order([("B", 1, "50.00")], channel=make.channel("rival"), phone=phone).customer_id
    assert customer is not None
    return customer
