"""Many products: what is shown is picked in the database, and is what the facts say; pages cost what they show."""

import re
from datetime import date, time
from html import unescape

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import feed, telephony
from orders.models import PlaceLevel, Product
from reports import figures, rollups, sections, shelf
from reports.figures import Cut, Part
from reports.models import FigureDelta
from reports.sections import SECTIONS
from shopdesk.base import periods
from tests import make
from tests.reports.test_rollups import WAYS, live
from tests.reports.test_sections import NOVEMBER, tell, world

pytestmark = pytest.mark.django_db


def test_products_are_graded_by_what_they_bring_and_how_evenly():
    make.shop(currency="RUB")
    sold = {"A": (800, [10, 10, 10]), "B": (150, [8, 10, 12]), "C": (50, [0, 0, 9]), "D": (0, [])}
    rollups.sweep()
    for sku, (amount, weeks) in sold.items():
        key = str(make.product(sku).pk)
        one = {"dim": "product", "key": key, "facts": 1, "first": 0, "last": 0}
        rows = [("sale.amount", amount, "RUB", date(2026, 11, 2))]
        rows += [("sale.pieces", pieces, "", date(2026, 11, 2 + 7 * week)) for week, pieces in enumerate(weeks)]
        FigureDelta.objects.bulk_create(
            FigureDelta(
                **one, span=span, on=on if span == "d" else on.replace(day=1), code=code, value=value, currency=cur
            )
            for code, value, cur, on in rows
            for span in ("d", "m")
        )

    found = shelf.read_selling(periods.between(date(2026, 11, 1), date(2026, 11, 23), "Europe/Moscow", time(0)))

    assert [(one.sku, one.abc + one.xyz) for one in found.graded] == [
        ("A", "AX"),
        ("B", "BY"),
        ("C", "CZ"),
        ("D", "CZ"),
    ]
    assert found.counts == {"A": 1, "B": 1, "C": 2}


def assert_picked_as_the_facts_say():
    """What the database ranks, sums and leaves over is what comes of the facts one by one."""
    feed.publish()
    as_of = figures.known_now("default")
    for code, section in SECTIONS.items():
        for dim in set(section.groups) - {sections.AGE}:
            whole = tell(code, group=dim, most=1_000)
            assert whole.rest is None
            assert whole.keys == len(whole.parts)
            assert_parts_are_sums(whole, dim, as_of)
            assert_pages_are_ranks(whole, code, dim)
    assert_stock_as_the_facts_say(as_of)


def assert_parts_are_sums(whole, dim, as_of):
    parts = [Part(fact, name) for fact in rollups.KEPT for name in fact.measures if dim in fact.dims]
    told = figures.tally(parts, [NOVEMBER], as_of, "default", Cut(dim))
    currencies = {key[2] for key in told}
    for part in whole.parts:
        for figure in (one for one in whole.figures if one.has({dim})):
            cells = [(one, money) for one in figure.parts for money in currencies]
            want = sum(one.sign * told.get((0, part.key, money, one.code), 0) for one, money in cells)
            sums = part.values.money.values()
            have = part.values.counts.get(figure.code) or sum(values.get(figure.code, 0) for values in sums)
            assert have == want, (dim, part.key, figure.code)


def assert_pages_are_ranks(whole, code, dim):
    for begin, part in enumerate(whole.parts):  # each page has the one of its rank, and the rest is all others
        page = tell(code, group=dim, most=1, begin=begin)
        assert page.parts == [part]
        others = [one.values.counts for one in whole.parts if one != part]
        for figure, value in page.rest.counts.items() if page.rest else ():
            assert value == sum(counts[figure] for counts in others), (code, dim, figure)


def assert_stock_as_the_facts_say(as_of):
    def by_product(part, days):
        found = figures.tally([part], [days], as_of, "default", Cut("product"))
        return {key: sum(value for one, value in found.items() if one[1] == key) for _i, key, _m, _c in found if key}

    products_of = {str(one.pk): one for one in Product.objects.all()}
    costs = {key: one.cost_minor for key, one in products_of.items()}
    levels = {key: 0 for key in products_of}
    for level in PlaceLevel.objects.all():
        levels[str(level.product_id)] += level.on_hand
    worth = lambda pieces: sum(count * costs[key] for key, count in pieces.items())  # noqa: E731
    later = lambda on: periods.between(on, date(2040, 1, 1), "Europe/Moscow", time(0))  # noqa: E731
    after = by_product(shelf.INSIDE, later(NOVEMBER.to_on))
    end = {key: pieces - after.get(key, 0) for key, pieces in levels.items()}
    found = shelf.read_shelf(NOVEMBER)
    assert found.end_minor == worth(end)
    assert found.begin_minor == worth(levels) - worth(by_product(shelf.INSIDE, later(NOVEMBER.from_on)))
    assert found.variance_minor == worth(by_product(shelf.VARIANCE, NOVEMBER))
    last = periods.between(NOVEMBER.to_on - shelf.DEAD_AFTER, NOVEMBER.to_on, "Europe/Moscow", time(0))
    alive = {key for part in (shelf.PICKED, shelf.RECEIVED) for key, n in by_product(part, last).items() if n}
    dead = {key: pieces for key, pieces in end.items() if pieces > 0 and key not in alive}
    assert {(str(one.product), one.pieces) for one in found.dead} == set(dead.items())
    assert found.dead_minor == worth(dead)
    moved = {key for key, pieces in by_product(shelf.PIECES, NOVEMBER).items() if pieces}
    selling = shelf.read_selling(NOVEMBER)
    idle = {(key, pieces) for key, pieces in levels.items() if pieces > 0 and key not in moved}
    assert {(str(one.product), one.pieces) for one in selling.idle} == idle
    sold = by_product(shelf.SOLD, NOVEMBER)
    assert {one.product: one.sold_minor for one in selling.graded} == sold


def test_what_the_database_picks_is_what_the_facts_say():
    world()
    make.product("OLD", on_hand=4, at=make.after(days=-200), cost_minor=500)
    make.product("IDLE", on_hand=3, at=make.after(days=-2), cost_minor=1000)
    assert_picked_as_the_facts_say()  # nothing is kept
    rollups.sweep()
    assert_picked_as_the_facts_say()
    live(WAYS[0], [make.after(hours=hour) for hour in range(7)], make.manager())
    make.product("LATE", on_hand=7, at=make.after(days=40), cost_minor=100)
    assert_picked_as_the_facts_say()  # with a live tail


def test_many_products_are_pages_of_fifty_that_cost_no_more_statements(client):
    make.shop(language="en")
    client.force_login(make.owner())
    days = {"from": "2026-11-01", "until": "2026-11-30", "group": "product"}

    def ask(first, last):
        for number in range(first, last):
            product = make.product(f"P{number:02}")
            new = telephony.NewEnquiry(product=product.pk, quantity=100 - number)
            telephony.note_enquiry(new, by=make.BY, person=0, at=make.AT)
        rollups.sweep()

    def page():
        caches["reports"].clear()
        with CaptureQueriesContext(connection) as seen:
            said = client.get(reverse("reports-section", args=["products"]), days).content.decode()
        return said, len(seen)

    ask(0, 5)
    page()
    few, statements = page()
    assert " others</th>" not in few
    ask(5, 56)
    first, many = page()
    assert many == statements
    rows = re.findall(r'data-row="[0-9]+"><th scope="row" class="at-1"><a class="go" href="[^"]+">(P[0-9]+)', first)
    assert rows == [f"P{number:02}" for number in range(50)]
    assert "1–50 of 56" in first
    assert re.search(r"6 others</th><td [^>]+>285</td>", first)  # 50 + 49 … + 45
    older = unescape(re.search(r'href="([^"]+)#parts" data-key="\]"', first)[1])
    second = client.get(older).content.decode()
    assert "51–56 of 56" in second
    assert "50 others</th>" in second
    file = client.get(reverse("reports-section-file", args=["products", "csv"]), days).content.decode()
    assert sum(line.startswith("P") for line in file.splitlines()) == 56


def test_the_stock_is_walked_back_by_what_came_since():
    make.shop(currency="RUB")
    make.product("OLD", on_hand=4, at=make.after(days=-200), cost_minor=500)
    make.product("NEW", on_hand=3, at=make.after(days=-2), cost_minor=1000)
    rollups.sweep()

    found = shelf.read_shelf(NOVEMBER)

    assert (found.begin_minor, found.end_minor) == (2000, 5000)
    assert [(one.sku, one.worth_minor) for one in found.dead] == [("OLD", 2000)]
