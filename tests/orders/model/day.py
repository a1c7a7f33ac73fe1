"""One busy day in which every guard of the shelf has something to do: for the controls that switch a guard off."""

from orders import audit
from orders.models import Order
from tests.orders.model import counting, deeds
from tests.orders.model.world import World


def busy_day() -> None:
    """Sell, pick, steal, count on paper and at the shelf, post; the books must be true at the end."""
    world = World()
    first, second, _third = world.counters
    deeds.receive(world, "A", 8, "MAIN/MAIN")
    deeds.receive(world, "A", 4, "MAIN/B-1")
    deeds.receive(world, "B", 5, "SOUTH/MAIN")
    for which in (0, 2, 4):
        deeds.order(world, "A", 4, which)  # all twelve are promised
    made = Order.objects.order_by("pk").first()
    deeds.confirm(world, made)
    made.refresh_from_db()

    world.tick(60)
    deeds.pick(world, made, "MAIN/MAIN", 3)
    world.tick(1)
    counting.jot(world, first, "A", slow=2)  # five, on paper, and by the watch before the pick
    world.tick(30)
    deeds.carry(world, "A", 1, "MAIN/B-1")
    counting.enter(world, first, "A")

    world.carry("A", 2, "MAIN/B-1", "", unseen=True)  # theft of what is promised
    world.tick(10)
    counting.count(world, second, "A")
    counting.count(world, second, "A")
    deeds.pick(world, made, "MAIN/B-1", 1)  # orders go on
    deeds.send(world, "B", 2, "SOUTH/MAIN")
    world.tick(5)
    deeds.arrive(world, 1, lost=False)
    deeds.arrive(world, 1, lost=True)
    counting.post(world, second)
    counting.post(world, first)
    deeds.put_down(world, made)
    made.refresh_from_db()
    deeds.cancel(world, made)
    deeds.put_back(world, made, "MAIN/B-1", 4)
    deeds.allocate(world)
    world.books_agree()
    counting.post_everything(world)
    assert world.ledger() == {shelf: pieces for shelf, pieces in world.truth.items() if pieces}
    assert {check.id for check in audit.checks() if check.find("default").broken} == set()
