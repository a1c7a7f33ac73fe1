"""Counting on a phone, blind, and the review by somebody who counted none of it."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import counts, shelf
from orders.models import CountLine, Place, PlaceLevel, Product, Shop, StockCount
from shopdesk.base.access import Actor
from shopdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def browser(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def by(who: User) -> Actor:
    return Actor("person", who.pk)


@pytest.fixture
def nina() -> User:
    make.shop()
    return make.packer()


@pytest.fixture
def boss(nina: User) -> Client:
    return browser(make.manager())


@pytest.fixture
def napkins() -> Product:
    return make.product("22720-BL", 17, name="Салфетки хлопковые, синие", cost_minor=10_000)


@pytest.fixture
def count(nina: User, napkins: Product) -> StockCount:
    return counts.start("list", "", ["MAIN"], by=by(nina), at=make.AT)


def write(client: Client, count: StockCount, product: Product, quantity: int, **more: str):
    place = Place.objects.get(kind="bin", code=more.pop("bin_code", "MAIN"))
    sent = {"product": product.pk, "bin": place.pk, "quantity": quantity} | more
    return client.post(f"/counts/{count.pk}/lines", sent, headers=HTMX)


def test_count_is_opened_for_chosen_bins(nina, napkins):
    shelf.make_bin("", "B-2", by=make.BY, at=make.AT)
    answer = browser(nina).post("/counts/new", {"kind": "list", "bins": ["B-2"]})
    count = StockCount.objects.get()

    assert answer["Location"] == f"/counts/{count.pk}"
    assert [bin.code for bin in count.bins.all()] == ["B-2"]


def test_second_count_of_a_bin_is_refused_by_name(nina, count):
    answer = browser(nina).post("/counts/new", {"kind": "bin", "bins": ["MAIN"]}, headers=HTMX)
    assert answer.status_code == 409
    assert f"count {count.pk}" in answer.content.decode()


def test_doubted_product_brings_its_bins_along(nina, napkins):
    assert browser(nina).get(f"/counts/new?product={napkins.pk}").context["chosen"] == ["MAIN"]


def test_counting_is_blind(nina, count, napkins):
    """Not even a manager reads the book quantity while people count."""
    text = browser(nina).get(f"/counts/{count.pk}?product={napkins.pk}").content.decode()
    review = browser(make.manager()).get(f"/counts/{count.pk}/review").content.decode()

    assert "Салфетки" in text
    assert ">17<" not in text
    assert '"17"' not in text
    assert ">17<" not in review


def test_scan_piece_by_piece_adds_up(nina, count, napkins):
    napkins.barcodes.create(code="460006", pieces=6)
    client = browser(nina)
    one = client.get(f"/counts/{count.pk}?code=22720-BL", headers=HTMX).context
    two = client.get(f"/counts/{count.pk}?product={napkins.pk}&quantity=1&code=460006", headers=HTMX).context

    assert (one["product"].pk, one["quantity"]) == (napkins.pk, 1)
    assert two["quantity"] == 7


def test_scanned_bin_is_gone_to_and_a_foreign_one_refused(nina, napkins):
    for code in ("B-2", "B-3"):
        shelf.make_bin("", code, by=make.BY, at=make.AT)
    count = counts.start("list", "", ["MAIN", "B-2"], by=by(nina), at=make.AT)
    client = browser(nina)

    assert client.get(f"/counts/{count.pk}?code=B-2", headers=HTMX).context["place"].code == "B-2"
    refused = client.get(f"/counts/{count.pk}?code=B-3", headers=HTMX)
    assert refused.status_code == 409
    assert "B-3" in refused.content.decode()


def test_written_line_stands_below_and_writing_again_replaces_it(nina, count, napkins):
    client = browser(nina)
    write(client, count, napkins, 16)
    write(client, count, napkins, 17)
    page = client.get(f"/counts/{count.pk}").context

    assert [line.counted for line in page["lines"]] == [17]
    assert page["left"] == []
    assert CountLine.objects.count() == 2  # the first stays as evidence


def test_none_here_is_zero(nina, count, napkins):
    write(browser(nina), count, napkins, 5, nothing="1")
    assert CountLine.objects.get().counted == 0


@pytest.mark.parametrize("typed", ["", "-1", "many", "1.5"])
def test_what_is_no_number_of_pieces_is_refused(nina, count, napkins, typed):
    answer = write(browser(nina), count, napkins, typed)
    assert answer.status_code == 409
    assert not CountLine.objects.exists()


def test_small_difference_is_posted_when_the_count_is_closed(nina, count, napkins):
    client = browser(nina)
    write(client, count, napkins, 16)
    answer = client.post(f"/counts/{count.pk}/close", headers=HTMX)
    count.refresh_from_db()

    assert answer["HX-Redirect"] == "/counts"
    assert count.state == "posted"
    assert PlaceLevel.objects.get(product=napkins, place__kind="bin").on_hand == 16


def test_nothing_counted_cannot_be_closed(nina, count):
    assert browser(nina).post(f"/counts/{count.pk}/close", headers=HTMX).status_code == 409
    count.refresh_from_db()
    assert count.state == "counting"


def test_large_difference_is_counted_again_and_approved_by_a_third(nina, boss, count, napkins):
    second = make.packer(email="second@desk.example")
    write(browser(nina), count, napkins, 7)
    browser(nina).post(f"/counts/{count.pk}/close")
    review = boss.get(f"/counts/{count.pk}/review")

    assert "must be counted again" in review.content.decode()
    assert boss.post(f"/counts/{count.pk}/approval", headers=HTMX).status_code == 409  # one person saw it
    assert boss.get(f"/counts/{count.pk}").context["again_by_me"]
    write(browser(second), count, napkins, 7)
    assert boss.post(f"/counts/{count.pk}/approval").status_code == 302
    count.refresh_from_db()
    assert count.state == "posted"
    text = boss.get(f"/counts/{count.pk}/review").content.decode()
    assert "−10" in text
    assert f"count {count.pk}" in boss.get(f"/stock/{napkins.pk}").content.decode()


def test_whoever_counted_is_told_that_somebody_else_counts_again(nina, count, napkins):
    client = browser(nina)
    write(client, count, napkins, 7)
    text = client.get(f"/counts/{count.pk}").content.decode()
    assert "Somebody else counts" in text
    assert "waits for a second count" not in text


def test_second_count_is_blind_to_the_first(nina, count, napkins):
    second = browser(make.packer(email="second@desk.example"))
    write(browser(nina), count, napkins, 7)

    own = browser(nina).get(f"/counts/{count.pk}?product={napkins.pk}").context
    page = second.get(f"/counts/{count.pk}?product={napkins.pk}").context

    assert [line.counted for line in own["lines"]] == [7]
    assert (page["lines"], page["written"]) == ([], None)
    assert [line.product for line in page["again_by_me"]] == [napkins]


def test_whoever_counted_cannot_approve(count, napkins, nina):
    manager = make.manager()
    client = browser(manager)
    write(browser(nina), count, napkins, 7)
    write(client, count, napkins, 7)
    client.post(f"/counts/{count.pk}/close")
    text = client.get(f"/counts/{count.pk}/review").content.decode()

    assert "somebody else approves" in text
    assert client.post(f"/counts/{count.pk}/approval", headers=HTMX).status_code == 409


def test_shop_of_one_gives_a_reason_instead(count, napkins, nina):
    make.shop(four_eyes=False)
    client = browser(make.owner())
    write(client, count, napkins, 7)
    client.post(f"/counts/{count.pk}/close")

    assert client.post(f"/counts/{count.pk}/approval", {"reason": ""}, headers=HTMX).status_code == 409
    assert client.post(f"/counts/{count.pk}/approval", {"reason": "Я тут один"}).status_code == 302
    count.refresh_from_db()
    assert count.approved_alone == "Я тут один"


def test_review_shows_what_moved_since(nina, boss, count, napkins):
    write(browser(nina), count, napkins, 7)
    browser(nina).post(f"/counts/{count.pk}/close")
    make.fill(napkins, 4)
    (row,) = boss.get(f"/counts/{count.pk}/review").context["lines"]

    assert (row["moves"], row["net"], row["line"].variance) == (1, 4, -10)  # the variance stays what it was


def test_count_is_dropped_and_nothing_moves(nina, boss, count, napkins):
    write(browser(nina), count, napkins, 1)
    boss.post(f"/counts/{count.pk}/void")
    count.refresh_from_db()
    assert count.state == "void"
    assert PlaceLevel.objects.get(product=napkins, place__kind="bin").on_hand == 17


def test_line_counted_on_paper_asks_what_came_first(nina, napkins):
    now = timezone.now()
    make.fill(napkins, 3, at=now - timedelta(minutes=10))
    count = counts.start("list", "", ["MAIN"], by=by(nina), at=now)
    client = browser(nina)
    paper = counts.Counted("22720-BL", "MAIN", 17, now - timedelta(minutes=10))
    line = counts.count_line(count.pk, paper, by=by(nina), at=now)
    text = client.get(f"/counts/{count.pk}").content.decode()

    assert "moved about the minute you counted" in text
    client.post(f"/counts/{count.pk}/answer", {"line": line.pk, "moved": "after"})
    assert CountLine.objects.get(replaced_by=None).variance == 0
    assert "moved about the minute" not in client.get(f"/counts/{count.pk}").content.decode()


def test_paper_hour_is_of_the_shops_clock(nina, count, napkins):
    make.shop(zone="Asia/Vladivostok")
    hour = timezone.now() - timedelta(hours=1)
    write(browser(nina), count, napkins, 17, counted_at=f"{(hour + timedelta(hours=10)):%Y-%m-%dT%H:%M}")
    assert abs(CountLine.objects.get().counted_at - hour) < timedelta(minutes=1)


def test_queries_of_the_counting_page_do_not_grow(nina, napkins):
    for n in range(20):
        make.product(f"P-{n}", 3)
    count = counts.start("list", "", [], by=by(nina), at=make.AT)
    client = browser(nina)

    def queries(path: str) -> int:
        client.get(path)
        caches["nearby"].clear()  # the bar counts anew each time, however long the test takes
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        return len(caught)

    write(client, count, napkins, 17)
    one = queries(f"/counts/{count.pk}"), queries("/counts")
    for n in range(20):
        write(client, count, Product.objects.get(sku=f"P-{n}"), 3)
    assert (queries(f"/counts/{count.pk}"), queries("/counts")) == one


def test_queries_of_the_review_do_not_grow(nina, boss, napkins):
    for n in range(20):
        make.product(f"P-{n}", 3)

    def queries(wanted: list[str]) -> int:
        count = counts.start("list", "", [], by=by(nina), at=make.AT)
        for sku in wanted:
            counts.count_line(count.pk, counts.Counted(sku, "MAIN", 30), by=by(nina), at=make.AT)
        counts.close(count.pk, by=by(nina), at=make.AT)
        boss.get(f"/counts/{count.pk}/review")
        caches["nearby"].clear()  # the bar counts anew each time, however long the test takes
        with CaptureQueriesContext(connection) as caught:
            assert boss.get(f"/counts/{count.pk}/review").status_code == 200
        counts.void(count.pk, by=by(nina), at=make.AT)
        return len(caught)

    assert queries(["P-0"]) == queries([f"P-{n}" for n in range(20)])


@pytest.mark.parametrize("path", ["/counts/%d/review", "/counts/999", "/counts/999/review"])
def test_packer_has_no_review_and_what_is_not_there_is_missing(nina, count, path):
    path = path % count.pk if "%d" in path else path
    assert browser(nina).get(path).status_code == 404


@pytest.mark.parametrize("deed", ["approval", "void"])
def test_packer_neither_approves_nor_drops(nina, count, deed):
    assert browser(nina).post(f"/counts/{count.pk}/{deed}").status_code == 404
    count.refresh_from_db()
    assert count.state == "counting"


def test_owner_changes_the_limits_and_a_manager_may_not(nina):
    owner = browser(make.owner())
    assert "100" in owner.get("/settings/counting").content.decode()
    sent = {"pieces": "4", "sum": "25,50"}
    assert owner.post("/settings/counting", sent, headers=HTMX).status_code == 200
    shop = Shop.current()
    assert (shop.count_again_pieces, shop.count_again_minor) == (4, 2_550)
    assert owner.post("/settings/counting", {"pieces": "a few", "sum": ""}, headers=HTMX).status_code == 400
    assert browser(make.manager()).get("/settings/counting").status_code == 404
