"""What counters do: at the shelf, on paper, again, by another; and what posting must make of the books."""

from datetime import timedelta

from orders import counts
from orders.models import CountLine, Shop, StockCount
from tests.orders.model.world import SKUS, Counter, Jotted, World, is_open


def begin(world: World, counter: Counter) -> None:
    """Open a count of the counter's bin, unless one is open; a short pick may have opened it."""
    if counter.number and is_open(counter.number):
        return
    location, code = counter.place.split("/")
    rival = StockCount.objects.filter(
        state__in=["counting", "review"], bins__code=code, bins__location=location
    ).first()  # fmt: skip
    started = rival or counts.start("bin", location, [code], by=counter.by, at=world.at)
    counter.number, counter.lines, counter.paper, counter.written = started.pk, {}, {}, 0


def count(world: World, counter: Counter, sku: str) -> None:
    """Count at the shelf."""
    begin(world, counter)
    shelf = (sku, counter.place)
    jotted = Jotted(world.truth.get(shelf, 0), world.book.get(shelf, 0), world.step, world.at)
    write(world, counter, sku, jotted, by=counter)


def jot(world: World, counter: Counter, sku: str, *, slow: int = 0) -> None:
    """Write on paper what lies there, and the hour of a watch that is so many minutes slow."""
    begin(world, counter)
    shelf, hour = (sku, counter.place), world.at - timedelta(minutes=slow)
    counter.paper[sku] = Jotted(world.truth.get(shelf, 0), world.book.get(shelf, 0), world.step, hour)


def enter(world: World, counter: Counter, sku: str) -> None:
    """Type in what stands on the paper, and answer truly what is asked."""
    if sku not in counter.paper or not is_open(counter.number):
        return
    jotted = counter.paper.pop(sku)
    said = counts.Counted(sku, counter.place.split("/")[1], jotted.pieces, jotted.at)
    line = counts.count_line(counter.number, said, by=counter.by, at=world.at)
    while line.question is not None:
        before = world.step_of(line.question) < jotted.step
        line = counts.answer(line.pk, moved_before=before, by=counter.by, at=world.at)
    check(counter, sku, line, jotted)


def write(world: World, counter: Counter, sku: str, jotted: Jotted, *, by: Counter) -> None:
    said = counts.Counted(sku, counter.place.split("/")[1], jotted.pieces)
    check(counter, sku, counts.count_line(counter.number, said, by=by.by, at=world.at), jotted)


def check(counter: Counter, sku: str, line: CountLine, jotted: Jotted) -> None:
    """The line stands against the books of its own moment, and whatever stood before stays as evidence."""
    assert (line.counted, line.book) == (jotted.pieces, jotted.book)
    standing = CountLine.objects.get(
        count=counter.number, product=line.product_id, place=line.place_id, replaced_by=None
    )  # fmt: skip
    assert standing.pk == line.pk
    counter.written += 1
    assert CountLine.objects.filter(count=counter.number).count() >= counter.written  # no line is reset
    counter.lines[sku] = jotted


def post(world: World, counter: Counter) -> None:
    """Close the count and let it be posted: what was counted truly is true in the books from then on."""
    if not counter.number or not counter.lines or not is_open(counter.number):
        return
    for sku in counter.lines:
        if not world.is_honest(counter, sku):
            count(world, counter, sku)  # somebody was at the shelf unseen: no book can know; count it again
    ended = counts.close(counter.number, by=counter.by, at=world.at)
    if ended.count.state == "review":
        approve(world, counter)
    assert CountLine.objects.filter(count=counter.number).count() >= counter.written
    for sku, jotted in counter.lines.items():
        shelf = (sku, counter.place)
        world.book[shelf] = world.book.get(shelf, 0) + jotted.pieces - jotted.book
        assert world.book[shelf] == world.truth.get(shelf, 0), f"honestly counted, and yet wrong: {shelf}"
    world.note_moves()
    counter.number, counter.lines, counter.paper = 0, {}, {}
    world.posted += 1


def approve(world: World, counter: Counter) -> None:
    """Large differences are counted by another, and approved by somebody who counted none of it."""
    other = next(one for one in world.counters if one is not counter)
    rows, shop = (
        CountLine.objects.filter(count=counter.number, replaced_by=None).select_related("product"),
        Shop.current(),
    )
    for line in rows:
        if counts.is_large(line, shop):
            shelf = (line.product.sku, counter.place)
            jotted = Jotted(world.truth.get(shelf, 0), world.book.get(shelf, 0), world.step, world.at)
            write(world, counter, line.product.sku, jotted, by=other)
    counts.approve(counter.number, by=world.boss, at=world.at)


def post_everything(world: World) -> None:
    """Count every bin to the end: then the whole shelf is true."""
    for counter in world.counters:
        for sku in SKUS:
            count(world, counter, sku)
        post(world, counter)
